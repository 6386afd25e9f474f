"""What is kept with the data: show it, change it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

import kefen
from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.render import table
from kefen.cli.words import word
from kefen.ledger.settings import NEVER
from kefen.wording import sentence

Company = Annotated[str | None, typer.Option("--company", help=word("option-setting-company"))]
Currency = Annotated[str | None, typer.Option("--currency", help=word("option-setting-currency"))]
Zone = Annotated[str | None, typer.Option("--timezone", help=word("option-setting-timezone"))]
Month = Annotated[
    str | None, typer.Option("--fiscal-year-start", help=word("option-setting-fiscal-year-start"))
]
Language = Annotated[str | None, typer.Option("--language", help=word("option-setting-language"))]
Hour = Annotated[str | None, typer.Option("--backup-hour", help=word("option-setting-backup-hour"))]
Kept = Annotated[
    str | None, typer.Option("--backups-kept", help=word("option-setting-backups-kept"))
]
Versions = Annotated[
    str | None, typer.Option("--versions-kept", help=word("option-setting-versions-kept"))
]
Runs = Annotated[str | None, typer.Option("--runs-kept", help=word("option-setting-runs-kept"))]
Relabel = Annotated[bool, typer.Option("--relabel", help=word("option-relabel"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(help=word("help-settings"))(settings)


def settings(
    *,
    company: Company = None,
    currency: Currency = None,
    timezone: Zone = None,
    fiscal_year_start: Month = None,
    language: Language = None,
    backup_hour: Hour = None,
    backups_kept: Kept = None,
    versions_kept: Versions = None,
    runs_kept: Runs = None,
    relabel: Relabel = False,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Show the settings; change those that are given."""
    face = Face(lang, machine=machine)
    ledger = kefen.open(data)
    asked = {
        "company": company,
        "currency": currency,
        "timezone": timezone,
        "fiscal_year_start": fiscal_year_start,
        "language": language,
        "backup_hour": backup_hour,
        "backups_kept": backups_kept,
        "versions_kept": versions_kept,
        "runs_kept": runs_kept,
    }
    changes = {name: value for name, value in asked.items() if value is not None}
    if changes:
        ledger.change_settings(relabel=relabel, **changes)
        face.say("settings-saved")
    now = asdict(ledger.settings)
    face.answer(now)
    rows = [
        (_title(name, face), NEVER if value is None else str(value)) for name, value in now.items()
    ]
    face.show(table([face("setting"), face("value")], rows))
    tell_conflicts(face, ledger)


def tell_conflicts(face: Face, ledger: Any) -> None:
    """Say where the environment and the data disagree."""
    for conflict in ledger.settings_conflicts:
        told = sentence("setting-conflict", asdict(conflict), face.lang)
        face.err.print(told, style="dim", highlight=False, markup=False)


def _title(name: str, face: Face) -> str:
    return sentence(f"setting-{name.replace('_', '-')}", {}, face.lang)
