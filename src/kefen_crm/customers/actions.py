"""Changes to customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from django.db import connection, transaction

from kefen_crm.customers import search
from kefen_crm.customers.models import Customer
from kefen_crm.gateway import customers as engine
from kefen_crm.platform.bulk import into_temporary
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.gateway.ledger import Ledger

_TEXT = dict.fromkeys((*engine.TEXTS, "initials", "pinyin", "search"), "text")
_INCOMING = {
    "code": "text",
    **_TEXT,
    **dict.fromkeys(engine.DATES, "date"),
    "credit_limit": "numeric(18,2)",
    "credit_days": "integer",
    "attributes": "jsonb",
    "sales": "numeric(18,2)",
    "profit": "numeric(18,2)",
    "orders": "integer",
    "recency": "integer",
    "first_order_on": "date",
    "last_order_on": "date",
    "figures_as_of": "date",
    "owner_id": "bigint",
}
_COPIED = [column for column in _INCOMING if column not in {"code", "owner_id"}]


def synchronise(ledger: Ledger, as_of: date) -> int:
    """Bring the site's customers up to the ledger, figures as of `as_of`; how many there are.

    Who is new appears, who was undone vanishes, an owner given on the site stays unless the
    data names another than before.
    """
    frame = _fitting(engine.read(ledger, as_of))
    with transaction.atomic():
        into_temporary("incoming_customer", _INCOMING, _searchable(_owned(frame)))
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT)
            cursor.execute(_GONE)
            gone = [row[0] for row in cursor.fetchall()]
        for at in range(0, len(gone), _AT_ONCE):
            Customer.objects.filter(pk__in=gone[at : at + _AT_ONCE]).delete()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    return frame.height


def _fitting(frame: pl.DataFrame) -> pl.DataFrame:
    """With texts no longer than the site shows; the ledger has them whole."""
    meta = Customer._meta  # noqa: SLF001  # Django documents it for use
    limits = {name: getattr(meta.get_field(name), "max_length", None) for name in engine.TEXTS}
    return frame.with_columns(
        pl.when(pl.col(name).str.len_chars() > most)
        .then(pl.col(name).str.slice(0, most - 1) + "…")
        .otherwise(name)
        .alias(name)
        for name, most in limits.items()
        if most
    )


def _owned(frame: pl.DataFrame) -> pl.DataFrame:
    """With `owner_id` of the person whose display or user name the data gives."""
    people = User.objects.filter(is_active=True).values_list("id", "first_name", "username")
    ids = {name: key for key, first, username in people for name in (username, first) if name}
    owner = pl.col("owner_name").replace_strict(ids, default=None, return_dtype=pl.Int64)
    return frame.with_columns(owner.alias("owner_id"))


def _searchable(frame: pl.DataFrame) -> pl.DataFrame:
    """With `initials`, `pinyin`, `search`; a name that stayed is not transcribed again."""
    transcribed = Customer.objects.exclude(pinyin="").values_list("name", "initials", "pinyin")
    known = {name: (letters, whole) for name, letters, whole in transcribed}
    spoken = [known.get(name) or search.spoken(name) for name in frame["name"]]
    letters, pinyin = ([one[at] for one in spoken] for at in (0, 1))
    code, phone, contact = (frame[column] for column in ("code", "phone", "contact"))
    parts = zip(code, frame["name"], letters, pinyin, phone, contact, strict=True)
    return frame.with_columns(
        pl.Series("initials", letters, pl.String),
        pl.Series("pinyin", pinyin, pl.String),
        pl.Series("search", [search.document(*part) for part in parts], pl.String),
    )


def _upsert() -> str:
    columns = ", ".join(_COPIED)
    taken = ", ".join(f"{column} = EXCLUDED.{column}" for column in _COPIED)
    before = ", ".join(f"current.{column}" for column in _COPIED)
    after = ", ".join(f"EXCLUDED.{column}" for column in _COPIED)
    return f"""
        INSERT INTO customers_customer AS current
            (code, owner_id, {columns}, created, updated)
        SELECT code, owner_id, {columns}, now(), now() FROM incoming_customer ORDER BY code
        ON CONFLICT (code) DO UPDATE SET {taken}, updated = now(),
            owner_id = CASE
                WHEN current.owner_id IS NULL OR current.owner_name <> EXCLUDED.owner_name
                THEN EXCLUDED.owner_id ELSE current.owner_id END
        WHERE ({before}, current.owner_id) IS DISTINCT FROM ({after},
            COALESCE(current.owner_id, EXCLUDED.owner_id))
    """  # noqa: S608  # column names of this module only


_UPSERT = _upsert()
_AT_ONCE = 10_000
_GONE = """
    SELECT id FROM customers_customer AS current WHERE NOT EXISTS (
        SELECT FROM incoming_customer AS incoming WHERE incoming.code = current.code)
"""
