"""The list of leads, one of them, a new one, and what becomes of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.customers.finding import best
from kefen_crm.customers.queries import changeable_by
from kefen_crm.leads import actions, cards, explaining, versions
from kefen_crm.leads import queries as reads
from kefen_crm.leads.converting import Wanted, meant
from kefen_crm.leads.converting import convert as convert_lead
from kefen_crm.leads.forms import NEW, CardForm, ConvertForm, DropForm, GiveForm, LeadForm
from kefen_crm.leads.grading import DETAILS, GRADES, graded, in_force
from kefen_crm.leads.models import Lead, Source
from kefen_crm.leads.permits import WORK_LEADS
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.rules import SET_RULES
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import BaseForm

    from kefen_crm.team.views import SignedInRequest

PER_PAGE: Final = 50
FILTERS: Final = ("whose", "state", "grade", "source", "q", "order")
YEAR: Final = timedelta(days=365)
LONGEST_SEARCH: Final = 200
SOUGHT: Final = 8
"""Customers that a search for another one offers."""


@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """The leads that the address asks for, the best grade first."""
    filters = {name: request.GET.get(name, "") for name in FILTERS}
    filters["whose"] = filters["whose"] or "all"
    page = Pages(reads.narrowed(request.user, filters), PER_PAGE)
    waiting = reads.leads_for(request.user).filter(owner=None, state__in=("new", "working"))
    context = {
        "tab": "list",
        "page": page.get_page(request.GET.get("page")),
        "filters": filters,
        "whose": reads.WHOSE,
        "states": reads.STATES,
        "grades": GRADES,
        "sources": Source.choices,
        "writable": may(request.user, WORK_LEADS),
        "may_assign": may(request.user, Permit.ASSIGN_CUSTOMERS),
        "may_set_rules": may(request.user, SET_RULES),
        "waiting": waiting.count(),
        "rules": bool(in_force()),
        "learned": versions.in_force() is not None,
    }
    return render(request, "leads/list.html", context)


@require_GET
def conversion(request: SignedInRequest) -> HttpResponse:
    """What the leads of the last year became, by source or by grade."""
    by = "grade" if request.GET.get("by") == "grade" else "source"
    rows = reads.conversions(request.user, by, timezone.now() - YEAR)
    context = {"tab": "conversion", "by": by, "rows": rows, "enough": reads.ENOUGH}
    return render(request, "leads/conversion.html", context)


@require_GET
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A lead: what is known, its grade and why, who may be meant."""
    lead = _seen(request, pk)
    given = graded(lead, in_force(), timezone.now())
    writable = may(request.user, WORK_LEADS)
    context: dict[str, Any] = {
        "lead": lead,
        "given": given,
        "told": [DETAILS[one] for one in given.told],
        "untold": [DETAILS[one] for one in given.untold],
        "details": len(DETAILS),
        "writable": writable,
        "may_set_rules": may(request.user, SET_RULES),
    }
    if lead.open and (chance := versions.chance_of(lead, versions.in_force())):
        context["reckoning"] = explaining.reckoning(chance)
    if lead.open and writable:
        context["found"] = meant(request.user, lead)
        context["same"] = reads.known_already(lead)
        context["seen"] = set(reads.leads_for(request.user).values_list("pk", flat=True).filter(
            pk__in=[one.pk for one in context["same"]]))  # fmt: skip
    return render(request, "leads/detail.html", context)


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Note a lead."""
    require(request.user, WORK_LEADS)
    return _noted(request, LeadForm(request.POST or None))


@require_http_methods(["GET", "POST"])
def card(request: SignedInRequest) -> HttpResponse:
    """Read a card's text; its fields are proposed in the form of a new lead."""
    require(request.user, WORK_LEADS)
    form = CardForm(request.POST or None)
    if form.is_valid():
        text = form.cleaned_data["text"]
        proposed = cards.read(text)
        if not proposed:
            form.add_error("text", _("Nothing of this could be read. Write the fields yourself."))
        else:
            proposed["source"] = Source.EXHIBITION
            return _noted(request, LeadForm(initial=proposed), text)
    status = 422 if form.errors else 200
    return render(request, "leads/card.html", {"form": form}, status=status)


@require_POST
def assign(request: SignedInRequest) -> HttpResponse:
    """Give the leads that nobody has to whoever has room."""
    given, wait = actions.assign_waiting(request.user)
    told = ngettext("%(count)s lead was given.", "%(count)s leads were given.", given)
    messages.success(request, told % {"count": given})
    if wait:
        told = ngettext(
            "%(count)s lead waits: nobody has room.", "%(count)s leads wait: nobody has room.", wait
        )
        messages.warning(request, told % {"count": wait})
    return redirect("leads:list")


