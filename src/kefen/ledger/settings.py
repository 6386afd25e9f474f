"""What belongs to the company and is kept with its data: `<data>/settings.json`.

The environment fills in what the file does not say, until the first import writes down what then
holds. From there on the data keep their own currency and time zone, wherever they are opened.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from kefen.errors import LedgerError
from kefen.period import fiscal_years_begin
from kefen.storage import exclusive, make_data_folder, write_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from pathlib import Path

FILE: Final = "settings.json"
VARIABLES: Final = {
    "currency": "KEFEN_CURRENCY",
    "timezone": "KEFEN_TIMEZONE",
    "language": "KEFEN_LANGUAGE",
}
"""The environment variable that fills in a setting the data do not have."""
LANGUAGES: Final = ("zh", "en")
ANY: Final = "any"
"""How a person writes that no language goes before those that browsers and shells ask for."""
NEVER: Final = "never"
"""How a person writes that no daily backup is taken."""
_WHOLE: Final = {
    "backup_hour": (0, 23),
    "backups_kept": (1, 365),
    "versions_kept": (1, 36_500),
    "runs_kept": (1, 10_000),
}
_DIGITS = 5
_CURRENCY = re.compile(r"[A-Z]{3}")
_MONTH = re.compile(r"[1-9]|1[0-2]")
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Settings:
    """The settings of one data directory.

    Attributes:
        company: the name of the company.
        currency: the base currency, an ISO 4217 code; all amounts of the ledger are in it.
        timezone: the business time zone, an IANA name: it says when a day begins.
        fiscal_year_start: the month a fiscal year begins with, 1 to 12; the window `fy` follows it.
        language: what is spoken before somebody chooses, `zh` or `en`; empty where each browser
            and each shell says so itself.
        backup_hour: the hour after which the site takes its daily backup; None takes none.
        backups_kept: how many of the daily backups are kept.
        runs_kept: how many of the last runs of each scheme are kept, beside those in use.
        versions_kept: days that past versions of the ledger stay readable.
    """

    company: str = ""
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    fiscal_year_start: int = 1
    language: str = ""
    backup_hour: int | None = 3
    backups_kept: int = 7
    versions_kept: int = 30
    runs_kept: int = 20

    def local(self, moment: datetime) -> datetime:
        """A moment in the business time zone."""
        return moment.astimezone(ZoneInfo(self.timezone))

    def local_or_none(self, moment: datetime | None) -> datetime | None:
        """As `local`, where there is a moment at all."""
        return None if moment is None else self.local(moment)


@dataclass(frozen=True)
class Conflict:
    """An environment variable that says another thing than the data, which win."""

    name: str
    variable: str
    environment: str
    kept: str


NAMES: Final = tuple(field.name for field in fields(Settings))


class SettingsFile:
    """The settings of a data directory on disk. `path` need not exist."""

    def __init__(self, data: Path) -> None:
        self.path = data / FILE

    def written(self) -> dict[str, Any]:
        """What the file says; settings that a newer Kefen knows are passed over.

        Raises:
            LedgerError: `settings-damaged` when the file cannot be understood.
        """
        try:
            told = _raw(self.path)
            return {name: clean(name, told[name]) for name in NAMES if name in told}
        except (OSError, ValueError, TypeError, LedgerError) as error:
            raise LedgerError("settings-damaged", path=str(self.path), reason=str(error)) from error

    def read(self) -> Settings:
        """The settings in force: the file's, else the environment's, else the defaults."""
        written = self.written()
        return Settings(**_environment(set(NAMES) - written.keys()), **written)

    def conflicts(self) -> list[Conflict]:
        """Where the environment says another thing than the data."""
        written, found = self.written(), []
        for name in VARIABLES.keys() & written.keys():
            told = os.environ.get(VARIABLES[name], "")
            try:
                same = not told or clean(name, told) == written[name]
            except LedgerError:
                same = False
            if not same:
                found.append(Conflict(name, VARIABLES[name], told, str(written[name])))
        return sorted(found, key=lambda conflict: conflict.variable)

    def write(self, changes: Mapping[str, Any]) -> Settings:
        """Keep these settings beside those the file has; gives the settings in force.

        Raises:
            LedgerError: `unknown-setting`, `bad-setting-…`, `settings-damaged`.
            StorageError: `disk-full`, `folder-not-writable`.
        """
        cleaned = {name: clean(name, value) for name, value in changes.items()}
        make_data_folder(self.path.parent)
        with exclusive(self.path.parent):
            told = _raw(self.path) | cleaned
            write_whole(self.path, json.dumps(told, ensure_ascii=False, indent=1))
        return self.read()

    def fix(self) -> None:
        """Write down what facts rest on, so that another environment changes nothing any more."""
        missing = set(NAMES) - self.written().keys() - {"language"}
        if missing:
            now = asdict(self.read())
            self.write({name: now[name] for name in missing})


def clean(name: str, value: Any) -> Any:
    """A setting in its kept form.

    >>> clean("currency", "eur"), clean("fiscal_year_start", "4"), clean("language", "zh-hans")
    ('EUR', 4, 'zh')

    Raises:
        LedgerError: `unknown-setting`, `bad-setting-…`.
    """
    if name not in NAMES:
        raise LedgerError("unknown-setting", name=name, known=list(NAMES))
    text = " ".join(str(value).split())
    if name == "company" and len(text) <= _LONGEST_NAME:
        return text
    if name == "currency" and _CURRENCY.fullmatch(text.upper()):
        return text.upper()
    if name == "timezone" and text in _zones():
        return text
    if name == "fiscal_year_start" and _MONTH.fullmatch(text):
        return int(text)
    if name == "backup_hour" and (value is None or text == NEVER):
        return None
    if name in _WHOLE and text.isascii() and text.isdecimal() and len(text) <= _DIGITS:
        least, most = _WHOLE[name]
        if least <= int(text) <= most:
            return int(text)
    if name == "language" and text in ("", ANY):
        return ""
    if name == "language" and text.lower()[:2] in LANGUAGES:
        return text.lower()[:2]
    raise LedgerError(f"bad-setting-{name.replace('_', '-')}", value=text[:_LONGEST_NAME])


@cache
def _zones() -> frozenset[str]:
    """The names of time zones; looking them up takes a twentieth of a second."""
    return frozenset(available_timezones())


def base_currency() -> str:
    """The base currency of the data directory that this process opened last.

    Words about money that know of no ledger speak of this one.
    """
    known = _OPENED[-1].read() if _OPENED else Settings(**_environment({"currency"}))
    return known.currency


def opened(data: Path) -> None:
    """Note the data directory that this process works on."""
    _OPENED[:] = [SettingsFile(data)]
    fiscal_years_begin(lambda: _OPENED[-1].read().fiscal_year_start)


_OPENED: list[SettingsFile] = []


def _environment(names: Collection[str]) -> dict[str, Any]:
    """What environment variables say of these settings."""
    told = {name: os.environ.get(variable) for name, variable in VARIABLES.items()}
    return {name: clean(name, value) for name, value in told.items() if value and name in names}


def _raw(path: Path) -> dict[str, Any]:
    """All the file says, also what only a newer Kefen knows."""
    if not path.exists():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(told, dict):
        raise TypeError(type(told).__name__)
    return told
