"""Needs by class, the talks that told of them, and the list of needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.needs import actions
from kefen_crm.needs.actions import RESEARCH, SET_NEEDS
from kefen_crm.needs.forms import NeedForm, TalkForm
from kefen_crm.needs.models import Need, Talk
from kefen_crm.needs.queries import counted, may_edit, talks_for
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 30


@require_GET
def needs(request: SignedInRequest) -> HttpResponse:
    """How many customers of each class need what; the talks; the list."""
    named, groups = counted(request.user)
    found = talks_for(request.user).prefetch_related("needs", "customers")
    context = {
        "named": named,
        "groups": groups,
        "scheme": leading_scheme(),
        "page": Pages(found, PER_PAGE).get_page(request.GET.get("page")),
        "listed": Need.objects.all(),
        "writable": may(request.user, RESEARCH),
        "settable": may(request.user, SET_NEEDS),
    }
    return render(request, "needs/needs.html", context)


@require_GET
def talk(request: SignedInRequest, pk: int) -> HttpResponse:
    """One talk."""
    found = get_object_or_404(talks_for(request.user), pk=pk)
    writable = may(request.user, RESEARCH) and may_edit(request.user, found)
    context = {"talk": found, "writable": writable}
    return render(request, "needs/talk.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    """Note a talk, or change one."""
    require(request.user, RESEARCH)
    known = get_object_or_404(talks_for(request.user), pk=pk) if pk else None
    if known and not may_edit(request.user, known):
        raise Http404
    form = TalkForm(request.POST or None, talk=known, initial=_initial(request, known))
    version, saved = expected_version(request), []

    def act() -> None:
        saved.append(actions.save_talk(request.user, known, form.values, expected_version=version))

    if form.is_valid() and carried_out(form, act):
        return redirect("needs:talk", saved[0].pk)
    context = {"form": form, "talk": known}
    return render(request, "needs/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit_need(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    """Add a need to the list, or reword one."""
    require(request.user, SET_NEEDS)
    known = get_object_or_404(Need, pk=pk) if pk else None
    form = NeedForm(request.POST or None, instance=known)
    if form.is_valid() and carried_out(
        form, lambda: actions.save_need(request.user, known, form.cleaned_data)
    ):
        return redirect("needs:list")
    context = {"form": form, "need": known}
    return render(request, "needs/edit.html", context, status=422 if form.errors else 200)


def _initial(request: SignedInRequest, known: Talk | None) -> dict[str, object]:
    if known is None:
        return {"customers": request.GET.get("customer", "")}
    return {
        "kind": known.kind,
        "held_on": known.held_on.isoformat(),
        "text": known.text,
        "leading": known.leading_id,
        "needs": list(known.needs.values_list("pk", flat=True)),
        "customers": " ".join(known.customers.values_list("code", flat=True)),
    }
