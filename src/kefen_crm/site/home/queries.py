"""What the first page shows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kefen_crm.gateway.ledger import newest_version
from kefen_crm.gateway.words import value_label
from kefen_crm.grading import pictures
from kefen_crm.grading import queries as grading
from kefen_crm.site.home import attention
from kefen_crm.site.home.lapsed import lapsed
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from kefen_crm.grading.models import Run
    from kefen_crm.grading.queries import Standing
    from kefen_crm.team.models import User


def overview(user: User, wanted: str) -> dict[str, Any]:
    """How things stand by the scheme called `wanted`, or by the first that is graded.

    Without a finished run there is only how far a new installation is.
    """
    standings = grading.standings(user)
    graded = [one for one in standings if one.run]
    busy = list(grading.busy())
    if not graded:
        return {"graded": [], "busy_runs": busy, "facts": newest_version()}
    standing = next((one for one in graded if one.scheme.name == wanted), graded[0])
    past = lapsed(user, standing.scheme)
    whole = may(user, Permit.SEE_ALL_CUSTOMERS)
    return {
        "graded": graded,
        "standing": standing,
        "busy_runs": busy,
        "whole": whole,
        "age": _age(standing.run),
        "lapsed": past,
        "attention": attention.items(user, standing, standings, past),
        **(_pictures(standing) if whole else {}),
    }


def _pictures(standing: Standing) -> dict[str, Any]:
    run = standing.run
    assert run is not None
    pyramid, months = pictures.shown(run, ["pyramid", "months"])
    before = grading.before(standing.scheme)
    return {
        "pyramid": pyramid,
        "months": months,
        "value_label": value_label(run.version.document),
        "telling": pictures.telling(run),
        "before": before,
        "last_year": None if before else a_year_earlier(run),
    }


def a_year_earlier(run: Run) -> date | None:
    """The same day of the year before; 28 February for the leap day."""
    day = run.as_of
    if day is None:
        return None
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _age(run: Run | None) -> int | None:
    """Days since the last day whose facts count."""
    return (timezone.localdate() - run.as_of).days if run and run.as_of else None
