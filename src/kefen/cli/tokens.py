"""API tokens of a site, for programs: make, list, revoke."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.render import table, whole
from kefen.cli.site import needs_site
from kefen.cli.words import word
from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

User = Annotated[str, typer.Argument(metavar="USER", help=word("arg-user"))]
Name = Annotated[str, typer.Argument(metavar="NAME", help=word("arg-token-name"))]
Number = Annotated[int, typer.Argument(metavar="ID", help=word("arg-token"))]
Scopes = Annotated[list[str] | None, typer.Option("--scope", help=word("option-scope"))]
Expires = Annotated[
    datetime | None,
    typer.Option("--expires", formats=["%Y-%m-%d"], help=word("option-expires")),
]
COLUMNS = ("token", "user", "name", "scopes", "expires", "last_used")

app = typer.Typer(help=word("help-token"), no_args_is_help=True)


def register(to: typer.Typer) -> None:
    """Add these commands to the command line."""
    to.add_typer(app, name="token")


@app.command(help=word("help-token-create"))
def create(
    user: User,
    name: Name,
    *,
    scope: Scopes = None,
    expires: Expires = None,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Make a token; its key is printed once."""
    face = Face(lang, machine=machine)
    with _team(data) as team:
        last = expires.date() if expires else None
        token, key = team.create(user, name, last, scope or ())
    face.answer(token | {"key": key})
    face.show(key)


@app.command("account", help=word("help-token-account"))
def account(
    user: Annotated[str, typer.Argument(metavar="USER", help=word("arg-account"))],
    *,
    role: Annotated[str, typer.Option("--role", help=word("option-role"))] = "reader",
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Make a service account: it owns tokens, and nobody signs in as it."""
    face = Face(lang, machine=machine)
    with _team(data) as team:
        made = team.add_account(user, role)
    face.answer(made)
    face.say("account-made", **made)


@app.command("list", help=word("help-token-list"))
def list_(*, data: Data = HERE, lang: Lang = "", machine: Json = False) -> None:
    """List the tokens of all users."""
    face = Face(lang, machine=machine)
    with _team(data) as team:
        tokens = team.all()
    face.answer(tokens)
    rows = [tuple(whole(_shown(one[name])) for name in COLUMNS) for one in tokens]
    face.show(table([face(name) for name in COLUMNS], rows))


@app.command(help=word("help-token-revoke"))
def revoke(number: Number, *, data: Data = HERE, lang: Lang = "", machine: Json = False) -> None:
    """Make a token useless at once."""
    face = Face(lang, machine=machine)
    with _team(data) as team:
        gone = team.revoke(number)
    face.answer(gone)
    face.say("token-revoked", token=number, name=gone["name"])


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "*"
    return "" if value is None else str(value)


@contextmanager
def _team(data: Path) -> Iterator[Any]:
    """The site's tokens, with its database up."""
    needs_site("token")
    import django  # the optional extra

    from kefen_crm.process.admin import site_environment

    with site_environment(data):
        django.setup()
        from kefen_crm.team import service_tokens  # needs Django set up

        try:
            yield service_tokens
        except service_tokens.UnknownName as error:
            raise KefenError(error.code, **error.data) from None
