"""The policy of dunning: what is done how many days after an invoice was due, by class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from django.utils.translation import gettext_noop
from pydantic import Field

from kefen_crm.dunning.models import Level
from kefen_crm.platform.scoped_rules import LANGUAGES, ScopedRule

if TYPE_CHECKING:
    from collections.abc import Collection

POLICY = "dunning"
LATEST = 3_650
"""Days late up to which a stage may wait."""


class DunningRule(ScopedRule):
    """Late invoices of the scope's customers go through these stages, one after the other."""

    reminder: int = Field(
        default=7,
        ge=0,
        le=LATEST,
        title=gettext_noop("Reminder after days late"),
        description=gettext_noop("0: there is no such stage."),
    )
    second: int = Field(
        default=21, ge=0, le=LATEST, title=gettext_noop("Second reminder after days late")
    )
    final: int = Field(
        default=35, ge=0, le=LATEST, title=gettext_noop("Final notice after days late")
    )
    call: int = Field(default=45, ge=0, le=LATEST, title=gettext_noop("Call after days late"))
    hold: int = Field(
        default=0,
        ge=0,
        le=LATEST,
        title=gettext_noop("Hold of orders after days late"),
        description=gettext_noop("Orders on credit are blocked until somebody releases them."),
    )
    quiet_days: int = Field(
        default=7,
        ge=0,
        le=365,
        title=gettext_noop("Quiet days between two letters to a customer"),
    )
    minimum: int = Field(
        default=0,
        ge=0,
        le=10**9,
        title=gettext_noop("Smallest amount, in the base currency"),
        description=gettext_noop("A customer who owes less than that late is left alone."),
    )
    language: Literal["zh", "en"] = Field(
        default="zh",
        title=gettext_noop("Language of letters"),
        json_schema_extra={"choices": dict(LANGUAGES)},
    )


def stages(rule: DunningRule) -> list[tuple[int, Level]]:
    """The stages that a rule has, each with its days late, the earliest first.

    >>> stages(DunningRule(name="A", second=0, call=3))
    [(3, Level.CALL), (7, Level.REMINDER), (35, Level.FINAL)]
    """
    days = [(getattr(rule, level.value), number, level) for number, level in enumerate(Level)]
    return [(after, level) for after, _number, level in sorted(days) if after]


def due_stage(rule: DunningRule, days_late: int, done: Collection[str]) -> Level | None:
    """The first stage that is not done yet, where the invoice is late enough for it.

    No stage is skipped, however late an invoice is: what was never reminded of gets a reminder.
    """
    for after, level in stages(rule):
        if level not in done:
            return level if days_late >= after else None
    return None
