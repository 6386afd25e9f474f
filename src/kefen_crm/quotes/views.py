"""The list of quotes, one of them with its versions, what is done with it, the letterhead."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.activities.choosing import choose_customer
from kefen_crm.activities.in_place import changed, in_place
from kefen_crm.customers.dialogs import change_by_form, show_form
from kefen_crm.customers.queries import changeable_by
from kefen_crm.opportunities.models import Opportunity
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import all_errors, carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.rules import SET_RULES
from kefen_crm.quotes import actions, document, word_document
from kefen_crm.quotes import queries as reads
from kefen_crm.quotes.ceilings import ceiling_of
from kefen_crm.quotes.forms import (
    AskForm,
    DecisionForm,
    LetterheadForm,
    NewQuoteForm,
    QuoteForm,
    RefusalForm,
)
from kefen_crm.quotes.models import Letterhead, Quote
from kefen_crm.quotes.permits import APPROVE_DISCOUNTS, SET_LETTERHEAD
from kefen_crm.receivables.pdf import fonts
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen_crm.team.views import SignedInRequest

PER_PAGE: Final = 50
VALID: Final = timedelta(days=30)
"""So long a new quote is valid unless somebody says otherwise."""
_asked = partial(change_by_form, page="quotes:detail")


@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """The quotes that the address asks for, the newest first."""
    filters = {name: request.GET.get(name, "") for name in ("state", "q")}
    page = Pages(reads.narrowed(request.user, filters), PER_PAGE)
    context = {
        "page": page.get_page(request.GET.get("page")),
        "filters": filters,
        "states": reads.STATES,
        "today": current().today(timezone.now()),
        "may_set_rules": may(request.user, SET_RULES),
        "may_set_letterhead": may(request.user, SET_LETTERHEAD),
    }
    return render(request, "quotes/list.html", context)


@require_GET
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A quote as it reads, its versions, and what can be done."""
    quote = _seen(request, pk)
    ceiling = quote.ceiling if quote.frozen else ceiling_of(quote.customer)
    versions = reads.quotes_for(request.user).filter(chain=quote.chain)
    writable = may(request.user, SELL) and reads.changeable_quotes(request.user).filter(pk=pk)
    context = {
        "quote": quote,
        "told": document.words_of(quote),
        "ceiling": ceiling,
        "above": actions.above(quote, ceiling),
        "versions": versions.order_by("-number_in_chain"),
        "latest": not versions.filter(number_in_chain__gt=quote.number_in_chain).exists(),
        "writable": bool(writable),
        "deciding": quote.state == Quote.State.ASKED
        and may(request.user, APPROVE_DISCOUNTS)
        and quote.by_id != request.user.pk,
        "pdf": bool(fonts()),
    }
    return render(request, "quotes/detail.html", context)


@require_GET
def printed(request: SignedInRequest, pk: int) -> HttpResponse:
    """A quote as a sheet to print."""
    quote = _seen(request, pk)
    return render(
        request, "quotes/printed.html", {"quote": quote, "told": document.words_of(quote)}
    )


@require_GET
def download(request: SignedInRequest, pk: int) -> HttpResponse:
    """A quote as PDF; a sentence where none is made here."""
    quote = _seen(request, pk)
    if not fonts():
        messages.error(
            request,
            _("No PDF is made here: install kefen[pdf] and a Chinese font, such as Noto Sans CJK."),
        )
        return redirect("quotes:detail", pk)
    return document.pdf(quote)


@require_GET
def download_word(request: SignedInRequest, pk: int) -> HttpResponse:
    """A quote as DOCX, to be worked on in a word processor."""
    return word_document.download(_seen(request, pk))


@require_GET
def choose(request: SignedInRequest) -> HttpResponse:
    """Whose new quote it is."""
    require(request.user, SELL)
    return choose_customer(request, _("New quote"), "quotes:new")


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, code: str) -> HttpResponse:
    """Make a quote for a customer."""
    require(request.user, SELL)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    found = Opportunity.objects.filter(customer=customer, state="open").select_related("customer")
    told = request.GET.get("opportunity", "")
    chosen = found.filter(pk=int(told)).first() if told.isdecimal() and len(told) < 18 else None
    initial: dict[str, Any] = {
        "valid_until": current().today(timezone.now()) + VALID,
        "language": "zh" if (get_language() or "en").startswith("zh") else "en",
        "contact": customer.contact,
    }
    if chosen:
        initial |= {"opportunity": chosen, "title": chosen.title, "lines": _lines_of(chosen)}
    form = NewQuoteForm(request.POST or None, found=found, initial=initial)
    made: list[Quote] = []

    def act() -> None:
        made.append(actions.make(request.user, customer, form.cleaned_data))

    if form.is_valid() and carried_out(form, act):
        messages.success(request, _("The quote is made."))
        return redirect("quotes:detail", made[0].pk)
    return show_form(request, customer, form, _("New quote"))


