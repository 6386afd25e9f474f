"""The list of key accounts, the page of one, and the map of its people."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.activities.choosing import choose_customer
from kefen_crm.activities.queries import leading_scheme
from kefen_crm.contacts.brought import brought_of, contact_from
from kefen_crm.contacts.queries import changeable as changeable_contacts
from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.queries import changeable_by, may_change, visible_to
from kefen_crm.key_accounts import actions
from kefen_crm.key_accounts import queries as reads
from kefen_crm.key_accounts.forms import AccountForm, PersonForm, PlaceForm
from kefen_crm.key_accounts.models import KeyAccount, PlanItem
from kefen_crm.key_accounts.people import DECIDERS, drawn, gaps_of, mapped_deciders, people_of
from kefen_crm.key_accounts.plans import way
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.views import SignedInRequest

PER_PAGE: Final = 50
LISTED: Final = 8
MOST_MONEY: Final = Decimal(10) ** 16


@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """The key accounts in reach, most money first, with what is not known of their people."""
    filters = {name: request.GET.get(name, "") for name in ("whose", "q")}
    found = reads.narrowed(request.user, filters)
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "accounts",
        "page": page,
        "rows": reads.rows(list(page.object_list), current().today(timezone.now())),
        "filters": filters,
        "wanted": DECIDERS,
        "scheme": leading_scheme(),
        "writable": may(request.user, SELL),
    }
    return render(request, "key_accounts/list.html", context)


@require_GET
def detail(request: SignedInRequest, code: str) -> HttpResponse:
    """The people of a customer, who decides and how they stand to it, and what is missing."""
    customer = get_object_or_404(visible_to(request.user).select_related("owner"), code=code)
    today = current().today(timezone.now())
    people = people_of([customer.pk])[customer.pk]
    items = list(customer.plan_items.exclude(state=PlanItem.State.DROPPED))
    amount = _amount(request)
    context = {
        "customer": customer,
        "account": KeyAccount.objects.filter(customer=customer).first(),
        "people": drawn(people),
        "gaps": gaps_of(people, today),
        "deciders": mapped_deciders(people),
        "imported": brought_of(customer) if _places_imported(request, customer) else [],
        "wanted": DECIDERS,
        "tenders": customer.tenders.order_by("-due_at", "-pk")[:LISTED],
        "way": way(customer.approval_steps.select_related("contact"), amount),
        "amount": amount,
        "plan": [
            (title, [one for one in items if one.kind == kind])
            for kind, title in PlanItem.Kind.choices
        ],
        "tasks": customer.tasks.filter(state="open").select_related("owner")[:LISTED],
        "contracts": customer.contracts.order_by("-begins_on", "-pk")[:LISTED],
        "today": today,
        "writable": _writable(request, customer),
    }
    return render(request, "key_accounts/detail.html", context)


@require_GET
def choose(request: SignedInRequest) -> HttpResponse:
    """Which customer becomes a key account."""
    require(request.user, SELL)
    return choose_customer(request, _("New key account"), "key_accounts:mark")


@require_http_methods(["GET", "POST"])
def mark(request: SignedInRequest, code: str) -> HttpResponse:
    """Make a customer a key account, or say something else of one."""
    customer = _customer(request, code)
    known = KeyAccount.objects.filter(customer=customer).first()
    form = AccountForm(request.POST or None, instance=known)

    def act() -> None:
        if known is None:
            actions.mark(request.user, customer, form.cleaned_data)
        else:
            version = expected_version(request)
            actions.change(request.user, customer, form.cleaned_data, expected_version=version)

    if form.is_valid() and carried_out(form, act):
        return redirect("key_accounts:detail", customer.code)
    title = _("Goal and rules of buying") if known else _("New key account")
    return show_form(request, customer, form, title, version=known.version if known else 0)


@require_POST
def unmark(request: SignedInRequest, code: str) -> HttpResponse:
    """Have a customer be no key account any more."""
    customer = _customer(request, code)
    get_object_or_404(KeyAccount, customer=customer)
    actions.unmark(request.user, customer)
    messages.success(request, _("%(name)s is no key account any more.") % {"name": customer.name})
    return redirect("key_accounts:detail", customer.code)


@require_http_methods(["GET", "POST"])
def person_new(request: SignedInRequest, code: str) -> HttpResponse:
    """Add a contact of a customer, and place them on the map."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = _customer(request, code)
    form = PersonForm(request.POST or None, customer=customer)
    if form.is_valid() and carried_out(
        form, lambda: actions.add_person(request.user, customer, form.cleaned_data)
    ):
        return redirect("key_accounts:detail", customer.code)
    back = reverse("key_accounts:detail", args=[customer.code])
    return show_form(request, customer, form, _("New person"), back=back)


@require_http_methods(["GET", "POST"])
def place(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say how a contact stands to buying, and whom they report to."""
    require(request.user, SELL)
    found = changeable_contacts(request.user).select_related("customer")
    contact = get_object_or_404(found, pk=pk)
    people = people_of([contact.customer_id])[contact.customer_id]
    person = next(one for one in people if one.contact.pk == pk)
    form = PlaceForm(request.POST or None, customer=contact.customer, person=person)

    def act() -> None:
        version = expected_version(request)
        actions.place(
            request.user, contact, form.cleaned_data,
            expected_version=version if person.version else None,
        )  # fmt: skip

    if form.is_valid() and carried_out(form, act):
        return redirect("key_accounts:detail", contact.customer.code)
    back = reverse("key_accounts:detail", args=[contact.customer.code])
    return show_form(
        request, contact.customer, form, _("Place on the map"), about=contact.name,
        version=person.version, back=back,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def place_imported(request: SignedInRequest, code: str) -> HttpResponse:
    """Say how a contact of an import stands to buying; `number` in the address says which."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = _customer(request, code)
    number = request.GET.get("number", "")
    row = next((one for one in brought_of(customer) if one["contact_id"] == number), None)
    back = reverse("key_accounts:detail", args=[customer.code])
    if row is None:  # somebody wrote of it meanwhile
        return redirect(back)
    contact, _reaches = contact_from(customer, row)
    form = PlaceForm(request.POST or None, customer=customer, role=contact.role)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.place_imported(request.user, customer, number, form.cleaned_data),
    ):
        return redirect(back)
    return show_form(request, customer, form, _("Place on the map"), about=contact.name, back=back)


def _customer(request: SignedInRequest, code: str) -> Customer:
    require(request.user, SELL)
    found: Customer = get_object_or_404(changeable_by(request.user), code=code)
    return found


def _amount(request: SignedInRequest) -> Decimal | None:
    """The amount of a purchase that the address asks about; None where it is none."""
    try:
        amount = Decimal(request.GET.get("amount", "").replace(",", ""))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < MOST_MONEY else None


def _places_imported(request: SignedInRequest, customer: Customer) -> bool:
    return may(request.user, Permit.EDIT_CUSTOMERS) and _writable(request, customer)


def _writable(request: SignedInRequest, customer: Customer) -> bool:
    return may(request.user, SELL) and may_change(request.user, customer)
