"""Mappings that are used again for the same headings: list them, forget one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

import kefen
from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.render import table, whole
from kefen.cli.words import word

Forget = Annotated[str | None, typer.Option("--forget", metavar="ID", help=word("option-forget"))]


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command(help=word("help-mappings"))(mappings)


def mappings(
    *, forget: Forget = None, data: Data = HERE, lang: Lang = "", machine: Json = False
) -> None:
    """List the mappings that people made, newest first; forget one."""
    face = Face(lang, machine=machine)
    ledger = kefen.open(data)
    if forget:
        gone = ledger.forget_mapping(forget)
        face.say("mapping-forgotten", mapping=gone.id, source=gone.source)
    known = ledger.mappings()
    face.answer([asdict(entry) for entry in known])
    if not known:
        face.say("no-mappings")
        return
    zone = ledger.settings.timezone
    rows = [
        (whole(entry.id), entry.kind, entry.source, entry.day(zone), _pairs(entry.mapping))
        for entry in known
    ]
    names = ("mapping", "kind", "source", "at", "column")
    face.show(table([face(name) for name in names], rows))


def _pairs(mapping: dict[str, str | None]) -> str:
    return ", ".join(f"{heading}={column or '–'}" for heading, column in mapping.items())
