"""The `kefen` command. Each module here is a part of the work; this one puts them together.

Exit codes: 0 done; 1 refused by Kefen, with a sentence that says why and what to do; 2 the
command was not written right; 3 the good rows landed and some rows were rejected.
"""

from __future__ import annotations

import typer

from kefen.cli import (
    backup,
    bi,
    classes,
    doctor,
    facts,
    mappings,
    privacy,
    proof,
    reports,
    settings,
    site,
    standards,
    tokens,
)
from kefen.cli.console import Face, Json, word
from kefen.cli.group import Kefen
from kefen.version import version as kefen_version

app = typer.Typer(
    cls=Kefen,
    name="kefen",
    help=word("help"),
    epilog=word("help-exit-codes"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for rooms in (
    facts,
    mappings,
    classes,
    standards,
    proof,
    reports,
    settings,
    backup,
    privacy,
    site,
    doctor,
    tokens,
    bi,
):
    rooms.register(app)


@app.callback()
def root() -> None:
    """Nothing to do before a command."""


@app.command(help=word("help-version"))
def version(*, machine: Json = False) -> None:
    """Print Kefen's version."""
    face = Face(machine=machine)
    face.answer({"kefen": kefen_version()})
    face.show(f"kefen {kefen_version()}")


def main() -> None:
    """Run the command line."""
    app()
