"""BI programs: let them read the site's views over the network, or no more."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.site import needs_site
from kefen.cli.words import word
from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Host = Annotated[str, typer.Option("--host", help=word("option-bi-host"))]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help=word("option-bi-port"))]

app = typer.Typer(help=word("help-bi"), no_args_is_help=True)


def register(to: typer.Typer) -> None:
    """Add these commands to the command line."""
    to.add_typer(app, name="bi")


@app.command(help=word("help-bi-on"))
def on(
    *,
    host: Host = "127.0.0.1",
    port: Port = 5433,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Make the role that reads the views, and have Kefen's own PostgreSQL listen for it."""
    face = Face(lang, machine=machine)
    with _database(data) as (process, url, own, before):
        wanted = process.Listening(host, port)
        if own and wanted != before:
            wanted.check()
        password = process.allow(url)
        if own:
            process.listen(data, wanted)
    told = {"user": process.ROLE, "password": password, "database": "kefen"}
    face.answer(told | ({"host": host, "port": port} if own else {}))
    face.say("bi-on" if own else "bi-on-elsewhere", role=process.ROLE, host=host, port=port)
    face.show(password)


@app.command(help=word("help-bi-password"))
def password(*, data: Data = HERE, lang: Lang = "", machine: Json = False) -> None:
    """Give the role a new password; it is printed once."""
    face = Face(lang, machine=machine)
    with _database(data) as (process, url, _own, _before):
        made = process.allow(url)
    face.answer({"user": process.ROLE, "password": made})
    face.show(made)


@app.command(help=word("help-bi-off"))
def off(*, data: Data = HERE, lang: Lang = "", machine: Json = False) -> None:
    """Take the role away, and have the server listen no more."""
    face = Face(lang, machine=machine)
    with _database(data) as (process, url, _own, _before):
        process.withdraw(url)
    process.listen(data, None)
    face.answer({"on": False})
    face.say("bi-off")


@contextmanager
def _database(data: Path) -> Iterator[tuple[Any, str, bool, Any]]:
    """What knows the role, the address of somebody who may make roles, whose server it is, and
    where it listened.
    """
    needs_site("bi")
    from kefen_crm.process import bi  # the optional extra
    from kefen_crm.process.admin import site_environment
    from kefen_crm.process.postgres import Embedded

    own = not os.environ.get("DATABASE_URL")
    before = None
    with suppress(KefenError):  # what cannot be understood may be set anew
        before = bi.listening(data)
    with bi.not_listening(data), site_environment(data) as url:
        yield bi, Embedded(data).admin_url if own else url, own, before
