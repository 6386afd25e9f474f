"""Indicators that lists of customers show beside those of the schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from kefen_crm.grading import further
from kefen_crm.grading.measured import FURTHER, MEASURES
from kefen_crm.platform.forms import why_refused
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_POST
def ask(request: SignedInRequest) -> HttpResponse:
    """Have an indicator measured, and show it beside the columns that are chosen."""
    name = request.POST.get("indicator", "")
    if refused := why_refused(lambda: further.ask(request.user, name)):
        messages.error(request, refused)
        return _to_list(request, "")
    return _to_list(request, f"{FURTHER}:{name}")


@require_POST
def end(request: SignedInRequest, name: str) -> HttpResponse:
    """Measure an indicator no more."""
    require(request.user, Permit.GRADE)
    further.end(name)
    return _to_list(request, "")


def _to_list(request: SignedInRequest, column: str) -> HttpResponse:
    """To the list as it was, its columns as they are chosen, and this one besides."""
    asked = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "indicator"):
        asked.pop(name, None)
    if column:
        asked.appendlist(MEASURES.name, column)
    target = f"{reverse('customers:list')}?{asked.urlencode()}"
    part = request.htmx  # type: ignore[attr-defined]  # by a middleware
    return HttpResponseClientRedirect(target) if part else redirect(target)
