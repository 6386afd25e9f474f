"""Today's classes as Parquet files that keep their places: `<data>/bi/classes/<scheme>.parquet`.

Each is written anew soon after every run, every class set by hand and every live class, for all
changes of half a minute together, and put in its place at once: who reads it meanwhile reads the
one before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef
from psycopg import sql

from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.grading.signals import classes_changed
from kefen_crm.integrations.views import VIEWS
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

WRITE: Final = "integrations.write_classes"
LOCK: Final = "bi"
GATHERED: Final = 30
"""Seconds in which changes gather before a file is written."""
SCHEMA: Final[dict[str, Any]] = {
    "customer": pl.String,
    "name": pl.String,
    "region": pl.String,
    "owner": pl.String,
    "sales": pl.Decimal(18, 2),
    "class": pl.String,
    "class_state": pl.String,
    "title_zh": pl.String,
    "title_en": pl.String,
    "position": pl.Int64,
    "score": pl.Float64,
    "computed_class": pl.String,
    "held_by": pl.String,
    "previous_class": pl.String,
    "since": pl.Datetime("us", "UTC"),
    "run_id": pl.Int64,
    "as_of": pl.Date,
}
"""The columns of each file, named as in the views."""
_SELECT: Final = {view.name: view.select for view in VIEWS}
_QUERY: Final = f"""
    COPY (
        SELECT {{columns}} FROM ({_SELECT["classes"]}) AS classes
            JOIN ({_SELECT["customers"]}) AS customers USING (customer)
            LEFT JOIN ({_SELECT["scheme_classes"]}) AS titles USING (scheme, class)
        WHERE scheme = {{scheme}} ORDER BY customer
    ) TO STDOUT (FORMAT csv, NULL '\\N')
"""  # noqa: S608  # the text of our own views


def folder() -> Path:
    """Where the files are."""
    return Path(settings.KEFEN_DATA) / "bi" / "classes"


def write(schemes: Iterable[Scheme]) -> None:
    """Write the files of these schemes, and remove those of schemes that are no more."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    for scheme in schemes:
        path = folder() / f"{scheme.name}.parquet"
        draft = path.with_suffix(".part")
        _rows(scheme.name).write_parquet(draft, row_group_size=100_000)
        draft.replace(path)
    known = set(Scheme.objects.values_list("name", flat=True))
    for path in folder().glob("*.parquet"):
        if path.stem not in known:
            path.unlink()


def write_all() -> None:
    """Write the files of every scheme that has classes, as when a customer was erased."""
    write(_graded())


def write_later(scheme: int, **_signal: Any) -> None:
    """Have the file of a scheme written soon, unless that waits already."""
    later_once(WRITE, lock=LOCK, seconds=GATHERED, scheme=scheme)


def write_missing() -> None:
    """Have the files written that are not there, as after a backup was brought back."""
    for scheme in _graded():
        if not (folder() / f"{scheme.name}.parquet").exists():
            write_later(scheme.pk)


def follow() -> None:
    """Write files whenever classes change."""
    classes_changed.connect(write_later, dispatch_uid="kefen_write_classes")


def _graded() -> QuerySet[Scheme]:
    """The schemes that have classes."""
    classes = CustomerClass.objects.filter(scheme=OuterRef("pk"))
    return Scheme.objects.filter(Exists(classes))


def _rows(scheme: str) -> pl.DataFrame:
    query = sql.SQL(_QUERY).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, SCHEMA)), scheme=sql.Literal(scheme)
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        told = b"".join(bytes(part) for part in copy)
    moments = {"since": pl.String}
    rows = (
        pl.read_csv(
            told,
            has_header=False,
            schema=SCHEMA | moments,
            null_values="\\N",
        )
        if told
        else pl.DataFrame(schema=SCHEMA | moments)
    )
    return rows.with_columns(
        pl.col("since").str.to_datetime("%Y-%m-%d %H:%M:%S%.f%#z", time_unit="us", time_zone="UTC")
    )
