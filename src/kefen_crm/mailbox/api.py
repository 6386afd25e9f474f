"""Mails whose customer is not known, for programs."""

from __future__ import annotations

from datetime import datetime

from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import BaseModel, StrictBool

from kefen_crm.customers.api_named import customer_of
from kefen_crm.mailbox import actions
from kefen_crm.mailbox.models import Mail
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import Code, Id
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked
from kefen_crm.tickets.actions import SERVE

router = Router(tags=["Tickets"])


class WaitingMailOut(BaseModel):
    """A mail of which nobody knows whose it is."""

    id: int
    sender: str
    subject: str
    text: str
    at: datetime


class WaitingMailPage(Page[WaitingMailOut]):
    pass


class MailGiving(Schema, extra="forbid"):
    customer: Code
    remember: StrictBool = False
    """The sender becomes a contact."""


class MailTicketOut(BaseModel):
    """The ticket that a mail became."""

    ticket: int


@router.get("", response=WaitingMailPage, summary="List mails that wait")
def list_mails(request: Asked, query: Query[Paged]) -> WaitingMailPage:
    """Those of senders nobody knows, the newest first."""
    require(request.user, SERVE)
    items, last = newest(request, Mail.objects.filter(outcome=Mail.Outcome.WAITS), query)
    names = ("sender", "subject", "text", "at")
    listed = [
        WaitingMailOut(id=one.pk, **{name: getattr(one, name) for name in names}) for one in items
    ]
    return WaitingMailPage(items=listed, next=last)


@router.post(
    "/{int:mail_id}/give", response={201: MailTicketOut}, summary="Give a mail to a customer"
)
def give_mail(request: Asked, mail_id: Id, wanted: MailGiving) -> Status[MailTicketOut]:
    """It becomes a ticket of the customer; its files are kept with them."""
    require(request.user, SERVE)
    mail = get_object_or_404(Mail, pk=mail_id)
    customer = customer_of(request, wanted.customer)
    ticket = actions.give(request.user, mail, customer, remember=wanted.remember)
    return Status(201, MailTicketOut(ticket=ticket.pk))


@router.post("/{int:mail_id}/leave-out", response={204: None}, summary="Leave a mail out")
def leave_out_mail(request: Asked, mail_id: Id) -> Status[None]:
    """No ticket comes of it."""
    require(request.user, SERVE)
    actions.leave_out(request.user, get_object_or_404(Mail, pk=mail_id))
    return Status(204, None)