@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what a quote says, before it is sent."""
    quote = _changeable(request, pk)
    if request.method == "GET" and not quote.editable:
        messages.error(request, _("It was sent and does not change any more; make a new version."))
        return redirect("quotes:detail", pk)
    form = QuoteForm(request.POST or None, quote=quote)
    return _asked(
        request, quote, form, _("Change the quote"),
        lambda version: actions.change(
            request.user, quote, form.cleaned_data, expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask for leave for the discount of a quote."""
    quote = _changeable(request, pk)
    form = AskForm(request.POST or None)
    return _asked(
        request, quote, form, _("Ask for approval"),
        lambda version: actions.ask(
            request.user, quote, form.cleaned_data["reason"], expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Approve the discount of a quote, or refuse it."""
    require(request.user, APPROVE_DISCOUNTS)
    quote = _seen(request, pk)
    approve, here = request.POST.get("decision") == "approve", in_place(request)
    form = (RefusalForm if here and not approve else DecisionForm)(request.POST or None)
    version = expected_version(request)
    if form.is_valid() and carried_out(form, lambda: actions.decide(
        request.user, quote, approve=approve, answer=form.cleaned_data["answer"],
        expected_version=version)):  # fmt: skip
        said = _("The discount is approved.") if approve else _("The discount is refused.")
        return changed(said) if here else redirect("quotes:detail", quote.pk)
    if here and approve:
        return changed(all_errors(form), "error")
    if here:
        title, back = _("Refuse the discount"), reverse("quotes:detail", args=[quote.pk])
        return show_form(
            request, quote.customer, form, title, version=quote.version, about=str(quote), back=back
        )
    context = {"quote": quote, "form": form, "ceiling": quote.ceiling}
    return render(request, "quotes/decide.html", context, status=422 if form.errors else 200)


@require_POST
def send(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that a quote was sent."""
    quote = _changeable(request, pk)
    return _done(
        request, quote,
        lambda version: actions.send(request.user, quote, expected_version=version),
    )  # fmt: skip


@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note what the customer answered."""
    quote = _changeable(request, pk)
    accepted = request.POST.get("answer") == "accepted"
    return _done(
        request, quote,
        lambda version: actions.answer(
            request.user, quote, accepted=accepted, expected_version=version
        ),
    )  # fmt: skip


@require_POST
def revise(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make the next version of a quote."""
    quote = _changeable(request, pk)
    return _done(
        request, quote,
        lambda version: actions.revise(request.user, quote, expected_version=version),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def letterhead(request: SignedInRequest) -> HttpResponse:
    """Say what stands at the head of quotes."""
    require(request.user, SET_LETTERHEAD)
    one = Letterhead.objects.order_by("pk").first()
    form = LetterheadForm(request.POST or None, instance=one)
    if form.is_valid() and carried_out(
        form, lambda: actions.set_letterhead(request.user, form.cleaned_data)
    ):
        messages.success(request, _("The letterhead is saved."))
        return redirect("quotes:letterhead")
    status = 422 if form.errors else 200
    return render(request, "quotes/letterhead.html", {"form": form}, status=status)


def _lines_of(opportunity: Opportunity) -> list[dict[str, str]]:
    """The products of an opportunity as lines of a quote, those that have a price."""
    return [
        {"product": one["product"], "quantity": one["quantity"], "list_price": one["price"],
         "price": one["price"]}
        for one in opportunity.products
        if one.get("price")
    ]  # fmt: skip


def _done(
    request: SignedInRequest, quote: Quote, act: Callable[[int | None], Quote]
) -> HttpResponse:
    """Do what a button asks for, and show the quote; a sentence where it is refused."""
    shown, version = [quote], expected_version(request)
    if refusal := why_refused(lambda: shown.append(act(version))):
        messages.error(request, refusal)
    return redirect("quotes:detail", shown[-1].pk)


def _seen(request: SignedInRequest, pk: int) -> Quote:
    found = reads.quotes_for(request.user)
    return get_object_or_404(
        found.select_related("customer", "by", "decided_by", "opportunity"), pk=pk
    )


def _changeable(request: SignedInRequest, pk: int) -> Quote:
    require(request.user, SELL)
    return get_object_or_404(
        reads.changeable_quotes(request.user).select_related("customer"), pk=pk
    )
