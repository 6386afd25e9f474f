"""What is learned about leads: how good it is, its versions, and which one is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from kefen_crm.gateway import say_reason
from kefen_crm.leads import explaining, versions
from kefen_crm.leads.models import LeadModel
from kefen_crm.platform.jobs import busy
from kefen_crm.platform.rules import SET_RULES
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

LISTED = 10


@require_GET
def learned(request: SignedInRequest) -> HttpResponse:
    """The version in force, or the one that the address names, and the newest ones."""
    listed = list(LeadModel.objects.select_related("by", "published_by")[:LISTED])
    current = versions.in_force()
    shown = current or next((one for one in listed if one.ready), None)
    if asked := request.GET.get("version", ""):
        number = int(asked) if asked.isdecimal() and len(asked) < 18 else 0
        shown = get_object_or_404(LeadModel, pk=number, status=LeadModel.Status.FINISHED)
    context = {
        "tab": "learned",
        "versions": listed,
        "current": current,
        "shown": shown,
        "answers": explaining.answers(shown) if shown else [],
        "groups": explaining.groups(shown) if shown else [],
        "compared": explaining.compared(shown) if shown else [],
        "waiting": busy(LeadModel).first(),
        "refusal": versions.refusal(),
        "reason": say_reason(listed[0].reason) if listed else "",
        "may_set_rules": may(request.user, SET_RULES),
    }
    return render(request, "leads/learned.html", context)


@require_GET
def progress(request: SignedInRequest) -> HttpResponse:
    """Whether something is being learned; the page that asks is loaded anew when it ends."""
    if not busy(LeadModel).exists():
        return HttpResponseClientRefresh()
    return render(request, "leads/_learning.html")


@require_POST
def learn(request: SignedInRequest) -> HttpResponse:
    """Learn a new version."""
    try:
        versions.ask(request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("leads:learned")


@require_POST
def publish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have leads told by a version."""
    try:
        versions.publish(request.user, get_object_or_404(LeadModel, pk=pk))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Leads show their learned chance from now on."))
    return redirect("leads:learned")


@require_POST
def withdraw(request: SignedInRequest) -> HttpResponse:
    """Have leads told by their grade alone."""
    versions.withdraw(request.user)
    messages.success(request, _("Leads show their grade alone."))
    return redirect("leads:learned")
