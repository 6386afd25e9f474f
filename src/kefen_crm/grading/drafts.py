"""What the pages of versions and drafts show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kefen_crm.gateway import KefenError, say_reason
from kefen_crm.gateway.documents import differences
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.grading import pages, queries
from kefen_crm.grading.models import Run

if TYPE_CHECKING:
    from decimal import Decimal

    from django.http import QueryDict

    from kefen_crm.gateway.documents import Change
    from kefen_crm.grading.models import Draft, Scheme, SchemeVersion
    from kefen_crm.grading.queries import Tally

SHOWN = 30
"""Versions on the page of the history."""


@dataclass(frozen=True)
class Entry:
    """A version with what it changed; the first one changed nothing."""

    version: SchemeVersion
    changes: list[Change]
    first: bool


@dataclass(frozen=True)
class Beside:
    """A class in the run in force and in the shadow run."""

    tone: int | str
    title: str
    key: str
    now: Tally | None
    then: Tally | None

    @property
    def customers(self) -> int:
        """How many more, or fewer, customers."""
        sides = [one.customers if one else 0 for one in (self.then, self.now)]
        return sides[0] - sides[1]

    @property
    def value(self) -> Decimal | int:
        """How much more, or less, money."""
        sides = [one.value if one else 0 for one in (self.then, self.now)]
        return sides[0] - sides[1]


def changes(before: SchemeVersion | Draft | None, after: SchemeVersion | Draft) -> list[Change]:
    """What changed in words; nothing when a wording is of a later Kefen and cannot be read."""
    if before is None:
        return []
    try:
        return differences(before.document, after.document)
    except KefenError:
        return []


def history(scheme: Scheme, params: QueryDict) -> dict[str, Any]:
    """The versions of a scheme, each with what it changed; two of them side by side."""
    listed = list(queries.versions(scheme)[: SHOWN + 1])
    entries = [
        Entry(one, changes(earlier, one), first=one.number == 1)
        for one, earlier in zip(listed, [*listed[1:], None], strict=True)
    ][:SHOWN]
    by_number = {str(one.number): one for one in queries.versions(scheme)}
    start, end = by_number.get(params.get("from", "")), by_number.get(params.get("to", ""))
    before, newest = (listed[1], listed[0]) if len(listed) > 1 else (None, None)
    return {
        "scheme": scheme,
        "entries": entries,
        "numbers": list(by_number),
        "more": len(listed) > SHOWN,
        "start": start or before,
        "end": end or newest,
        "between": changes(start, end) if start and end else None,
    }


def review(draft: Draft) -> dict[str, Any]:
    """A draft beside what its scheme says now, with its newest shadow run if it has one."""
    current = draft.scheme.current
    now = queries.in_force(draft.scheme)
    run = queries.shadow_of(draft)
    context: dict[str, Any] = {
        "draft": draft,
        "scheme": draft.scheme,
        "changes": changes(current, draft),
        "words": pages.wording(draft.document),
        "run": run,
        "now": now,
        "outdated": bool(run and run.version.digest != draft.digest),
    }
    if run is None or run.status != Run.Status.FINISHED:
        return context | {"failure": say_reason(run.reason) if run else ""}
    context["beside"] = _beside(now, run)
    context["other_facts"] = run.ledger_version != newest_version()
    if now:
        context["moves"] = pages.moves(now, run)
        context["movers"] = _movers(context["moves"])
        context["uneven"] = now.ledger_version != run.ledger_version
    return context


def _movers(moves: dict[str, Any]) -> int:
    """How many customers would be in another class, or in none."""
    rows = moves["matrix"]["rows"] if moves else []
    cells = [cell for row in rows for cell in row["cells"]]
    return sum(cell["customers"] for cell in cells if cell["customers"] and not cell["same"])


def _beside(now: Run | None, run: Run) -> list[Beside]:
    then = {one.key: one for one in queries.tallies(run)}
    before = {one.key: one for one in queries.tallies(now)} if now else {}
    keys = [*then, *(key for key in before if key not in then)]
    beside = [key for key, _title in queries.BESIDE]
    keys.sort(key=lambda key: beside.index(key) if key in beside else -1)
    return [
        Beside(one.tone, one.title, key, before.get(key), then.get(key))
        for key in keys
        for one in [then.get(key) or before[key]]
    ]
