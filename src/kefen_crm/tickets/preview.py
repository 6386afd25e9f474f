"""What service levels would promise the tickets that are there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.scopes import divided
from kefen_crm.platform.calendar import current
from kefen_crm.platform.scoped_rules import Preview
from kefen_crm.tickets.models import ServiceClock, Ticket
from kefen_crm.tickets.rules import of_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.tickets.rules import ServiceLevel

LATELY = timedelta(days=90)
NAMED = 10


def preview(found: Sequence[ServiceLevel]) -> Preview:
    """How many customers each level is for, and how the answers of 90 days would have met it."""
    calendar, now = current(), timezone.now()
    customers = Customer.objects.filter(standing__in=CURRENT)
    rows, names, notes, missed_all = [], [], [], 0
    for rule, held in divided(found, customers):
        tickets = Ticket.objects.counted().filter(customer__in=held, opened_at__gte=now - LATELY)
        answered = tickets.exclude(answered_at=None).select_related("customer")
        missed = []
        for ticket in answered:
            allowed = of_rule(rule, ticket.severity).minutes[ServiceClock.Target.FIRST]
            taken = calendar.worked(ticket.opened_at, ticket.answered_at or now)
            if taken > timedelta(minutes=allowed):
                missed.append((taken, ticket))
        rows.append((rule.name, held.count(), len(missed)))
        missed_all += len(missed)
        notes.append(_note(rule, len(answered), len(missed)))
        names += [_named(taken, one) for taken, one in sorted(missed, key=lambda it: -it[0])]
    return Preview(
        affected=missed_all,
        population=customers.count(),
        rules=tuple(rows),
        names=tuple(names[:NAMED]),
        notes=tuple(notes),
    )


def _note(rule: ServiceLevel, answered: int, missed: int) -> str:
    told = {"rule": rule.name, "hours": rule.first_reply, "count": answered, "missed": missed}
    text = ngettext(
        "%(rule)s: of %(count)s ticket answered in the last 90 days %(missed)s took longer than "
        "%(hours)s working hours",
        "%(rule)s: of %(count)s tickets answered in the last 90 days %(missed)s took longer than "
        "%(hours)s working hours",
        answered,
    )
    return text % told


def _named(taken: timedelta, ticket: Ticket) -> tuple[str, str, str, str]:
    hours = round(taken / timedelta(hours=1), 1)
    why = _("%(ticket)s: answered after %(hours)s working hours")
    return (
        ticket.customer.code,
        ticket.customer.name,
        reverse("tickets:detail", args=[ticket.pk]),
        why % {"ticket": ticket.number, "hours": hours},
    )
