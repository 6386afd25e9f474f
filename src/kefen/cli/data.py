"""A data directory as commands about all of it open it: its ledger and the site's database."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import kefen
from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def has_site() -> bool:
    """Whether the site is installed."""
    return find_spec("kefen_crm.process") is not None and find_spec("django") is not None


@contextmanager
def opened(data: Path) -> Iterator[tuple[Any, Any]]:
    """The ledger, and the site's database where there is one.

    Raises:
        KefenError: `check-data-newer`, `check-migrations-missing` for tables of another Kefen.
    """
    data = data.resolve()
    with kefen.open(data, existing=True) as ledger:
        if not _has_database(data):
            yield ledger, None
            return
        import django  # the optional extra

        from kefen_crm.process.admin import site_environment
        from kefen_crm.process.migrations import refuse_others

        with site_environment(data) as address:
            refuse_others(address)
            django.setup()
            from kefen_crm.privacy.database import SiteDatabase  # needs Django set up

            yield ledger, SiteDatabase()


def _has_database(data: Path) -> bool:
    """Whether a database of the site belongs to these data."""
    if not has_site():
        if (data / "postgres").exists():
            raise KefenError("cli-needs-site", command="erase")
        return False
    from kefen_crm.process.belonging import read  # the optional extra

    return bool(read(data).get("paired"))


def erase_again(data: Path) -> int:
    """Erase whom a restored backup has brought back; gives how many."""
    if not (data / "erasing.json").exists():
        return 0
    with opened(data) as (ledger, database):
        return len(import_module("kefen.privacy").carry_out(ledger, database))
