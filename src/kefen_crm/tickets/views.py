"""The queue of tickets, one ticket, and what complaints come from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.dialogs import change_by_form, show_form
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import carried_out
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import may, require
from kefen_crm.tickets import actions
from kefen_crm.tickets import queries as reads
from kefen_crm.tickets.actions import SERVE
from kefen_crm.tickets.forms import (
    ChangeForm,
    GiveForm,
    OpenForm,
    ReasonForm,
    SayForm,
    SolveForm,
)
from kefen_crm.tickets.models import Ticket
from kefen_crm.tickets.replies import replies
from kefen_crm.tickets.reply_forms import choices
from kefen_crm.tickets.views_joined import changeable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50
FILTERS = ("whose", "state", "kind", "q")
_asked = partial(change_by_form, page="tickets:detail")


@require_GET
def queue(request: SignedInRequest) -> HttpResponse:
    """The tickets that the address asks for, those that run out first at the top."""
    now = timezone.now()
    filters = {name: request.GET.get(name, "") for name in FILTERS}
    found = reads.with_class(reads.queue(request.user, filters, now))
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "queue",
        "page": page,
        "now": now,
        "filters": filters,
        "whose": reads.WHOSE,
        "states": reads.STATES,
        "kinds": Ticket.Kind.choices,
        "scheme": leading_scheme(),
    }
    return render(request, "tickets/queue.html", context)


@require_GET
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A ticket: what was said, its clocks, and what can be done; one merged leads to the other."""
    ticket = _seen(request, pk)
    if ticket.merged_into_id:
        return redirect("tickets:detail", ticket.merged_into_id)
    return _detail(request, ticket, SayForm(channel=reads.heard_by(ticket)))


def _detail(
    request: SignedInRequest, ticket: Ticket, form: SayForm, missing: Sequence[str] = ()
) -> HttpResponse:
    writable = may(request.user, SERVE) and reads.changeable_tickets(request.user).filter(
        pk=ticket.pk
    )
    answers = replies(request.user, ticket) if writable and not ticket.solved else []
    context = {
        "replies": choices(answers),
        "missing": missing,
        "ticket": ticket,
        "said": reads.thread_of(ticket).select_related("by", "ticket"),
        "merges": reads.merges_of(ticket),
        "links": reads.links_of(request.user, ticket),
        "clocks": ticket.clocks.order_by("started_at", "pk"),
        "uses": ticket.article_uses.select_related("article"),
        "now": timezone.now(),
        "form": form,
        "scheme": leading_scheme(),
        "writable": bool(writable),
    }
    return render(request, "tickets/detail.html", context, status=422 if form.errors else 200)


@require_POST
def say(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note an answer, what the customer said, or a note among us, as the button says.

    Or put a reply template below what is written, to be changed before it is sent.
    """
    require(request.user, SERVE)
    ticket = changeable(request, pk)
    if request.POST.get("verb") == "fill":
        return _fill(request, _seen(request, pk))
    form = SayForm(request.POST)
    if form.is_valid() and carried_out(form, lambda: _say(request, ticket, form)):
        messages.success(request, _("It is noted."))
        return redirect("tickets:detail", ticket.pk)
    return _detail(request, _seen(request, pk), form)


def _fill(request: SignedInRequest, ticket: Ticket) -> HttpResponse:
    said = {name: request.POST.get(name, "") for name in ("text", "channel", "article")}
    wanted = request.POST.get("reply", "")
    chosen = next((one for one in replies(request.user, ticket) if one.value == wanted), None)
    if chosen is None:
        return _detail(request, ticket, SayForm(**said))
    said["text"] = "\n\n".join(filter(None, [said["text"].rstrip(), chosen.text]))
    return _detail(request, ticket, SayForm(**said), chosen.missing)


def _say(request: SignedInRequest, ticket: Ticket, form: SayForm) -> None:
    text, channel = form.cleaned_data["text"], form.cleaned_data["channel"]
    verb = request.POST.get("verb")
    if verb == "hear":
        actions.hear(request.user, ticket, text, channel=channel)
    elif verb == "note":
        actions.note(request.user, ticket, text)
    else:
        wait, article = verb != "answer_open", form.cleaned_data["article"]
        actions.answer(request.user, ticket, text, channel=channel, wait=wait, article=article)


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, code: str) -> HttpResponse:
    """Open a ticket of a customer."""
    require(request.user, SERVE)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = OpenForm(request.POST or None)
    opened: list[Ticket] = []

    def act() -> None:
        opened.append(actions.open_ticket(request.user, customer, form.cleaned_data))

    if form.is_valid() and carried_out(form, act):
        messages.success(request, _("The ticket is opened."))
        return redirect("tickets:detail", opened[0].pk)
    return show_form(request, customer, form, _("New ticket"))


@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what a ticket is."""
    ticket = changeable(request, pk)
    form = ChangeForm(request.POST or None, instance=ticket)
    return _asked(
        request, ticket, form, _("Change the ticket"),
        lambda version: actions.change(
            request.user, ticket, form.cleaned_data, expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def give(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a ticket to somebody."""
    ticket = changeable(request, pk)
    form = GiveForm(request.POST or None, initial={"owner": ticket.owner_id})
    return _asked(
        request, ticket, form, _("Give the ticket"),
        lambda version: actions.give(
            request.user, ticket, form.cleaned_data["owner"], expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def solve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Solve a ticket."""
    ticket = changeable(request, pk)
    named = Ticket.objects.exclude(cause="").order_by("cause").values_list("cause", flat=True)
    form = SolveForm(
        request.POST or None,
        causes=named.distinct()[:50],
        initial={"cause": ticket.cause, "channel": reads.heard_by(ticket)},
    )
    return _asked(
        request, ticket, form, _("Solve the ticket"),
        lambda version: actions.solve(
            request.user, ticket, **form.cleaned_data, expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a solved ticket up again."""
    ticket = changeable(request, pk)
    form = ReasonForm(request.POST or None)
    return _asked(
        request, ticket, form, _("Reopen the ticket"),
        lambda version: actions.reopen(
            request.user, ticket, form.cleaned_data["reason"], expected_version=version
        ),
    )  # fmt: skip


@require_GET
def causes(request: SignedInRequest) -> HttpResponse:
    """What the complaints of the last months came from."""
    by = "product" if request.GET.get("by") == "product" else "cause"
    months = reads.last_months(current().today(timezone.now()))
    found = reads.causes(request.user, months, by)
    context: dict[str, Any] = {"tab": "causes", "by": by, "months": months, "causes": found}
    context["answered"] = reads.article_uses(request.user, months[0])
    return render(request, "tickets/causes.html", context)


def _seen(request: SignedInRequest, pk: int) -> Ticket:
    found = reads.with_class(reads.tickets_for(request.user))
    return get_object_or_404(found.select_related("customer", "owner", "by"), pk=pk)
