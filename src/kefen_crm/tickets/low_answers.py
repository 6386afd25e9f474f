"""Opens a ticket where a customer answers a survey badly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.platform.parts import Consumer
from kefen_crm.tickets.actions import open_by_itself
from kefen_crm.tickets.models import Ticket

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event


def handle(found: list[Event]) -> None:
    """One complaint an answer, however often it is changed."""
    for event in found:
        said = event.after or {}
        customer = Customer.objects.filter(pk=event.customer_id or 0, standing__in=CURRENT).first()
        if customer is None or not said.get("low"):
            continue
        with translation.override(settings.LANGUAGE_CODE):
            score = {"score": said["score"], "of": said["of"], "survey": said["title"]}
            title = _("%(survey)s: %(score)s of %(of)s") % score
        values = {"title": title, "text": said["comment"] or title, "kind": Ticket.Kind.COMPLAINT}
        open_by_itself(customer, values, f"{event.verb}:{event.object_id}")


CONSUMER = Consumer("tickets.low_answers", handle, ("survey.answered",))
