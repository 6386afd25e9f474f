"""Who writes customers one by one, and who brings all of them up to the ledger, in turn."""

from __future__ import annotations

from typing import Final

from django.db import connection

_KEY: Final = 7_240_133
"""Of the database's lock between people's edits and synchronising."""


def editing() -> None:
    """Hold off synchronising until the end of the transaction; others may edit meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_KEY])


def synchronising() -> None:
    """Hold off people's edits until the end of the transaction, so that none is overwritten."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY])
