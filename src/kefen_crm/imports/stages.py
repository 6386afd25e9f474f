"""How far the work on an import is, in words and as a share of the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

if TYPE_CHECKING:
    from kefen_crm.imports.models import Import

STAGES = {
    "reading": gettext_noop("Reading the rows"),
    "checking": gettext_noop("Comparing with what is there"),
    "writing": gettext_noop("Writing to the ledger"),
    "customers": gettext_noop("Bringing customers up to date"),
}
_PARTS = {
    "checking": {"reading": (0.0, 0.7), "checking": (0.7, 1.0)},
    "committing": {
        "reading": (0.0, 0.5),
        "checking": (0.5, 0.7),
        "writing": (0.7, 0.95),
        "customers": (0.95, 1.0),
    },
    "undoing": {"checking": (0.0, 0.4), "writing": (0.4, 0.9), "customers": (0.9, 1.0)},
}
"""From where to where on the way each stage goes, by status."""


@dataclass(frozen=True)
class Stage:
    """One stage of the work: `done`, `now` or neither yet."""

    title: str
    state: str


def stages(record: Import) -> list[Stage]:
    """What is done, what is being done, and what is still to come."""
    names = list(_PARTS.get(record.status, {}))
    now = record.progress.get("stage")
    place = names.index(now) if now in names else 0
    states = ["done" if n < place else "now" if n == place else "" for n in range(len(names))]
    return [Stage(_(STAGES[name]), state) for name, state in zip(names, states, strict=True)]


def share(record: Import) -> float:
    """How far it is: 0 to 1."""
    stage, done, total = (record.progress.get(name) for name in ("stage", "done", "total"))
    start, end = _PARTS.get(record.status, {}).get(stage or "", (0.0, 0.0))
    return start + (end - start) * (min(1.0, done / total) if done and total else 0.0)
