"""What the first page shows of the classes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from django.utils import timezone

from kefen_crm.gateway.ledger import newest_version
from kefen_crm.gateway.words import value_label
from kefen_crm.grading import pictures, queries
from kefen_crm.grading.lapsed import lapsed
from kefen_crm.platform.parts import Tile
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.grading.lapsed import Lapsed
    from kefen_crm.grading.models import Run
    from kefen_crm.grading.queries import Standing
    from kefen_crm.team.models import User

REMEMBERED = "home_scheme"


@dataclass(frozen=True)
class Overview:
    """How things stand by one scheme, the chosen one or the first that is graded; or by none."""

    standings: list[Standing]
    standing: Standing | None
    whole: bool
    lapsed: Lapsed | None
    before: Run | None

    @property
    def graded(self) -> list[Standing]:
        return [one for one in self.standings if one.run]

    @property
    def context(self) -> dict[str, Any] | None:
        """What each tile of the scheme sees; None where nothing is graded."""
        if self.standing is None:
            return None
        return {
            "standing": self.standing,
            "scheme": self.standing.scheme,
            "run": self.standing.run,
            "whole": self.whole,
            "lapsed": self.lapsed,
            "before": self.before,
            "other_standard": self.other_standard,
        }

    @property
    def other_standard(self) -> bool:
        """Whether the standard was changed since the run before, which moves customers too."""
        run = self.standing.run if self.standing else None
        return bool(run and self.before and run.version.digest != self.before.version.digest)


def signed_in(request: HttpRequest) -> User:
    """Who asks for the first page, which nobody sees signed out."""
    return cast("User", request.user)


def overview(request: HttpRequest) -> Overview:
    """Read once for all parts of the page."""
    known: Overview | None = getattr(request, "grading_overview", None)
    if known is None:
        known = overview_of(signed_in(request), _wanted(request))
        request.grading_overview = known  # type: ignore[attr-defined]
    return known


def _wanted(request: HttpRequest) -> str:
    """The scheme chosen now or last."""
    if chosen := request.GET.get("scheme"):
        request.session[REMEMBERED] = chosen
    return str(request.session.get(REMEMBERED, ""))


def overview_of(user: User, wanted: str = "") -> Overview:
    """What this person sees by the scheme called `wanted`, or the first that is graded."""
    standings = queries.standings(user)
    graded = [one for one in standings if one.run]
    standing = next((one for one in graded if one.scheme.name == wanted), None)
    standing = standing or next(iter(graded), None)
    return Overview(
        standings,
        standing,
        may(user, Permit.SEE_ALL_CUSTOMERS),
        lapsed(user, standing.scheme) if standing else None,
        standing.before if standing else None,
    )


def _switch(request: HttpRequest) -> dict[str, Any] | None:
    found = overview(request)
    return {"graded": found.graded, "standing": found.standing} if found.standing else None


def _busy(_request: HttpRequest) -> dict[str, Any] | None:
    busy = list(queries.busy())
    return {"busy_runs": busy} if busy else None


def _welcome(request: HttpRequest) -> dict[str, Any] | None:
    """How far a new installation is."""
    if overview(request).standing:
        return None
    return {"facts": newest_version(), "busy_runs": list(queries.busy())}


def _figures(request: HttpRequest) -> dict[str, Any] | None:
    context = overview(request).context
    if context is None:
        return None
    label = value_label(context["run"].version.document) if context["whole"] else ""
    return context | {"age": _age(context["run"]), "value_label": label}


def _pyramid(request: HttpRequest) -> dict[str, Any] | None:
    context = overview(request).context
    if context is None or not context["whole"]:
        return context
    [pyramid] = pictures.shown(context["run"], ["pyramid"])
    return context | {"pyramid": pyramid}


def _whole(request: HttpRequest) -> dict[str, Any] | None:
    """For tiles of all customers, which not everybody may see."""
    context = overview(request).context
    return context if context and context["whole"] else None


def _telling(request: HttpRequest) -> dict[str, Any] | None:
    context = _whole(request)
    return context | {"telling": pictures.telling(context["run"])} if context else None


def _moved(request: HttpRequest) -> dict[str, Any] | None:
    context = _whole(request)
    if context is None:
        return None
    last_year = None if context["before"] else a_year_earlier(context["run"])
    return context | {"last_year": last_year}


def _months(request: HttpRequest) -> dict[str, Any] | None:
    context = _whole(request)
    if context is None:
        return None
    [months] = pictures.shown(context["run"], ["months"])
    return context | {"months": months}


TILES = (
    Tile("grading/home/switch.html", _switch, "heading"),
    Tile("grading/_busy.html", _busy, "top"),
    Tile("grading/home/welcome.html", _welcome, "top"),
    Tile("grading/home/figures.html", _figures, "top"),
    Tile("grading/home/pyramid.html", _pyramid, style="kf-home-pyramid"),
    Tile("grading/home/telling.html", _telling),
    Tile("grading/home/moved.html", _moved),
    Tile("grading/home/months.html", _months, style="kf-home-wide"),
)


def a_year_earlier(run: Run) -> date | None:
    """The same day of the year before; 28 February for the leap day."""
    day = run.as_of
    if day is None:
        return None
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _age(run: Run | None) -> int | None:
    """Days since the last day whose facts count."""
    return (timezone.localdate() - run.as_of).days if run and run.as_of else None
