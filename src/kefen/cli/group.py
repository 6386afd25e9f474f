"""The group of all commands: expected errors become a sentence and an exit code."""

from __future__ import annotations

import os
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from kefen.cli.console import SPOKEN, known_language, spoken
from kefen.errors import KefenError, SchemeError
from kefen.wording import describe, sentence

REFUSED = 1
REJECTED = 3
INTERRUPTED = 130


class Kefen(TyperGroup):
    """Runs a command and says in one sentence what Kefen refused."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # Click's own context
        """Run the command that was asked for."""
        SPOKEN.set(spoken())
        try:
            known_language(os.environ.get("KEFEN_LANG", ""), "KEFEN_LANG")
            return super().invoke(ctx)
        except KefenError as error:
            _tell(error, SPOKEN.get())
            raise typer.Exit(REFUSED) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


def _tell(error: KefenError, lang: str) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    mark = "错误：" if lang.startswith("zh") else "Error: "
    console.print(f"[bold red]{mark}[/]{escape(describe(error, lang))}")
    if isinstance(error, SchemeError):
        for fault in error.faults:
            told = sentence(fault.code, fault.data, lang)
            console.print(f"  [bold]{escape(fault.path)}[/]  {escape(told)}")
