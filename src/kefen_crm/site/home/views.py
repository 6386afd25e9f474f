from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kefen_crm.grading.actions import request_runs
from kefen_crm.grading.queries import in_force, published
from kefen_crm.site.home import queries

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

REMEMBERED = "home_scheme"


@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """The first page, by the scheme chosen last."""
    if chosen := request.GET.get("scheme"):
        request.session[REMEMBERED] = chosen
    wanted = request.session.get(REMEMBERED, "")
    return render(request, "home/home.html", queries.overview(request.user, wanted))


@require_POST
def compare_with_last_year(request: SignedInRequest) -> HttpResponse:
    """Queue a run a year before the one in force, to have something to compare it with."""
    scheme = get_object_or_404(published(), name=request.POST.get("scheme", ""))
    run = in_force(scheme)
    day = queries.a_year_earlier(run) if run else None
    if day:
        request_runs(request.user, [scheme], day)
        told = _("%(scheme)s is being graded as of %(day)s.")
        messages.success(request, told % {"scheme": scheme.title, "day": day.isoformat()})
    return redirect("home")
