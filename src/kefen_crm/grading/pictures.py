"""Pictures of runs: which ones, where they come from, and keeping what was once drawn."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kefen_crm.gateway import pictures as engine
from kefen_crm.gateway.filters import OfClass, query
from kefen_crm.gateway.words import presentation

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen_crm.grading.models import Run, Scheme
    from kefen_crm.grading.queries import Tally

TITLES = {
    "pyramid": gettext_noop("Customer pyramid"),
    "pareto": gettext_noop("Pareto curve"),
    "heatmap": gettext_noop("RFM heat map"),
    "distribution": gettext_noop("Distribution"),
    "months": gettext_noop("Monthly sales by class"),
}


@dataclass(frozen=True)
class Shown:
    """A picture on a page: its name, title and the address of its data."""

    name: str
    title: str
    url: str


def shown(run: Run, names: list[str]) -> list[Shown]:
    """Pictures of a run by their names."""
    return [Shown(name, _(TITLES[name]), _address(run, name)) for name in names]


def suited(run: Run) -> list[Shown]:
    """The pictures that suit the method of a run, the telling one first, then the months."""
    return shown(run, [*engine.suited(run.engine_id), "months"])


def telling(run: Run) -> Shown:
    """What tells most of a run beside the pyramid."""
    return shown(run, [_telling(run)])[0]


def _telling(run: Run) -> str:
    suiting = presentation(run.version.method).pictures
    return next((one for one in suiting if one != "pyramid"), "months")


def _address(run: Run, name: str) -> str:
    return reverse("grading:picture", args=[run.scheme.name, run.pk, name])


def drawn(run: Run, name: str) -> dict[str, Any]:
    """A picture of a finished run; drawn once, as a run never changes."""
    return _kept(run, name, lambda: engine.draw(run.engine_id, name))


def draw_all(run: Run) -> None:
    """Draw what the pages of a finished run show, before anyone asks."""
    for name in {*engine.suited(run.engine_id), "months"}:
        drawn(run, name)


def migration(before: Run, after: Run) -> dict[str, Any]:
    """Who went where between two finished runs."""
    return _kept(
        after,
        f"migration-{mark(before)}",
        lambda: engine.migration(before.engine_id, after.engine_id),
    )


def own_pyramid(scheme: Scheme, tallies: list[Tally]) -> dict[str, Any]:
    """The pyramid of some customers only, counted from their present classes."""
    return {
        "type": "pyramid",
        "unit": "money",
        "value": _("Sales, 12 months"),
        "empty": not any(one.customers for one in tallies),
        "classes": [
            {
                "key": one.key,
                "index": one.number,
                "title": one.title,
                "customers": one.customers,
                "value": float(one.value),
                "share_of_customers": one.share_of_customers,
                "share_of_value": one.share_of_value,
                "drill": query(OfClass(scheme.name, one.key)),
            }
            for one in tallies
        ],
    }


def _kept(run: Run, name: str, draw: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    key = "/".join([version("kefen"), mark(run), name])
    return caches["pictures"].get_or_set(key, draw, None) or {}


def mark(run: Run) -> str:
    """A name no other finished run has had, not even in a database of before."""
    return f"{run.engine_id}@{run.finished:%Y%m%d%H%M%S%f}"
