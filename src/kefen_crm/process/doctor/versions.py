"""The versions of Python, of Kefen's packages and of the data."""

from __future__ import annotations

import platform
import time
from datetime import UTC, datetime, timedelta
from importlib import metadata
from typing import TYPE_CHECKING, Final

from packaging.requirements import Requirement

from kefen.errors import KefenError
from kefen.ledger.place import LEDGER
from kefen.ledger.settings import SettingsFile
from kefen.ledger.versions import Versions
from kefen_crm.process.findings import Finding, State, fail, ok, warn
from kefen_crm.process.ledger_checks import ledger_finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXTRAS: Final = ("", "crm")
AHEAD: Final = timedelta(days=1)


def examine() -> list[Finding]:
    """Whether Python and the packages are those that this Kefen was made for."""
    told = {"kefen": metadata.version("kefen"), "python": platform.python_version()}
    wrong = [
        fail("versions", "check-package-wrong", name=name, found=found, wanted=wanted)
        for name, found, wanted in _wrong()
    ]
    return wrong or [ok("versions", "check-versions-ok", **told)]


def ledger(data: Path, graded: int) -> list[Finding]:
    """Whether the ledger can be read, reaches as far as what was `graded`, and its settings and
    the system's clock go with it.
    """
    found = [ledger_finding(data, graded)]
    if found[0].state != State.OK:
        return found
    version = found[0].data["version"]
    written = Versions(data / LEDGER / "versions").read(version).at if version else None
    if written and written > datetime.now(UTC) + AHEAD:
        day = f"{written:%Y-%m-%d %H:%M}"
        found.append(fail("time", "check-clock-behind", now=_now(), written=day))
    try:
        conflicts = SettingsFile(data).conflicts()
    except KefenError as error:
        return [*found, fail("settings", error.code, **error.data)]
    return [*found, *(warn("settings", "setting-conflict", **vars(one)) for one in conflicts)]


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime())


def _wrong() -> Iterator[tuple[str, str, str]]:
    """Packages that are missing or of a version that Kefen is not made for."""
    for line in metadata.requires("kefen") or ():
        wanted = Requirement(line)
        if wanted.marker and not any(wanted.marker.evaluate({"extra": one}) for one in EXTRAS):
            continue
        try:
            found = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            yield wanted.name, "–", str(wanted.specifier)
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            yield wanted.name, found, str(wanted.specifier)
