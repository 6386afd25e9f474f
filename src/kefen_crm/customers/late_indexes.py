"""Indexes of customers that are made once the first customers are there: half of what they take.

They are dropped in a short transaction while there are no customers, and made in the one that
brings them, which lets people read meanwhile. `customers_lateindex` has those that are to be made:
should a first synchronising break off, the next makes them, and so does whoever migrates.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from django.db import OperationalError, connection, transaction

from kefen_crm.customers.models import Customer

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

_SEARCHED: Final = "customers_searched"
_TABLES: Final = ("customers_customer", _SEARCHED)


def before_first() -> None:
    """Drop what the first customers are sooner brought without, where nobody waits for it.

    Nothing happens where there are customers, within a transaction, or where somebody reads
    customers for more than a moment.
    """
    if connection.in_atomic_block or _dropped() or Customer.objects.exists():
        return
    with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '500ms'")
        cursor.execute(f"LOCK TABLE {', '.join(_TABLES)}")
        if not Customer.objects.exists():
            _drop(cursor, *_TABLES)


def of_search(cursor: CursorWrapper) -> None:
    """Drop those of the search, if they are there: it waits until the end of the transaction."""
    _drop(cursor, _SEARCHED)


def make() -> None:
    """Make those that were dropped, in the transaction that brought customers."""
    if not (found := _dropped()):
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits keeps them from being made
        for definition in found:
            cursor.execute(definition)
        cursor.execute("DELETE FROM customers_lateindex")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@transaction.atomic
def before_migrations(**_more: Any) -> None:
    """Make those that were dropped, which migrations may be about."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('customers_lateindex')")
        if cursor.fetchone() != (None,):
            make()


def _drop(cursor: CursorWrapper, *tables: str) -> None:
    cursor.execute(_NOTE, [list(tables)])
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")


def _dropped() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT definition FROM customers_lateindex ORDER BY name")
        return [definition for (definition,) in cursor.fetchall()]


# Those that keep rows apart stay: customers are looked up by them.
_NOTE: Final = """
    INSERT INTO customers_lateindex (name, definition)
    SELECT quote_ident(indexname), indexdef
    FROM pg_indexes JOIN pg_class ON relname = indexname AND relnamespace = schemaname::regnamespace
        JOIN pg_index ON indexrelid = pg_class.oid
    WHERE schemaname = current_schema() AND NOT indisunique AND tablename = ANY(%s)
    RETURNING name
"""
