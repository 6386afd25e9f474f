"""Looks at an installation and says what to do."""

from __future__ import annotations

import typer
from rich.text import Text

from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.site import needs_site
from kefen.cli.words import word

BROKEN = 1
LOOK_AFTER = 3
MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red")}


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command(help=word("help-doctor"))(doctor)


def doctor(*, data: Data = HERE, lang: Lang = "", machine: Json = False) -> None:
    """Say what is not well with a data directory, its database and its server."""
    needs_site("doctor")
    from kefen_crm.process.doctor import examine  # the optional extra
    from kefen_crm.process.findings import worst

    face = Face(lang, machine=machine)
    found = examine(data)
    state = worst(found)
    face.answer(
        {
            "status": state,
            "checks": [
                {
                    "check": one.check,
                    "status": one.state,
                    "code": one.code,
                    "text": one.words(face.lang),
                    "data": one.data,
                }
                for one in found
            ],
        }
    )
    for one in found:
        mark, style = MARKS[one.state]
        line = Text.assemble((mark, style), " ", (face(f"check-{one.check}"), "bold"), "  ")
        face.show(line.append(one.words(face.lang)))
    face.say(f"doctor-{state}", count=sum(one.state != "ok" for one in found))
    if state != "ok":
        raise typer.Exit(BROKEN if state == "fail" else LOOK_AFTER)
