"""The pages on which people change many customers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.customer_pages import bulk
from kefen_crm.customer_pages.models import BulkChange
from kefen_crm.customer_pages.selecting import chosen, selected
from kefen_crm.platform.forms import carried_out, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import require
from kefen_crm.team.views import SignedInRequest

if TYPE_CHECKING:
    from django.forms import Form

    from kefen_crm.platform.parts import BulkPlan, BulkVerb

PREFIX = "set"
"""Begins the fields of a verb, which may be called as filters are."""
PER_PAGE = 50


@require_http_methods(["GET", "POST"])
def act(request: SignedInRequest, name: str) -> HttpResponse:
    """Ask for what a verb needs, show what it would do, and do it."""
    verb = bulk.verb_called(name)
    if verb is None:
        raise Http404
    if verb.permit:
        require(request.user, verb.permit)
    given = request.POST if request.method == "POST" else request.GET
    asked = any(one.startswith(f"{PREFIX}-") for one in given)
    form = verb.form(given if asked else None, user=request.user, prefix=PREFIX)
    customers, refused = selected(request), False
    # Nothing is done before what it does was looked at.
    if request.method == "POST" and request.POST.get("digest") and form.is_valid():
        done: list[BulkChange] = []
        if carried_out(form, lambda: done.append(_done(request, verb, form))):
            return _told(request, done[0])
        refused = True
    context: dict[str, Any] = {"verb": verb, "form": form, "key": uuid4().hex}
    try:
        context["chosen"] = chosen(request.user, customers, of_seen=verb.of_seen)
        read = form if not refused else _anew(request, verb)
        context["plan"] = planned = _planned(request, verb, read)
        if planned:
            context["digest"] = bulk.digest(verb, planned, read.cleaned_data)
    except ValidationError as error:
        context["refusal"] = " ".join(error.messages)
    template = "customer_pages/_bulk.html" if _htmx(request) else "customer_pages/bulk.html"
    status = 422 if request.method == "POST" and not _htmx(request) else 200
    return render(request, template, context, status=status)


def _anew(request: SignedInRequest, verb: BulkVerb) -> Form:
    """The form as it was sent, without what was refused: what it would do now is shown."""
    return verb.form(request.POST, user=request.user, prefix=PREFIX)


def _planned(request: SignedInRequest, verb: BulkVerb, form: Form) -> BulkPlan | None:
    """What would be done; None while the form lacks something."""
    if not form.is_bound or not form.is_valid():
        return None
    return bulk.plan(request.user, verb, selected(request), form.cleaned_data)


def _done(request: SignedInRequest, verb: BulkVerb, form: Form) -> BulkChange:
    return bulk.carry_out(
        request.user,
        verb,
        selected(request),
        form.cleaned_data,
        expected=request.POST.get("digest", ""),
        asked=request.get_full_path(),
        key=request.POST.get("key", "")[:255],
    )


@require_GET
def changes(request: SignedInRequest) -> HttpResponse:
    """What one did to many customers at once, to be undone within a week."""
    page = Pages(request.user.bulk_changes.all(), PER_PAGE).get_page(request.GET.get("page"))
    listed = [_row(request, one) for one in page.object_list]
    return render(request, "customer_pages/changes.html", {"page": page, "rows": listed})


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    change = get_object_or_404(BulkChange, pk=pk, by=request.user)
    refusal = why_refused(lambda: bulk.undo(request.user, change))
    change.refresh_from_db()
    if _htmx(request):
        context = {"row": _row(request, change), "refusal": refusal}
        return render(request, "customer_pages/_bulk_done.html", context)
    if refusal:
        messages.error(request, refusal)
    else:
        told = ngettext(
            "Undone: %(count)s customer is as before.",
            "Undone: %(count)s customers are as before.",
            change.undone_count or 0,
        )
        messages.success(request, told % {"count": change.undone_count})
    return redirect("customers:changes")


def _told(request: SignedInRequest, change: BulkChange) -> HttpResponse:
    """What was done, what was skipped and why, with the way back."""
    if _htmx(request):
        context = {"row": _row(request, change)}
        return render(request, "customer_pages/_bulk_done.html", context)
    messages.success(request, _("Done."))
    return redirect("customers:changes")


def _row(request: SignedInRequest, change: BulkChange) -> dict[str, Any]:
    verb = bulk.verb_called(change.verb)
    return {"change": change, "verb": verb, "undoable": bulk.undoable(request.user, change)}


def _htmx(request: SignedInRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]
