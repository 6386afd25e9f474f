"""What the customers' columns of few values hold, for choices of filters and forms.

All columns are read in one pass when many customers were brought up to the ledger, and again when
an import or somebody writes a value that was not known; all web processes share what was read.
Values that nobody has any more may be offered for an hour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.cache import caches
from django.db import connection, transaction

if TYPE_CHECKING:
    import polars as pl

FIELDS: Final = ("region", "province", "industry", "size", "customer_type", "source_channel")
MOST: Final = 500
"""Values of a column that are offered."""
_KEY: Final = "customer-choices"
_HOUR: Final = 3600
_PROCESS: Final = 300
"""Seconds for which a process does not ask whether there are others."""


def choices(field: str) -> list[str]:
    """The values of one of `FIELDS`, in order, without the empty one."""
    found: dict[str, list[str]] | None = caches["process"].get(_KEY)
    if found is None:
        found = caches["default"].get(_KEY) or refresh()
        caches["process"].set(_KEY, found, _PROCESS)
    return found[field]


def refresh() -> dict[str, list[str]]:
    """Read the values anew for all processes."""
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        rows = cursor.fetchall()
    found = {
        field: [value for at, value in rows if at == field and value][:MOST] for field in FIELDS
    }
    caches["default"].set(_KEY, found, _HOUR)
    caches["process"].delete(_KEY)
    return found


def written(field: str, text: str) -> None:
    """Somebody wrote this into a field of a customer."""
    if field in FIELDS and text and text not in choices(field):
        transaction.on_commit(_forget)


def offered(customers: pl.DataFrame) -> bool:
    """Whether all that these have in the columns is offered, or as much as there ever is."""
    listed = {field: choices(field) for field in FIELDS}
    return all(
        len(known) == MOST or {*customers[field].unique()} <= {"", *known}
        for field, known in listed.items()
    )


def _forget() -> None:
    for name in ("default", "process"):
        caches[name].delete(_KEY)


_LISTED = ", ".join(FIELDS)
_READ = f"""
    SELECT CASE {" ".join(f"WHEN GROUPING({one}) = 0 THEN '{one}'" for one in FIELDS)} END,
        COALESCE({_LISTED})
    FROM customers_customer GROUP BY GROUPING SETS (({"), (".join(FIELDS)})) ORDER BY 2
"""  # noqa: S608  # column names of this module only
