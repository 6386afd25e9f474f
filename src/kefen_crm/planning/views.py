"""Plans by class, the form that makes them, and the spans of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kefen_crm.campaigns import experiments
from kefen_crm.planning import actions, queries
from kefen_crm.planning import territories as balancing
from kefen_crm.planning.models import SavedPlan
from kefen_crm.planning.permits import PLAN
from kefen_crm.platform.forms import why_refused
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from django.http import QueryDict

    from kefen_crm.team.views import SignedInRequest

SHOWN = 50
MOST = 10**12


@require_http_methods(["GET", "POST"])
def plans(request: SignedInRequest) -> HttpResponse:
    """Saved plans, spans by role, and a new plan."""
    require(request.user, PLAN)
    known = queries.classes()
    if request.method == "POST":
        made: list[SavedPlan] = []
        wanted = _wanted(request.POST, known)
        refused = (
            _("Numbers of 0 or more, please.")
            if wanted is None
            else why_refused(lambda: made.append(actions.make(request.user, **wanted)))
        )
        if not refused:
            return redirect(made[0])
        messages.error(request, refused)
    found = queries.seen()
    context = {
        "plans": SavedPlan.objects.select_related("by")[:SHOWN],
        "classes": known,
        "campaigns": experiments.over(),
        "spans": queries.spans(found),
        "capacity": queries.capacity(found),
    }
    return render(request, "planning/plans.html", context, status=422 if request.POST else 200)


def _wanted(given: QueryDict, known: list[dict[str, Any]]) -> dict[str, Any] | None:
    """What a form asks for, as `actions.make` takes it; None where a number is none."""
    try:
        stated = {
            one["key"]: {
                "hours": _number(given.get(f"hours-{one['key']}")) or 0.0,
                "first": _number(given.get(f"first-{one['key']}")) or 0.0,
                "fading": (_number(given.get(f"fading-{one['key']}")) or 0.0) / 100,
            }
            for one in known
            if given.get(f"hours-{one['key']}")
        }
        campaign = given.get("campaign", "")
        return {
            "name": given.get("name", "")[:80],
            "hours": _number(given.get("hours")),
            "money": _number(given.get("money")),
            "stated": stated or None,
            "campaign": int(campaign) if campaign.isdecimal() else None,
            "minutes": _number(given.get("minutes")) or 0.0,
        }
    except ValueError:
        return None


def _number(text: str | None) -> float | None:
    if not (text or "").strip():
        return None
    found = float(str(text).replace(",", ""))
    if not 0 <= found <= MOST:
        raise ValueError(text)
    return found


@require_GET
def plan(request: SignedInRequest, pk: int) -> HttpResponse:
    """One plan: who is given what, and what one more hour would bring."""
    require(request.user, PLAN)
    found = get_object_or_404(SavedPlan.objects.select_related("by"), pk=pk)
    titles = queries.titles()
    rows = [one | {"title": titles.get(str(one["key"]), one["title"])} for one in found.rows]
    context = {"plan": found, "result": found.result, "rows": rows}
    return render(request, "planning/plan.html", context)


@require_GET
def territories(request: SignedInRequest) -> HttpResponse:
    """Whom to give to whom, so that everybody's hours suffice; each part opens a handover."""
    require(request.user, PLAN)
    form = balancing.TerritoriesForm(request.GET if "cost" in request.GET else None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        context["found"] = balancing.propose(request.user, **form.cleaned_data)
    return render(request, "planning/territories.html", context)
