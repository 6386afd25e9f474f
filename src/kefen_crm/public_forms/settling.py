"""What becomes of what was sent by a form: a ticket, a lead, or it waits for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.contacts.models import Reach
from kefen_crm.leads.by_itself import note_by_itself
from kefen_crm.platform.parts import Consumer
from kefen_crm.public_forms.models import PublicForm, Submission
from kefen_crm.public_forms.reaching import customer_of, read
from kefen_crm.tickets.actions import open_by_itself

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.leads.models import Lead
    from kefen_crm.platform.models import Event
    from kefen_crm.tickets.models import Ticket

Outcome = Submission.Outcome
KEPT: Final = timedelta(days=180)
"""How long what waits, or was left out, is kept."""
_SAID: Final = ("name", "company", "reach", "subject", "text")


def handle(found: list[Event]) -> None:
    """See to what was sent, each once."""
    for event in found:
        settle(event.object_id)


@transaction.atomic
def settle(pk: int | str) -> None:
    """Make a ticket of a customer's, a lead of an inquiry; what nobody has waits for a person."""
    new = Submission.objects.select_for_update(of=("self",)).select_related("form")
    sent = new.filter(pk=pk, outcome=Outcome.NEW).first()
    if sent is None:
        return
    if sent.form.kind == PublicForm.Kind.LEAD:
        settled(sent, Outcome.LEAD, lead=_lead(sent))
    elif customer := customer_of(sent.reach):
        settled(sent, Outcome.TICKET, ticket=open_for(sent, customer))
    else:
        sent.outcome = Outcome.WAITS
        sent.save(update_fields=["outcome"])


def open_for(sent: Submission, customer: Customer) -> Ticket:
    """Open the ticket of what was sent."""
    values = {
        "title": sent.subject,
        "text": f"{sent.text}\n\n{sent.number} · {sent.name} · {sent.reach}",
        "kind": sent.kind,
        "contact": sent.name,
    }
    ticket = open_by_itself(customer, values, f"form:{sent.pk}")
    assert ticket is not None
    return ticket


def settled(
    sent: Submission, outcome: str, *, ticket: Ticket | None = None, lead: Lead | None = None
) -> None:
    """Note what became of it; what it says is there, and no longer here."""
    sent.outcome, sent.ticket, sent.lead = outcome, ticket, lead
    for name in _SAID:
        setattr(sent, name, "")
    sent.save()


def forget() -> None:
    """Delete what waited too long, or was left out long ago."""
    old = Submission.objects.filter(at__lt=timezone.now() - KEPT)
    old.filter(outcome__in=(Outcome.WAITS, Outcome.LEFT_OUT)).delete()


def _lead(sent: Submission) -> Lead:
    kind, normal = read(sent.reach)
    return note_by_itself(
        {
            "name": sent.name,
            "company": sent.company,
            "email" if kind == Reach.Kind.EMAIL else "phone": normal,
            "inquiry": f"{sent.text}\n\n{sent.number}",
            "source": "form",
        }
    )


CONSUMER = Consumer("public_forms.settle", handle, ("publicform.sent",))
