"""The group of all commands: each is imported when it is asked for; errors become sentences."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

from kefen.cli.help import context, plain
from kefen.cli.words import SPOKEN, known_language, spoken, word
from kefen.errors import KefenError, SchemeError
from kefen.wording import describe, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typer._click import Command, HelpFormatter

REFUSED = 1
REJECTED = 3
INTERRUPTED = 130

COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "facts": ("import", "check", "undo", "history", "template"),
    "mappings": ("mappings",),
    "classes": ("grade", "explain", "compare", "runs"),
    "standards": ("schemes", "indicators"),
    "offers": ("recommend",),
    "proof": ("readiness", "backtest", "scorecard", "agree", "sensitivity"),
    "planning": ("plan", "territories"),
    "reports": ("report", "export"),
    "settings": ("settings",),
    "backup": ("backup", "restore", "vacuum"),
    "privacy": ("disclose", "erase"),
    "site": ("demo", "serve", "admin"),
    "doctor": ("doctor",),
    "starts": ("start",),
    "tokens": ("token",),
    "bi": ("bi",),
    "about": ("version",),
}
"""The module of each command, in the order of the help."""
_MODULES: Final = {name: module for module, names in COMMANDS.items() for name in names}


class Kefen(TyperGroup):
    """Runs a command and says in one sentence what Kefen refused."""

    context_class = context(TyperGroup.context_class)

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002
        """The names of all commands."""
        return list(_MODULES)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Command | None:  # type: ignore[override]  # noqa: ARG002
        """A command, from its module."""
        if cmd_name in _MODULES and cmd_name not in self.commands:
            part = typer.Typer(rich_markup_mode=None)
            import_module(f"kefen.cli.{_MODULES[cmd_name]}").register(part)
            group = typer.main.get_group(part)
            plain(group)
            self.commands.update(group.commands)
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """The command that the arguments begin with; of an unknown name, those that are like it."""
        if args[0] not in _MODULES:
            for name in _MODULES:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: typer.Context, formatter: HelpFormatter) -> None:  # type: ignore[override]  # noqa: ARG002
        """Every command with what it does, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, word(f"help-{name}")) for name in _MODULES])

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
    from rich.console import Console  # help appears without it
    from rich.markup import escape

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    mark = "错误：" if lang.startswith("zh") else "Error: "
    console.print(f"[bold red]{mark}[/]{escape(describe(error, lang))}")
    if isinstance(error, SchemeError):
        for fault in error.faults:
            told = sentence(fault.code, fault.data, lang)
            console.print(f"  [bold]{escape(fault.path)}[/]  {escape(told)}")
