"""The dialog that links a ticket to another, and the button that takes a link away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.customers.dialogs import show_form
from kefen_crm.platform.forms import carried_out
from kefen_crm.tickets import queries as reads
from kefen_crm.tickets.forms_joined import LinkForm
from kefen_crm.tickets.linking import link as link_tickets
from kefen_crm.tickets.linking import unlink as take_away
from kefen_crm.tickets.views_joined import changeable

if TYPE_CHECKING:
    from django.http import HttpResponse

    from kefen_crm.team.views import SignedInRequest


@require_http_methods(["GET", "POST"])
def link(request: SignedInRequest, pk: int) -> HttpResponse:
    """Link a ticket to another, of whichever customer."""
    ticket = changeable(request, pk)
    among = reads.tickets_for(request.user).select_related("customer", "merged_into")
    form = LinkForm(request.POST or None, of=ticket, among=among)
    if form.is_valid() and carried_out(
        form,
        lambda: link_tickets(request.user, ticket, form.cleaned_data["kind"], form.chosen),
    ):
        messages.success(request, _("The tickets are linked."))
        return redirect("tickets:detail", ticket.pk)
    back = reverse("tickets:detail", args=[ticket.pk])
    title = _("Link the ticket to another")
    return show_form(request, ticket.customer, form, title, about=str(ticket), back=back)


@require_POST
def unlink(request: SignedInRequest, pk: int, link: int) -> HttpResponse:
    """Take a link of a ticket away."""
    ticket = changeable(request, pk)
    take_away(request.user, ticket, get_object_or_404(reads.linked(request.user, ticket), pk=link))
    messages.success(request, _("The link is gone."))
    return redirect("tickets:detail", ticket.pk)
