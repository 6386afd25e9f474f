"""The dialogs that join tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kefen_crm.customers.dialogs import show_form
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.team.roles import require
from kefen_crm.tickets import actions
from kefen_crm.tickets import queries as reads
from kefen_crm.tickets.actions import SERVE
from kefen_crm.tickets.forms_joined import MergeForm

if TYPE_CHECKING:
    from django.http import HttpResponse

    from kefen_crm.team.views import SignedInRequest
    from kefen_crm.tickets.models import Ticket


@require_http_methods(["GET", "POST"])
def merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Merge a ticket into another of the same customer, and show that one."""
    ticket = changeable(request, pk)
    among = reads.changeable_tickets(request.user).select_related("customer")
    form, version = (
        MergeForm(request.POST or None, of=ticket, among=among),
        expected_version(request),
    )
    done: list[Ticket] = []

    def act() -> None:
        reason = form.cleaned_data["reason"]
        done.append(
            actions.merge(request.user, ticket, form.chosen, reason, expected_version=version)
        )

    if form.is_valid() and carried_out(form, act):
        told = {"ticket": ticket.number, "into": done[0].number}
        messages.success(request, _("%(ticket)s is merged into %(into)s.") % told)
        return redirect("tickets:detail", done[0].pk)
    back = reverse("tickets:detail", args=[ticket.pk])
    return show_form(
        request, ticket.customer, form, _("Merge the ticket into another"),
        version=ticket.version, about=str(ticket), back=back,
    )  # fmt: skip


def changeable(request: SignedInRequest, pk: int) -> Ticket:
    """A ticket of a customer whom one may change, for who may answer tickets."""
    require(request.user, SERVE)
    found = reads.changeable_tickets(request.user).select_related("customer")
    return get_object_or_404(found, pk=pk)
