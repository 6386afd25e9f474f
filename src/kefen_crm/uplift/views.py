"""Whom past campaigns changed: asked, told, and published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from kefen_crm.campaigns import experiments
from kefen_crm.campaigns.permits import CAMPAIGN
from kefen_crm.gateway import say_reason
from kefen_crm.gateway.uplift import LEAST
from kefen_crm.platform.forms import why_refused
from kefen_crm.team.roles import require
from kefen_crm.uplift import actions
from kefen_crm.uplift.models import Learning

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

SHOWN = 50


@require_http_methods(["GET", "POST"])
def learnings(request: SignedInRequest) -> HttpResponse:
    """What was learned, and the campaigns to learn from."""
    require(request.user, CAMPAIGN)
    made: list[Learning] = []
    if request.method == "POST":
        chosen = [int(one) for one in request.POST.getlist("campaigns") if one.isdecimal()]
        refused = why_refused(lambda: made.append(actions.ask(request.user, chosen)))
        if not refused:
            return redirect(made[0])
        messages.error(request, refused)
    context = {
        "learnings": Learning.objects.select_related("by", "scheme")[:SHOWN],
        "campaigns": experiments.over(),
        "least": LEAST,
    }
    return render(request, "uplift/learnings.html", context, status=422 if request.POST else 200)


@require_GET
def learning(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far it is, or what it told."""
    require(request.user, CAMPAIGN)
    found = _one(pk)
    context = {
        "learning": found,
        "told": found.answer,
        "reason": say_reason(found.reason),
        "picture": (found.result.get("pictures") or {}).get("qini"),
    }
    return render(request, "uplift/learning.html", context)


@require_GET
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page that asks is loaded anew when it ends."""
    require(request.user, CAMPAIGN)
    found = _one(pk)
    if not found.busy:
        return HttpResponseClientRefresh()
    return render(request, "uplift/_progress.html", {"learning": found})


@require_POST
def publish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make the classes a scheme that customers are graded by."""
    require(request.user, CAMPAIGN)
    found = _one(pk)
    refused = why_refused(lambda: actions.publish(request.user, found))
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, _("Published; customers are being graded by it."))
    return redirect(found)


@require_GET
def picture(request: SignedInRequest, pk: int, name: str) -> HttpResponse:
    """The data of a picture."""
    require(request.user, CAMPAIGN)
    pictures = _one(pk).result.get("pictures") or {}
    if name not in pictures:
        raise Http404
    return JsonResponse(pictures[name])


def _one(pk: int) -> Learning:
    return get_object_or_404(Learning.objects.select_related("by", "scheme"), pk=pk)
