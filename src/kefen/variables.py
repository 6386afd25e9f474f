"""Reads environment variables that are more than a text, and refuses what they cannot mean."""

from __future__ import annotations

import os
import re
from typing import Final

from kefen.errors import KefenError

ON: Final = frozenset({"1", "true", "yes", "on"})
OFF: Final = frozenset({"", "0", "false", "no", "off"})
MOST_THREADS: Final = 10_000
SECRET: Final = frozenset({"DATABASE_URL", "KEFEN_SMTP"})
"""Variables whose addresses hold passwords."""
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]i?B|%)", re.IGNORECASE)
_ENGINE: Final = re.compile(r"duckdb|local\[.*|spark://.*")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z+]*://")
_PASSWORD: Final = re.compile(r"(?<=password=).*", re.IGNORECASE | re.DOTALL)


def refused(name: str, value: str, meant: str) -> KefenError:
    """The error `bad-variable`; passwords of addresses are left out of the value.

    In an address that cannot be read nothing says where a password ends, so all before the last
    `@` is left out; of one without a `@` that may hold a password, all after its kind.

    >>> refused("DATABASE_URL", "postgresql://ann:s/e@cret@[db/kefen", "…").data["value"]
    'postgresql://…@[db/kefen'
    >>> refused("KEFEN_SMTP", "smtp://ann:secret", "…").data["value"]
    'smtp://…'
    """
    told = _PASSWORD.sub("…", value)
    _secret, sign, rest = told.rpartition("@")
    if sign or name in SECRET:
        scheme = _SCHEME.match(told)
        told = f"{scheme[0] if scheme else ''}…{sign}{rest if sign else ''}"
    return KefenError("bad-variable", name=name, value=told[:200], meant=meant)


def given(name: str) -> str:
    """What the variable holds, without blanks around it; empty when it is not set."""
    return os.environ.get(name, "").strip()


def switch(name: str) -> bool:
    """Whether a variable is switched on. KefenError `bad-variable` for other than 1 and 0."""
    value = given(name).lower()
    if value not in ON | OFF:
        raise refused(name, given(name), "1, 0")
    return value in ON


def whole(name: str, default: int, least: int, most: int) -> int:
    """A whole number from `least` to `most`. KefenError `bad-variable` for another."""
    value = given(name)
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= len(str(most))):
        raise refused(name, value, f"{least} – {most:,}")
    if not least <= int(value) <= most:
        raise refused(name, value, f"{least} – {most:,}")
    return int(value)


def memory() -> str | None:
    """What DuckDB may take by `KEFEN_MEMORY`; None when it says nothing.

    Raises:
        KefenError: `bad-variable`.
    """
    value = given("KEFEN_MEMORY")
    if not value:
        return None
    found = _AMOUNT.fullmatch(value)
    if not found or not float(found[1]) or (found[2] == "%" and float(found[1]) > 100):
        raise refused("KEFEN_MEMORY", value, "2GB, 512MB, 80%")
    return value


def engine() -> str:
    """The engine by `KEFEN_ENGINE`: `duckdb`, `local[…]` or `spark://…`; `duckdb` without it.

    Raises:
        KefenError: `bad-variable`.
    """
    value = given("KEFEN_ENGINE") or "duckdb"
    if not _ENGINE.fullmatch(value):
        raise refused("KEFEN_ENGINE", value, "duckdb, local[4], spark://host:port")
    return value


def threads() -> int | None:
    """The threads of DuckDB by `KEFEN_THREADS`; None when it says nothing.

    Raises:
        KefenError: `bad-variable`.
    """
    return whole("KEFEN_THREADS", 0, 1, MOST_THREADS) or None


def refuse_engine_faults() -> None:
    """Refuse an engine that cannot be used, before anything is asked of it.

    Raises:
        KefenError: `bad-variable`.
    """
    for read in (engine, memory, threads):
        read()
