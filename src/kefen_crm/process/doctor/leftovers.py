"""What was left behind: half-made runs, staging folders, drafts, files of past versions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from kefen.errors import KefenError
from kefen.ledger.place import LEDGER
from kefen.ledger.settings import SettingsFile
from kefen.ledger.vacuum import unneeded
from kefen.ledger.versions import Versions
from kefen.run.store import is_held
from kefen.run.vacuum import versions_of_runs
from kefen_crm.process.findings import Finding, ok, warn
from kefen_crm.process.space import folder_size, size

if TYPE_CHECKING:
    from pathlib import Path

DAY: Final = 24 * 3600
SHOWN: Final = 5
DRAFTS: Final = (".*.part", "backups/.*.part", "runs/.*.part", "ledger/versions/.*.part")


def examine(data: Path) -> list[Finding]:
    """Findings about what nobody needs; none of it does harm but take space."""
    found = [
        *_told("check-runs-left", _half_runs(data)),
        *_told("check-staging-left", _old(list((data / LEDGER / "staging").glob("*")))),
        *_told("check-drafts-left", _old([one for form in DRAFTS for one in data.glob(form)])),
        *_told("check-cluster-left", list((data / "postgres").glob("cluster.new"))),
        *_past_versions(data),
    ]
    return found or [ok("leftovers", "check-leftovers-none")]


def _told(code: str, left: list[Path]) -> list[Finding]:
    if not left:
        return []
    total = sum(folder_size(one) if one.is_dir() else one.stat().st_size for one in left)
    told = {"count": len(left), "size": size(total), "folder": str(left[0].parent)}
    return [warn("leftovers", code, **told, found=[one.name for one in left[:SHOWN]])]


def _half_runs(data: Path) -> list[Path]:
    """Folders of runs that were killed: without a record, and nobody at work in them."""
    folders = [one for one in (data / "runs").glob("*") if one.is_dir()]
    return [one for one in folders if not (one / "run.json").exists() and not is_held(one)]


def _old(entries: list[Path]) -> list[Path]:
    """Those that nobody can be at work on any more."""
    return [one for one in entries if one.exists() and time.time() - one.stat().st_mtime > DAY]


def _past_versions(data: Path) -> list[Finding]:
    """Files of facts that no version needs any more."""
    folder = data / LEDGER
    try:
        days = SettingsFile(data).read().versions_kept
        found = unneeded(folder, Versions(folder / "versions"), days, versions_of_runs(data))
    except (KefenError, OSError):  # told by the look at the ledger
        return []
    old = _old([file for kind in found.values() for file in kind])
    if not old:
        return []
    total = size(sum(file.stat().st_size for file in old))
    return [warn("leftovers", "check-versions-left", count=len(old), size=total, days=days)]
