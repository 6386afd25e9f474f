"""Which Kefen this is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.cli.console import Face, Json
from kefen.cli.words import word
from kefen.version import version as kefen_version

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command(help=word("help-version"))(version)


def version(*, machine: Json = False) -> None:
    """Print Kefen's version."""
    face = Face(machine=machine)
    face.answer({"kefen": kefen_version()})
    face.show(f"kefen {kefen_version()}")
