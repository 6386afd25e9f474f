"""The service levels: within how many working hours the tickets of a scope are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop
from pydantic import Field

from kefen_crm.platform import rules
from kefen_crm.platform.scoped_rules import ScopedRule, decide
from kefen_crm.tickets.models import ServiceClock, Ticket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.platform.scoped_rules import Facts

SERVICE_LEVEL = "service_level"


class ServiceLevel(ScopedRule):
    """Tickets of customers of the scope are answered and solved within so many working hours."""

    first_reply: int = Field(
        default=8,
        ge=1,
        le=400,
        title=gettext_noop("First answer within so many working hours"),
    )
    next_reply: int = Field(
        default=16,
        ge=1,
        le=400,
        title=gettext_noop("Each further answer within so many working hours"),
    )
    resolve: int = Field(
        default=40,
        ge=1,
        le=2_000,
        title=gettext_noop("Solution within so many working hours"),
        description=gettext_noop("The time that the customer takes to answer does not count."),
    )
    urgent_share: int = Field(
        default=50,
        ge=5,
        le=100,
        title=gettext_noop("Urgent tickets have so many percent of these hours"),
    )


@dataclass(frozen=True)
class Promised:
    """What a ticket is promised, in minutes of work by target, and by the rule of which name."""

    rule: str
    minutes: dict[str, int]


def promised(facts: Facts, severity: str) -> Promised | None:
    """What the service level in force promises a ticket; None where no rule holds."""
    found: Sequence[ServiceLevel] = rules.in_force(SERVICE_LEVEL)
    rule = decide(found, facts).rule if found else None
    return None if rule is None else of_rule(rule, severity)


def of_rule(rule: ServiceLevel, severity: str) -> Promised:
    """What a rule promises tickets of a severity."""
    share = rule.urgent_share if severity == Ticket.Severity.URGENT else 100
    hours = {
        ServiceClock.Target.FIRST: rule.first_reply,
        ServiceClock.Target.NEXT: rule.next_reply,
        ServiceClock.Target.RESOLVE: rule.resolve,
    }
    return Promised(
        rule.name, {str(target): max(60 * one * share // 100, 1) for target, one in hours.items()}
    )
