"""Campaigns: their list, what one would reach and tell, and what it brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages as told
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.activities.models import Task
from kefen_crm.campaigns import actions, audience, files, results
from kefen_crm.campaigns.forms import CampaignForm
from kefen_crm.campaigns.models import Campaign
from kefen_crm.campaigns.permits import CAMPAIGN
from kefen_crm.outreach.models import Template
from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from typing import Any

    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50


@require_GET
def campaigns(request: SignedInRequest) -> HttpResponse:
    """Every campaign, the newest first."""
    require(request.user, CAMPAIGN)
    found = Campaign.objects.select_related("by")
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(one, _whole(one)) for one in page.object_list]}
    return render(request, "campaigns/campaigns.html", context)


def _whole(campaign: Campaign) -> dict[str, Any] | None:
    rows = campaign.result.get("rows") or [None]
    first: dict[str, Any] | None = rows[0]
    return first


@require_GET
def campaign(request: SignedInRequest, pk: int) -> HttpResponse:
    """One campaign: what it would reach and tell, or what it brought."""
    require(request.user, CAMPAIGN)
    found = get_object_or_404(Campaign.objects.select_related("by"), pk=pk)
    draft = found.state == Campaign.State.DRAFT
    context = {
        "campaign": found,
        "steps": _steps(found),
        "outlook": audience.outlook(request.user, found) if draft else None,
        "reached": [] if draft else results.reached(found),
        "rows": results.shown(found),
        "whole": _whole(found),
        "opted_out": 0 if draft else results.opted_out(found),
        "alive": found.state in Campaign.ALIVE,
        "exports": not draft and may(request.user, Permit.EXPORT),
    }
    return render(request, "campaigns/campaign.html", context)


def _steps(campaign: Campaign) -> list[dict[str, Any]]:
    """The steps in words."""
    names = {one.pk: one.name for one in Template.objects.all()}
    return [
        {
            "day": one["day"],
            "what": names.get(one["template"], "")
            if one["kind"] == "message"
            else f"{Task.Kind(one['task']).label}: {one['title'] or campaign.name}",
            "message": one["kind"] == "message",
        }
        for one in campaign.steps
    ]


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    """Write a campaign; from a customer list its filters come in `?from=`."""
    require(request.user, CAMPAIGN)
    known = get_object_or_404(Campaign, pk=pk) if pk else None
    form = CampaignForm(request.POST or None, instance=known, query=request.GET.get("from", ""))
    version = expected_version(request)
    made: list[Campaign] = []
    if form.is_valid() and carried_out(
        form,
        lambda: made.append(
            actions.save(request.user, known, form.values, expected_version=version)
        ),
    ):
        return redirect(made[0])
    context = {"form": form, "campaign": known}
    return render(request, "campaigns/edit.html", context, status=422 if form.errors else 200)


@require_POST
def act(request: SignedInRequest, pk: int, verb: str) -> HttpResponse:
    """Draw the customers, start, stop, or measure again."""
    require(request.user, CAMPAIGN)
    found = get_object_or_404(Campaign, pk=pk)
    version, reason = expected_version(request), request.POST.get("reason", "")
    user = request.user
    if verb == "measure":
        results.measure_soon(found.pk)
        told.success(request, _("It is being measured."))
        return redirect(found)
    doing = {
        "freeze": lambda: actions.freeze(user, found, expected_version=version),
        "start": lambda: actions.start(user, found, expected_version=version),
        "stop": lambda: actions.stop(user, found, reason=reason, expected_version=version),
    }
    if verb not in doing:
        raise Http404
    if refused := why_refused(doing[verb]):
        told.error(request, refused)
    return redirect(found)


@require_POST
def log(request: SignedInRequest, pk: int, form: str) -> HttpResponse:
    """What a campaign did with the customers in reach, as an XLSX or CSV file."""
    if form not in ("csv", "xlsx"):
        raise Http404
    return files.response(request.user, get_object_or_404(Campaign, pk=pk), form)
