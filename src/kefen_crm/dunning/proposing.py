"""What the clock does about late invoices: it proposes steps, and sends none of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kefen_crm.customers.models import Customer
from kefen_crm.dunning.letters import addressee, with_contacts
from kefen_crm.dunning.models import LETTERS, DunnedInvoice, Level, Step
from kefen_crm.dunning.planner import outlook
from kefen_crm.dunning.policy import POLICY
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import ClockJob

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.dunning.planner import Planned
    from kefen_crm.platform.due import Due

_BATCH = 1_000


@transaction.atomic
def propose(day: date | None = None) -> int:
    """Have what is proposed be what the policy says on a day; what is approved stays."""
    day = day or current().today(timezone.now())
    proposed = Step.objects.filter(state=Step.State.PROPOSED)
    list(proposed.select_for_update(of=("self",)).values("pk"))  # whoever approves goes first
    proposed.delete()
    found = outlook(rules.in_force(POLICY), day).steps
    steps: list[Step] = []
    for at in range(0, len(found), _BATCH):
        some = found[at : at + _BATCH]
        customers = with_contacts(Customer.objects.all()).in_bulk({one.customer for one in some})
        steps += [_step(one, customers[one.customer], day) for one in some]
    Step.objects.bulk_create(steps, batch_size=_BATCH)
    DunnedInvoice.objects.bulk_create(
        (
            DunnedInvoice(step=step, **vars(part))
            for step, one in zip(steps, found, strict=True)
            for part in one.parts
        ),
        batch_size=_BATCH,
    )
    return len(steps)


def _step(one: Planned, customer: Customer, day: date) -> Step:
    channel = Step.Channel.HOLD if one.level == Level.HOLD else Step.Channel.TASK
    address = ""
    if one.level in LETTERS:
        channel, address = channel_of(customer)
    return Step(
        customer=customer,
        level=one.level,
        channel=channel,
        to=address,
        rule=one.rule.name,
        language=one.rule.language,
        proposed_on=day,
        amount=one.amount,
        days_late=one.days_late,
    )


def channel_of(customer: Customer) -> tuple[Step.Channel, str]:
    """How letters reach a customer: by mail where an address and a mail server are known."""
    _name, address = addressee(customer)
    if address and settings.EMAIL_HOST:
        return Step.Channel.MAIL, address
    return Step.Channel.PRINT, ""


def turn(due: Due) -> None:
    """The clock's turn of a day."""
    propose(due.day)


JOB = ClockJob("dunning.propose", turn)
