"""The starts, what each would make, and choosing one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.industry_starts import actions, queries
from kefen_crm.industry_starts.permits import CHOOSE
from kefen_crm.platform.forms import why_refused
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_GET
def starts(request: SignedInRequest) -> HttpResponse:
    """Every start, and which was chosen."""
    require(request.user, CHOOSE)
    return render(request, "industry_starts/list.html", {"starts": queries.offered()})


@require_http_methods(["GET", "POST"])
def preview(request: SignedInRequest, name: str) -> HttpResponse:
    """What a start would make, exactly; by POST it is made."""
    require(request.user, CHOOSE)
    found = next((one for one in queries.offered() if one.start.name == name), None)
    if found is None:
        raise Http404
    if request.method == "POST":
        refused = why_refused(lambda: actions.choose(request.user, found.start))
        if not refused:
            told = _("%(title)s is set up. All of it is changed where it belongs.")
            messages.success(request, told % {"title": found.title})
            return redirect("industry_starts:preview", name)
        messages.error(request, refused)
    context = {"offered": found, "groups": queries.grouped(queries.seen(found))}
    status = 422 if request.method == "POST" else 200
    return render(request, "industry_starts/preview.html", context, status=status)


@require_POST
def without(request: SignedInRequest) -> HttpResponse:
    """Begin without a start."""
    actions.begin_without(request.user)
    return redirect("home")
