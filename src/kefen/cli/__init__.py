"""The `kefen` command. Each module here is a part of the work; `group` puts them together.

Exit codes: 0 done; 1 refused by Kefen, with a sentence that says why and what to do; 2 the
command was not written right; 3 the good rows landed and some rows were rejected.
"""

from __future__ import annotations

import typer

from kefen import collector
from kefen.cli.group import Kefen
from kefen.cli.words import word

app = typer.Typer(
    cls=Kefen,
    name="kefen",
    help=word("help"),
    epilog=word("help-exit-codes"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root() -> None:
    """Nothing to do before a command."""


def main() -> None:
    """Run the command line."""
    collector.for_a_command()
    app()
