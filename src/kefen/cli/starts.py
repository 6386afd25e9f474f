"""Industry starts of a site: what there is to choose from, what one would make, choosing it."""

from __future__ import annotations

from contextlib import contextmanager
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

Name = Annotated[str, typer.Argument(metavar="NAME", help=word("arg-start"))]
By = Annotated[str, typer.Option("--by", metavar="USER", help=word("option-by"))]

app = typer.Typer(help=word("help-start"), no_args_is_help=True)


def register(to: typer.Typer) -> None:
    """Add these commands to the command line."""
    to.add_typer(app, name="start")


@app.command("list", help=word("help-start-list"))
def list_(*, data: Data = HERE, lang: Lang = "", machine: Json = False) -> None:
    """List the starts."""
    face = Face(lang, machine=machine)
    with _starts(data) as starts:
        found = starts.listed(face.lang)
    face.answer(found)
    rows = [
        (whole(one["start"]), one["title"], one["chosen"].date() if one["chosen"] else "")
        for one in found
    ]
    face.show(table([face(name) for name in ("start", "title", "start-chosen")], rows))


@app.command(help=word("help-start-preview"))
def preview(name: Name, *, data: Data = HERE, lang: Lang = "", machine: Json = False) -> None:
    """Show what a start would make, or made."""
    face = Face(lang, machine=machine)
    with _starts(data) as starts:
        _show(face, starts.previewed(name, face.lang))


@app.command(help=word("help-start-apply"))
def apply(
    name: Name, *, by: By = "", data: Data = HERE, lang: Lang = "", machine: Json = False
) -> None:
    """Choose a start: make what it brings, once."""
    face = Face(lang, machine=machine)
    with _starts(data) as starts:
        made = starts.applied(name, by, face.lang)
    _show(face, made)
    face.say("start-applied", name=name)


def _show(face: Face, steps: list[dict[str, Any]]) -> None:
    face.answer(steps)
    rows = [
        (face(f"start-part-{one['part']}"), one["title"], face(f"start-{one['outcome']}"))
        for one in steps
    ]
    face.show(table([face(name) for name in ("start-part", "title", "start-outcome")], rows))


@contextmanager
def _starts(data: Path) -> Iterator[Any]:
    """The site's starts, with its database up."""
    needs_site("start")
    import django  # the optional extra

    from kefen_crm.process.admin import site_environment

    with site_environment(data):
        django.setup()
        from kefen_crm.industry_starts import shell  # needs Django set up

        try:
            yield shell
        except shell.Refused as error:
            raise KefenError(error.code, **error.data) from None
