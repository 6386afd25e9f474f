"""The first classes of a company: what orders and checks them is made of all of them at once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import OperationalError, connection, transaction

from kefen_crm.customers.models import Customer
from kefen_crm.grading.models import CustomerClass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.utils import CursorWrapper

MANY = 10_000
"""The classes of fewer customers are ordered and checked one by one: nobody waits for them."""
PATIENCE = "5s"
"""So long those who read customers are waited for; then classes are written one by one."""


@contextmanager
def written_at_once() -> Iterator[None]:
    """A transaction in which the first classes of all are written in a part of the time.

    Until its end others wait for customers and classes. Where there are classes already, or few
    customers, each is ordered and checked as it is written.
    """
    if CustomerClass.objects.exists() or Customer.objects.count() < MANY:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        commands = _taken_away(cursor)
        yield
        if commands:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits keeps them from being made
            for command in commands:
                cursor.execute(command)
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    if not connection.in_atomic_block:  # where there is no vacuum
        with connection.cursor() as cursor:  # so that they are counted within an index
            cursor.execute("VACUUM grading_customerclass")


def _taken_away(cursor: CursorWrapper) -> list[str]:
    """Commands that make again what was taken away; none where others were in the way."""
    cursor.execute(_INDEXES)
    indexes = cursor.fetchall()
    cursor.execute(_KEYS)
    keys = cursor.fetchall()
    try:
        with transaction.atomic():
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            for drop, _make in (*keys, *indexes):
                cursor.execute(drop)
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError:
        return []
    return [make for _drop, make in (*indexes, *keys)]


_INDEXES = """
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = 'grading_customerclass'::regclass AND NOT indisunique
"""
_KEYS = """
    SELECT format('ALTER TABLE grading_customerclass DROP CONSTRAINT %I', conname),
        format('ALTER TABLE grading_customerclass ADD CONSTRAINT %I %s', conname,
            pg_get_constraintdef(oid))
    FROM pg_constraint
    WHERE conrelid = 'grading_customerclass'::regclass
        AND confrelid = 'customers_customer'::regclass
"""
