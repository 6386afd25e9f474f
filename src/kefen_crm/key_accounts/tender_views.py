"""What is due of tenders, their list, and one of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.activities.choosing import choose_customer
from kefen_crm.customers.dialogs import change_by_form, show_form
from kefen_crm.customers.queries import changeable_by
from kefen_crm.key_accounts import tenders
from kefen_crm.key_accounts.deadlines import deadlines_of, upcoming
from kefen_crm.key_accounts.models import Tender
from kefen_crm.key_accounts.queries import tenders_narrowed
from kefen_crm.key_accounts.records import changeable, visible
from kefen_crm.key_accounts.tender_forms import StateForm, TenderForm
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.registry import parts_of
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

PER_PAGE: Final = 50
MOST_DUE: Final = 100
FILTERS: Final = ("whose", "state", "q")
STATES: Final = (("open", gettext_lazy("open")), *Tender.State.choices,
                 ("bond", gettext_lazy("bond not back")))  # fmt: skip
_asked = partial(change_by_form, page="key_accounts:tender")


@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """What is due in the next weeks, and the tenders that the address asks for."""
    filters = {name: request.GET.get(name, "") for name in FILTERS}
    found = tenders_narrowed(request.user, filters)
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    own = visible(Tender, request.user)
    if filters["whose"] == "mine":
        own = own.filter(owner=request.user)
    context = {
        "tab": "tenders",
        "page": page,
        "deadlines": upcoming(own.select_related("customer"), timezone.now())[:MOST_DUE],
        "filters": filters,
        "states": STATES,
        "writable": may(request.user, SELL),
    }
    return render(request, "key_accounts/tenders.html", context)


@require_GET
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A tender: its days, what a bid needs, and what can be done."""
    found = visible(Tender, request.user).select_related("customer", "owner", "opportunity", "by")
    one = get_object_or_404(found, pk=pk)
    context = {
        "one": one,
        "parts": parts_of(request, one),
        "deadlines": deadlines_of([one], current(), timezone.now()),
        "writable": may(request.user, SELL)
        and changeable(Tender, request.user).filter(pk=pk).exists(),
    }
    return render(request, "key_accounts/tender.html", context)


@require_GET
def choose(request: SignedInRequest) -> HttpResponse:
    """Whose new tender it is."""
    require(request.user, SELL)
    return choose_customer(request, _("New tender"), "key_accounts:tender_new")


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, code: str) -> HttpResponse:
    """Write a tender of a customer down."""
    require(request.user, SELL)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    first = {"owner": request.user}
    form = TenderForm(request.POST or None, customer=customer, initial=first)
    made: list[Tender] = []

    def act() -> None:
        made.append(tenders.open_tender(request.user, customer, form.cleaned_data))

    if form.is_valid() and carried_out(form, act):
        return redirect("key_accounts:tender", made[0].pk)
    return show_form(request, customer, form, _("New tender"))


@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say something else of a tender."""
    one = _changeable(request, pk)
    form = TenderForm(request.POST or None, customer=one.customer, one=one)
    return _asked(
        request, one, form, _("Change the tender"),
        lambda version: tenders.change(
            request.user, one, form.cleaned_data, expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bring a tender to another state."""
    one = _changeable(request, pk)
    form = StateForm(request.POST or None, one=one)
    return _asked(
        request, one, form, _("Move the tender"),
        lambda version: tenders.move(
            request.user, one, form.cleaned_data["state"], form.cleaned_data["reason"],
            expected_version=version,
        ),
    )  # fmt: skip


@require_POST
def check(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """Say whether something that a bid needs is there."""
    one = _changeable(request, pk)
    version = expected_version(request)
    refusal = why_refused(
        lambda: tenders.check_item(
            request.user, one, number, done="done" in request.POST, expected_version=version
        )
    )
    if refusal:
        return HttpResponse(refusal, status=409)
    return redirect("key_accounts:tender", pk)


def _changeable(request: SignedInRequest, pk: int) -> Tender:
    require(request.user, SELL)
    found = changeable(Tender, request.user).select_related("customer")
    return get_object_or_404(found, pk=pk)
