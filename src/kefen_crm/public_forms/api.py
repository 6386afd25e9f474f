"""Forms of senders nobody knows, for programs."""

from __future__ import annotations

from datetime import datetime

from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import BaseModel, StrictBool

from kefen_crm.customers.api_named import customer_of
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import Code, Id
from kefen_crm.public_forms import actions
from kefen_crm.public_forms.models import Submission
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked
from kefen_crm.tickets.permits import SERVE

router = Router(tags=["Tickets"])


class WaitingFormOut(BaseModel):
    """What was sent by a form of which nobody knows whose it is."""

    id: int
    number: str
    name: str
    reach: str
    kind: str
    subject: str
    text: str
    at: datetime


class WaitingFormPage(Page[WaitingFormOut]):
    pass


class FormGiving(Schema, extra="forbid"):
    customer: Code
    remember: StrictBool = False
    """The sender becomes a contact."""


class FormTicketOut(BaseModel):
    """The ticket that it became."""

    ticket: int


@router.get("", response=WaitingFormPage, summary="List forms that wait")
def list_waiting_forms(request: Asked, query: Query[Paged]) -> WaitingFormPage:
    """Those of senders nobody knows, the newest first."""
    require(request.user, SERVE)
    found = Submission.objects.filter(outcome=Submission.Outcome.WAITS)
    items, last = newest(request, found, query)
    names = ("number", "name", "reach", "kind", "subject", "text", "at")
    listed = [
        WaitingFormOut(id=one.pk, **{name: getattr(one, name) for name in names}) for one in items
    ]
    return WaitingFormPage(items=listed, next=last)


@router.post(
    "/{int:form_id}/give", response={201: FormTicketOut}, summary="Give a form to a customer"
)
def give_form(request: Asked, form_id: Id, wanted: FormGiving) -> Status[FormTicketOut]:
    """It becomes a ticket of the customer."""
    require(request.user, SERVE)
    sent = get_object_or_404(Submission, pk=form_id)
    customer = customer_of(request, wanted.customer)
    ticket = actions.give(request.user, sent, customer, remember=wanted.remember)
    return Status(201, FormTicketOut(ticket=ticket.pk))


@router.post("/{int:form_id}/leave-out", response={204: None}, summary="Leave a form out")
def leave_out_form(request: Asked, form_id: Id) -> Status[None]:
    """No ticket comes of it."""
    require(request.user, SERVE)
    actions.leave_out(request.user, get_object_or_404(Submission, pk=form_id))
    return Status(204, None)
