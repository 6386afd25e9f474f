from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.quality import actions, nightly
from kefen_crm.quality.checks import checks
from kefen_crm.quality.models import Mending
from kefen_crm.quality.pages import overview
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.quality.checks import Check
    from kefen_crm.team.views import SignedInRequest


@require_GET
def page(request: SignedInRequest) -> HttpResponse:
    """What is wrong with the data, by check, class and owner, and how that went."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    return render(request, "quality/overview.html", overview(request.user))


@require_POST
def look(request: SignedInRequest) -> HttpResponse:
    """Look through all customers now."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    nightly.look()
    messages.success(request, _("All customers were looked through."))
    return redirect("quality:overview")


@require_http_methods(["GET", "POST"])
def mend(request: SignedInRequest, name: str) -> HttpResponse:
    """What would be mended of a check, and mending what is chosen of it."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    check = next((one for one in checks() if one.mends and one.name == name), None)
    if check is None:
        raise Http404
    if request.method == "POST":
        try:
            done = actions.mend(request.user, _chosen(request, check))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("quality:mend", name)
        number = done.values.count()
        told = ngettext("%(n)s value is mended.", "%(n)s values are mended.", number)
        messages.success(request, told % {"n": number})
        return redirect("quality:overview")
    found = actions.first_proposals(request.user, check.mends)
    return render(request, "quality/mend.html", {"check": check, "proposals": found})


def _chosen(request: SignedInRequest, check: Check) -> dict[str, list[int]]:
    """By field of the check, the customers whose value is to be mended."""
    told = {
        field: [int(one) for one in request.POST.getlist(field) if one.isdecimal()]
        for field in check.mends
    }
    return {field: people for field, people in told.items() if people}


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a mending back."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    mending = get_object_or_404(Mending, pk=pk, by=request.user)
    try:
        done = actions.undo(request.user, mending)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        told = _("%(back)s values are as before; %(left)s were changed since and stay.")
        messages.success(request, told % {"back": done.back, "left": done.left})
    return redirect("quality:overview")
