"""The contracts of customers, those whose notice is near first, and one of them."""

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
from kefen_crm.key_accounts import contracts
from kefen_crm.key_accounts.contract_forms import ContractForm, EndForm, RenewForm
from kefen_crm.key_accounts.models import Contract
from kefen_crm.key_accounts.queries import contracts_narrowed
from kefen_crm.key_accounts.records import changeable, visible
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.registry import parts_of
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

PER_PAGE: Final = 50
FILTERS: Final = ("whose", "state", "q")
STATES: Final = (("running", gettext_lazy("running")), ("soon", gettext_lazy("notice near")),
                 *Contract.State.choices)  # fmt: skip
_asked = partial(change_by_form, page="key_accounts:contract")


@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """The contracts that the address asks for, those that end first at the top."""
    filters = {name: request.GET.get(name, "") for name in FILTERS}
    now = timezone.now()
    found = contracts_narrowed(request.user, filters, now)
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    calendar = current()
    endings = contracts.endings_of(page.object_list, calendar, calendar.today(now))
    left = {one.contract.pk: one for one in endings if one.left <= contracts.SOON}
    context = {
        "tab": "contracts",
        "page": page,
        "rows": [(one, left.get(one.pk)) for one in page.object_list],
        "filters": filters,
        "states": STATES,
        "writable": may(request.user, SELL),
    }
    return render(request, "key_accounts/contracts.html", context)


@require_GET
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A contract: its time, what becomes of it at its end, and what can be done."""
    one = get_object_or_404(
        visible(Contract, request.user).select_related("customer", "owner", "by"), pk=pk
    )
    calendar = current()
    endings = contracts.endings_of([one], calendar, calendar.today(timezone.now()))
    context = {
        "one": one,
        "parts": parts_of(request, one),
        "ending": next((each for each in endings if each.left <= contracts.SOON), None),
        "writable": may(request.user, SELL)
        and changeable(Contract, request.user).filter(pk=pk).exists(),
    }
    return render(request, "key_accounts/contract.html", context)


@require_GET
def choose(request: SignedInRequest) -> HttpResponse:
    """With whom the new contract is."""
    require(request.user, SELL)
    return choose_customer(request, _("New contract"), "key_accounts:contract_new")


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, code: str) -> HttpResponse:
    """Write a contract with a customer down."""
    require(request.user, SELL)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = ContractForm(request.POST or None, initial={"owner": request.user, "renew_months": 12})
    made: list[Contract] = []

    def act() -> None:
        made.append(contracts.note(request.user, customer, form.cleaned_data))

    if form.is_valid() and carried_out(form, act):
        return redirect("key_accounts:contract", made[0].pk)
    return show_form(request, customer, form, _("New contract"))


@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say something else of a contract."""
    one = _changeable(request, pk)
    form = ContractForm(request.POST or None, one=one)
    return _asked(
        request, one, form, _("Change the contract"),
        lambda version: contracts.change(
            request.user, one, form.cleaned_data, expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def renew(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have a contract go on."""
    one = _changeable(request, pk)
    later = one.ends_on and contracts.later_end(one.ends_on, one.renew_months)
    form = RenewForm(request.POST or None, initial={"ends_on": later, "value": one.value})
    return _asked(
        request, one, form, _("Renew the contract"),
        lambda version: contracts.renew(
            request.user, one, form.cleaned_data["ends_on"], form.cleaned_data["value"],
            expected_version=version,
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that notice was given, or that a contract has ended."""
    one = _changeable(request, pk)
    form = EndForm(request.POST or None)
    return _asked(
        request, one, form, _("End the contract"),
        lambda version: contracts.end(
            request.user, one, form.cleaned_data["reason"],
            at_once=form.cleaned_data["how"] == "ended", expected_version=version,
        ),
    )  # fmt: skip


@require_POST
def sign(request: SignedInRequest, pk: int) -> HttpResponse:
    """A draft was signed, or a notice is taken back."""
    one = _changeable(request, pk)
    version = expected_version(request)
    refusal = why_refused(lambda: contracts.sign(request.user, one, expected_version=version))
    if refusal:
        return HttpResponse(refusal, status=409)
    return redirect("key_accounts:contract", pk)


def _changeable(request: SignedInRequest, pk: int) -> Contract:
    require(request.user, SELL)
    found = changeable(Contract, request.user).select_related("customer")
    return get_object_or_404(found, pk=pk)
