from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.queries import visible_to
from kefen_crm.noted_facts import actions
from kefen_crm.noted_facts.actions import NOTE
from kefen_crm.noted_facts.forms import FactForm, ReasonForm
from kefen_crm.noted_facts.kinds import KINDS
from kefen_crm.noted_facts.queries import in_question, noted_for
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.platform.numbers import day as shown
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from kefen_crm.noted_facts.models import NotedFact
    from kefen_crm.team.views import SignedInRequest


LISTED = 200
"""So many facts are shown at once."""


@require_http_methods(["GET", "POST"])
def note(request: SignedInRequest, kind: str, code: str) -> HttpResponse:
    """Note an order, a payment, a conversation … of a customer."""
    require(request.user, NOTE)
    if kind not in KINDS:
        raise Http404
    if not KINDS[kind].noted:
        return redirect("activities:log", code)
    customer = get_object_or_404(visible_to(request.user), code=code)
    form = FactForm(kind, request.POST or None)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.note(
            request.user, customer, kind, form.cleaned_data, key=request.POST.get("key", "")
        ),
    ):
        messages.success(request, _("Noted. The classes of this customer follow in a moment."))
        return redirect("customers:detail", customer.code)
    return show_form(request, customer, form, KINDS[kind].title)


@require_http_methods(["GET", "POST"])
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct a fact that was noted."""
    fact = _fact(request, pk)
    form = FactForm(fact.kind, request.POST or None, initial=fact.given)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.correct(
            request.user, fact, form.cleaned_data, expected_version=expected_version(request)
        ),
    ):
        messages.success(request, _("Corrected."))
        return redirect("customers:detail", fact.customer.code)
    title = _("Correct %(number)s") % {"number": fact.number}
    return show_form(
        request, fact.customer, form, title, version=fact.version, about=_in_words(fact)
    )


@require_http_methods(["GET", "POST"])
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Withdraw a fact that was noted: it counts no more."""
    fact = _fact(request, pk)
    also = _("It came by an import as %(number)s, too.") % {"number": fact.same_as}
    form = ReasonForm(request.POST or None, initial={"reason": also if fact.same_as else ""})
    if form.is_valid() and carried_out(
        form,
        lambda: actions.withdraw(
            request.user,
            fact,
            expected_version=expected_version(request),
            reason=form.cleaned_data["reason"],
        ),
    ):
        messages.success(request, _("Withdrawn. It counts no more."))
        return redirect("customers:detail", fact.customer.code)
    title = _("Withdraw %(number)s?") % {"number": fact.number}
    return show_form(
        request, fact.customer, form, title, version=fact.version, about=_in_words(fact)
    )


@require_safe
def imported(request: SignedInRequest) -> HttpResponse:
    """The facts noted by hand that imports seem to have brought, too."""
    require(request.user, NOTE)
    facts = in_question(request.user)
    return render(request, "noted_facts/imported.html", {"facts": facts[:LISTED]})


@require_POST
def keep(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that a fact and the one of an import are two."""
    fact = _fact(request, pk)
    try:
        actions.keep(request.user, fact)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Both stand."))
    return redirect("noted_facts:imported")


def _fact(request: SignedInRequest, pk: int) -> NotedFact:
    require(request.user, NOTE)
    found: NotedFact = get_object_or_404(noted_for(request.user), pk=pk)
    return found


def _in_words(fact: NotedFact) -> str:
    """What kind of fact it is, of which day, and its amount."""
    words = [fact.get_kind_display(), shown(fact.on)]
    return " · ".join(words if fact.amount is None else [*words, str(fact.amount)])