@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say more, or something else, of a lead."""
    lead = _changeable(request, pk)
    form = LeadForm(request.POST or None, instance=lead)
    return _asked(
        request, lead, form, _("Change the lead"),
        lambda version: actions.change(
            request.user, lead, form.cleaned_data, expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def give(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a lead to somebody."""
    lead = _changeable(request, pk)
    form = GiveForm(request.POST or None, initial={"owner": lead.owner_id})
    version = expected_version(request)
    if form.is_valid() and carried_out(form, lambda: actions.give(
        request.user, lead, form.cleaned_data["owner"], expected_version=version)):  # fmt: skip
        messages.success(request, _("The lead is given."))
        return redirect("leads:list")
    return _ask(request, lead, form, _("Give the lead"))


@require_http_methods(["GET", "POST"])
def drop(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that a lead came to nothing."""
    lead = _changeable(request, pk)
    form = DropForm(request.POST or None)
    return _asked(
        request, lead, form, _("Drop the lead"),
        lambda version: actions.drop(
            request.user, lead, **form.cleaned_data, expected_version=version
        ),
    )  # fmt: skip


@require_POST
def take_up(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a dropped lead up again."""
    lead = _changeable(request, pk)
    try:
        actions.take_up(request.user, lead)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("leads:detail", lead.pk)


@require_http_methods(["GET", "POST"])
def convert(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make a lead a customer, or one of an existing customer."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    lead = _changeable(request, pk)
    text = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    sought = best(changeable_by(request.user), text, SOUGHT) if text else []
    if request.htmx:  # type: ignore[attr-defined]  # by a middleware
        return render(request, "leads/_sought.html", {"sought": sought, "q": text})
    found = meant(request.user, lead)
    chosen = changeable_by(request.user).filter(code=request.POST.get("customer", ""))
    form = ConvertForm(
        request.POST or None,
        found=found,
        sought=[*sought, *chosen],
        initial={"amount": lead.budget},
    )
    if not may(request.user, SELL):
        del form.fields["opportunity"], form.fields["amount"]
    version = expected_version(request)
    if form.is_valid() and carried_out(form, lambda: _convert(request, lead, form, version)):
        lead.refresh_from_db()
        assert lead.customer
        messages.success(request, _("The lead is converted."))
        return redirect("customers:detail", lead.customer.code)
    context = {"lead": lead, "form": form, "found": found, "q": text}
    return render(request, "leads/convert.html", context, status=422 if form.errors else 200)


def _convert(request: SignedInRequest, lead: Lead, form: ConvertForm, version: int | None) -> None:
    said = form.cleaned_data
    code, customer = said["customer"], None
    if code != NEW:
        customer = changeable_by(request.user).get(code=code)
    wanted = Wanted(customer, said.get("opportunity", ""), said.get("amount"))
    convert_lead(request.user, lead, wanted, expected_version=version)


def _noted(request: SignedInRequest, form: LeadForm, card_text: str = "") -> HttpResponse:
    made: list[Lead] = []
    if form.is_valid() and carried_out(
        form, lambda: made.append(actions.note(request.user, form.cleaned_data))
    ):
        messages.success(request, _("The lead is noted."))
        return redirect("leads:detail", made[0].pk)
    context = {"form": form, "card": card_text, "action": reverse("leads:new")}
    return render(request, "leads/new.html", context, status=422 if form.errors else 200)


def _seen(request: SignedInRequest, pk: int) -> Lead:
    found = reads.leads_for(request.user).select_related("owner", "by", "customer", "opportunity")
    return get_object_or_404(found, pk=pk)


def _changeable(request: SignedInRequest, pk: int) -> Lead:
    require(request.user, WORK_LEADS)
    return _seen(request, pk)


def _asked(
    request: SignedInRequest,
    lead: Lead,
    form: BaseForm,
    title: str,
    act: Callable[[int | None], object],
) -> HttpResponse:
    """Do what a form asks for, and show the lead; else the form."""
    version = expected_version(request)
    if form.is_valid() and carried_out(form, lambda: act(version)):
        return redirect("leads:detail", lead.pk)
    return _ask(request, lead, form, title)


def _ask(request: SignedInRequest, lead: Lead, form: BaseForm, title: str) -> HttpResponse:
    template = "leads/_ask.html" if request.htmx else "leads/ask.html"  # type: ignore[attr-defined]
    context = {"lead": lead, "form": form, "title": title}
    return render(request, template, context, status=422 if form.errors else 200)
