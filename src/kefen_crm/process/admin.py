"""Django's own commands, run with the installation's database up."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from kefen.ledger.place import refuse_foreign
from kefen_crm.environment import refuse_faults
from kefen_crm.process import belonging
from kefen_crm.process.errors import ProcessError, folder_errors
from kefen_crm.process.postgres import Embedded
from kefen_crm.process.private import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def site_environment(data: Path | str, *, claim: bool = True) -> Iterator[str]:
    """Have the database up and the variables set that Django's settings read.

    Gives the database's address: `DATABASE_URL`, else that of Kefen's own PostgreSQL, which is
    started for the time being unless it runs already. Call `django.setup()` inside. Only who brings
    a backup back does not `claim` that the directory and the database belong together.

    Raises:
        KefenError: `bad-variable` for a variable that cannot be meant.
        ProcessError: those of `Embedded.start` and `belonging.claim`.
        LedgerError: when this is no data directory and cannot become one.

    Inside, a table or column that is missing is told as ProcessError `tables-of-another-kefen`.
    """
    data = Path(data).resolve()
    refuse_faults()
    refuse_foreign(data)
    with folder_errors(data):
        make_private(data)
    os.environ["KEFEN_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kefen_crm.site.settings")
    given = os.environ.get("DATABASE_URL")
    if given:
        if claim:
            belonging.claim(data, given, own=False)
        with _of_this_kefen():
            yield given
        return
    with Embedded(data) as server:
        if claim:
            belonging.claim(data, server.url, own=True)
        os.environ["DATABASE_URL"] = server.url
        try:
            with _of_this_kefen():
                yield server.url
        finally:
            del os.environ["DATABASE_URL"]


@contextmanager
def _of_this_kefen() -> Iterator[None]:
    """Say in a sentence that tables or columns are missing: the tables are of another Kefen.

    Raises:
        ProcessError: `tables-of-another-kefen`.
    """
    try:
        yield
    except Exception as error:
        cause = error.__cause__ or error
        if isinstance(cause, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
            reason = str(cause).splitlines()[0]
            raise ProcessError("tables-of-another-kefen", reason=reason) from error
        raise


def manage(data: Path | str, arguments: list[str]) -> None:
    """Run one Django command, such as `["createsuperuser"]`."""
    # Only now, so that the other commands need no Django.
    from django.core.management import execute_from_command_line

    with site_environment(data):
        execute_from_command_line(["kefen admin", *arguments])
