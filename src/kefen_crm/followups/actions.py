"""What the clock does about gaps: an event a gap, of which the owner is told."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.followups.queries import CONTACT_GAP, gaps
from kefen_crm.platform import events, rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.rules import SET_RULES

if TYPE_CHECKING:
    from kefen_crm.platform.clock import Due

FOUND = "contact_gap.found"


def look(due: Due) -> None:
    """On a working day: find the gaps that are longer than the rules in force allow, each once.

    A gap is known by the day it began: once somebody spoke to the customer the next may follow.
    """
    found = rules.in_force(CONTACT_GAP)
    if not found or not current().is_workday(due.day):
        return
    open_gaps, _counts = gaps(found, due.day)
    by_target = {gap.target: gap for gap in open_gaps}
    targets = due.targets(
        CONTACT_GAP,
        {target: gap.since.isoformat() for target, gap in by_target.items()},
        population=Customer.objects.filter(standing__in=CURRENT).count(),
    )
    customers = Customer.objects.in_bulk([by_target[target].customer_id for target in targets])
    for target in targets:
        gap = by_target[target]
        told = {"rule": gap.rule.name, "since": gap.since, "working_days": gap.days}
        customer = customers[gap.customer_id]
        events.record(None, FOUND, customer, after=told | {"spoken": gap.spoken})


JOB = ClockJob("followups.look", look, at=time(7), permit=SET_RULES)
