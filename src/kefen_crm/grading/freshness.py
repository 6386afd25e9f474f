"""Of what day and of which facts classes are, and whether something makes them out of date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.grading.due_dates import last_due
from kefen_crm.platform.numbers import moment

if TYPE_CHECKING:
    from datetime import date, datetime

    from kefen_crm.grading.models import Run, Scheme


@dataclass(frozen=True)
class Freshness:
    """How fresh the classes of a scheme are.

    `newer_facts` is the version of the ledger if it is another than the run's, `newer_version`
    the number of the scheme's version if that is, `missed` the appointed moment that passed
    without a run.
    """

    scheme: Scheme
    as_of: date | None
    facts: int | None
    busy: bool
    newer_facts: int | None
    newer_version: int | None
    missed: datetime | None

    @property
    def stale(self) -> bool:
        return bool(self.newer_facts or self.newer_version or self.missed)

    @property
    def reasons(self) -> list[str]:
        """Why they are out of date, in words."""
        told = []
        if self.newer_facts:
            facts = {"newest": self.newer_facts, "counted": self.facts}
            told.append(_("the facts are at v%(newest)s, the classes count v%(counted)s") % facts)
        if self.newer_version:
            told.append(_("version %(number)s has not been run") % {"number": self.newer_version})
        if self.missed:
            told.append(_("the run due %(when)s is missing") % {"when": moment(self.missed)})
        return told


def freshness(scheme: Scheme, run: Run, newest: int, *, busy: bool = False) -> Freshness:
    """How fresh the classes are that `run`, the one in force, gave.

    `newest` is the newest version of the ledger.
    """
    schedule = scheme.appointed
    due = last_due(schedule, timezone.now()) if schedule else None
    return Freshness(
        scheme=scheme,
        as_of=run.as_of,
        facts=run.ledger_version,
        busy=busy,
        newer_facts=newest if newest > (run.ledger_version or 0) else None,
        newer_version=_newer(scheme, run),
        missed=due if due and run.finished and run.finished < due else None,
    )


def _newer(scheme: Scheme, run: Run) -> int | None:
    return scheme.current.number if scheme.current_id != run.version_id and scheme.current else None
