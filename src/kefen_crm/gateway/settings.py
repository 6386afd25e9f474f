"""What is kept with the data: company, base currency, time zone, fiscal year, backups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import kefen
from kefen.ledger.settings import ANY, NEVER, Settings, SettingsFile, opened
from kefen.wording import sentence
from kefen_crm.gateway import language

if TYPE_CHECKING:
    from pathlib import Path

    from kefen.ledger.settings import Conflict

__all__ = ["ANY", "NEVER", "Settings", "change", "conflicts", "stored_settings"]


def stored_settings(data: Path) -> Settings:
    """The settings in force of a data directory."""
    return SettingsFile(data).read()


def work_on(data: Path) -> None:
    """Let words that name no ledger speak of this data directory: its currency, its fiscal year."""
    opened(data)


def conflicts(data: Path) -> list[Conflict]:
    """Environment variables that say another thing than the data, which win."""
    return SettingsFile(data).conflicts()


def conflict_sentence(conflict: Conflict) -> str:
    """What an environment variable and the data disagree on."""
    return sentence("setting-conflict", vars(conflict), language())


def change(data: Path, changes: dict[str, Any], *, relabel: bool = False) -> Settings:
    """Keep settings with the data; LedgerError `bad-setting-…`, `currency-fixed`."""
    with kefen.open(data) as ledger:
        return ledger.change_settings(relabel=relabel, **changes)
