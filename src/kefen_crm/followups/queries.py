"""Customers whom nobody has spoken to for as long as a rule allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from pydantic import Field

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway.interactions import last_contacts
from kefen_crm.grading.scopes import PARTS, divided, facts_of, words
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.clock import pending
from kefen_crm.platform.rules import Preview, ScopedRule, decide

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet
    from django.http import HttpRequest

CONTACT_GAP = "contact_gap"
NAMED = 10
"""Customers that a preview names, those who waited longest first."""


class ContactGap(ScopedRule):
    """Customers of the scope are spoken to at least every so many working days."""

    working_days: int = Field(
        default=20,
        ge=1,
        le=250,
        title=gettext_noop("Working days without contact"),
        description=gettext_noop("The owner is told on the working day after them, once a gap."),
    )


@dataclass(frozen=True)
class Gap:
    """A customer whom nobody has spoken to for longer than a rule allows.

    Attributes:
        since: the day of the last interaction; without any the day the customer came.
        days: the working days that have passed since.
    """

    customer_id: int
    code: str
    name: str
    rule: ContactGap
    since: date
    spoken: bool
    days: int

    @property
    def target(self) -> str:
        """The customer as the clock's effects name it."""
        return f"customer:{self.customer_id}"

    @property
    def text(self) -> str:
        """How long it has been, in words."""
        told = {"count": self.days, "day": self.since.isoformat()}
        if not self.spoken:
            return _("Never contacted; here since %(day)s") % told
        return (
            ngettext(
                "%(count)s working day since %(day)s",
                "%(count)s working days since %(day)s",
                self.days,
            )
            % told
        )


def owned() -> QuerySet[Customer]:
    """The current customers that somebody looks after who can be told."""
    return Customer.objects.filter(standing__in=CURRENT, owner__is_active=True)


def gaps(found: Sequence[ContactGap], day: date) -> tuple[list[Gap], list[tuple[str, int, int]]]:
    """The gaps of a day that nobody was told of, the longest first; and two counts of each rule.

    The counts are of the customers that a rule holds for, and of those of them with such a gap.
    """
    calendar = current()
    open_gaps, counts = [], []
    for rule, customers in divided(found, owned()):
        people = list(customers.order_by().values_list("pk", "code", "name", "created"))
        spoken = last_contacts([code for _pk, code, _name, _created in people])
        # The first of the working days that may pass without contact, so that today comes after.
        first = calendar.add_workdays(day, -rule.working_days)
        of_rule = []
        for pk, code, name, created in people:
            last = spoken.get(code)
            since = last or timezone.localdate(created)
            if since < first:
                days = calendar.workdays(since, calendar.previous_workday(day))
                of_rule.append(Gap(pk, code, name, rule, since, last is not None, days))
        left = pending(CONTACT_GAP, {gap.target: gap.since.isoformat() for gap in of_rule})
        of_rule = [gap for gap in of_rule if gap.target in left]
        counts.append((rule.name, len(people), len(of_rule)))
        open_gaps += of_rule
    return sorted(open_gaps, key=lambda gap: (gap.since, gap.code)), counts


def preview(found: Sequence[ContactGap]) -> Preview:
    """Whose owners rules would tell today."""
    open_gaps, counts = gaps(found, timezone.localdate())
    return Preview(
        affected=len(open_gaps),
        population=Customer.objects.filter(standing__in=CURRENT).count(),
        rules=tuple(counts),
        names=tuple(
            (gap.code, gap.name, reverse("customers:detail", args=[gap.code]), gap.text)
            for gap in open_gaps[:NAMED]
        ),
    )


def of_customer(_request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """Which rule holds for a customer and why; nothing where none is in force."""
    found = rules.in_force(CONTACT_GAP)
    if not found:
        return None
    decision = decide(found, facts_of(customer))
    return {
        "rule": decision.rule,
        "scope": words(decision.rule.scope) if decision.rule else [],
        "passed": [(rule.name, PARTS[part]()) for rule, part in decision.passed],
    }
