"""Asks by mail how satisfied a customer is when a ticket was solved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.platform import events
from kefen_crm.platform.parts import Consumer
from kefen_crm.surveys.actions import invited, rested
from kefen_crm.surveys.models import Invite, Survey

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event


def handle(found: list[Event]) -> None:
    """Ask each customer once, unless it was asked in 90 days or has no address."""
    survey = Survey.objects.filter(after_tickets=True, active=True).first()
    if survey is None:
        return
    for event in found:
        customer = Customer.objects.filter(pk=event.customer_id or 0, standing__in=CURRENT).first()
        if customer is None or not customer.email:
            continue
        occasion = f"{event.object_type}:{event.object_id}"
        known = Invite.objects.filter(survey=survey, customer=customer, occasion=occasion)
        if known.exists() or rested(customer, timezone.now()):
            continue
        invite, token = invited(survey, customer, occasion, contact=customer.email, by=None)
        events.record(None, "survey.sent", invite, after={"title": survey.title})
        mail = _mail(survey, customer.email, reverse("surveys:answer", args=[token]))
        transaction.on_commit(mail.send)


def _mail(survey: Survey, address: str, path: str) -> EmailMessage:
    with translation.override(settings.LANGUAGE_CODE):
        place = settings.KEFEN_URL.rstrip("/") + path
        text = _("It takes half a minute: %(place)s") % {"place": place}
        return EmailMessage(survey.question, f"{survey.question}\n\n{text}\n", to=[address])


CONSUMER = Consumer("surveys.after_tickets", handle, ("ticket.solved",))
