"""A playbook: what the customers of a class are given a year, and what is done when they move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field

from kefen_crm.platform import rules
from kefen_crm.platform.registry import declared
from kefen_crm.platform.scoped_rules import LANGUAGES, Fault, ScopedRule, decide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.platform.scoped_rules import Facts

PLAYBOOK: Final = "playbook"
MOST: Final = 10**9
NO_CEILING: Final = 100
"""The discount, in percent, that limits nothing."""
SERVICES: Final = ("support", "training", "customising")
"""The value-added services, by the fields that promise them and by the kinds of use."""
SERVICE_LEVELS: Final = {
    "vip": gettext_noop("VIP"),
    "standard": gettext_noop("standard"),
    "self_service": gettext_noop("self-service"),
}
OWNERS: Final = {
    "any": gettext_noop("anybody"),
    "manager": gettext_noop("sales manager"),
    "rep": gettext_noop("sales representative"),
    "service": gettext_noop("customer service"),
}
MEANS: Final = {
    "call": gettext_noop("Call"),
    "visit": gettext_noop("Visit"),
    "wechat": gettext_noop("WeChat"),
    "mail": gettext_noop("Mail"),
    "todo": gettext_noop("To do"),
}


class Play(BaseModel):
    """What is done when a customer moves; nothing while it has no title."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(
        default="",
        max_length=120,
        title=gettext_noop("Task"),
        description=gettext_noop("Empty: nothing is planned."),
    )
    means: Literal["call", "visit", "wechat", "mail", "todo"] = Field(
        default="call", title=gettext_noop("How"), json_schema_extra={"choices": dict(MEANS)}
    )
    days: int = Field(default=5, ge=0, le=250, title=gettext_noop("Within so many working days"))
    minutes: int = Field(default=30, ge=1, le=2_400, title=gettext_noop("Minutes that it takes"))
    withhold: bool = Field(
        default=False, title=gettext_noop("Leave one in ten out, to see what it brings")
    )
    template: str = Field(
        default="",
        max_length=80,
        title=gettext_noop("Message besides: the template"),
        description=gettext_noop("Its name; consent, quiet hours and limits hold as always."),
    )
    language: Literal["zh", "en"] = Field(
        default="zh",
        title=gettext_noop("Message: the language"),
        json_schema_extra={"choices": dict(LANGUAGES), "only_with": {"template": True}},
    )
    how: str = Field(
        default="",
        max_length=2_000,
        title=gettext_noop("How it is done"),
        description=gettext_noop("In short; those who do it confirm that they read it."),
    )


class Playbook(ScopedRule):
    """Customers of the scope are given this; amounts are for one customer and a year."""

    stance: str = Field(default="", max_length=1_000, title=gettext_noop("Marketing"))
    offers: str = Field(default="", max_length=500, title=gettext_noop("Recommended offers"))
    care: str = Field(default="", max_length=500, title=gettext_noop("Care"))
    service: Literal["vip", "standard", "self_service"] = Field(
        default="standard",
        title=gettext_noop("Service level"),
        json_schema_extra={"choices": dict(SERVICE_LEVELS)},
    )
    owner: Literal["any", "manager", "rep", "service"] = Field(
        default="any",
        title=gettext_noop("Looked after by"),
        json_schema_extra={"choices": dict(OWNERS)},
    )
    ceiling: int = Field(
        default=0,
        ge=0,
        le=100_000,
        title=gettext_noop("At most so many of them for one person"),
        description=gettext_noop("0: no such ceiling."),
    )
    hours: int = Field(default=0, ge=0, le=2_000, title=gettext_noop("Hours a year"))
    visits: int = Field(default=0, ge=0, le=250, title=gettext_noop("Visits a year"))
    budget: int = Field(
        default=0,
        ge=0,
        le=MOST,
        title=gettext_noop("Budget a year, in the base currency"),
        description=gettext_noop("For gifts, services and the like; more is refused."),
    )
    gifts: int = Field(default=0, ge=0, le=MOST, title=gettext_noop("Of it for gifts at most"))
    discount: int = Field(
        default=NO_CEILING,
        ge=0,
        le=100,
        title=gettext_noop("Discount without approval, in percent"),
        description=gettext_noop("100: the playbook sets no ceiling."),
    )
    support: int = Field(
        default=0, ge=0, le=250, title=gettext_noop("Technical support, times a year")
    )
    training: int = Field(default=0, ge=0, le=250, title=gettext_noop("Training, times a year"))
    customising: int = Field(
        default=0, ge=0, le=250, title=gettext_noop("Customising, times a year")
    )
    points: int = Field(
        default=0,
        ge=0,
        le=1_000,
        title=gettext_noop("Incentive points for each promised task done in time"),
    )
    rising: Play = Field(default=Play(), title=gettext_noop("When a customer has risen to it"))
    falling: Play = Field(default=Play(), title=gettext_noop("When a customer has fallen to it"))
    at_risk: Play = Field(
        default=Play(), title=gettext_noop("When a customer of it is about to fall")
    )


PLAYS: Final = ("rising", "falling", "at_risk")


def title_of(play: str) -> str:
    """When a play is done, in words; empty for none that is known."""
    known = Playbook.model_fields.get(play)
    return _(known.title) if known and known.title else ""


def templates() -> list[str]:
    """The templates of messages in use, by name."""
    return [name for writer in declared("writers") for name in writer.templates()]


def offers() -> Mapping[str, Sequence[str]]:
    """The templates that plays may write by."""
    return dict.fromkeys((f"{name}.template" for name in PLAYS), templates())


def faults(found: Sequence[Playbook]) -> list[Fault]:
    """Which plays write by a template that there is not, or write without a task to tell of it."""
    known, told = set(templates()), []
    for number, rule in enumerate(found):
        for name in PLAYS:
            play: Play = getattr(rule, name)
            if play.template and play.template not in known:
                text = _("There is no template of this name in use.")
                told.append(Fault(f"{number}.{name}.template", text))
            elif play.template and not play.title:
                text = _("Say which task it comes with: nothing is done without one.")
                told.append(Fault(f"{number}.{name}.title", text))
    return told


def in_force() -> list[Playbook]:
    """The playbook of each class, in the order in which they are tried."""
    found: list[Playbook] = rules.in_force(PLAYBOOK)
    return found


def playbook_of(facts: Facts, found: Sequence[Playbook] | None = None) -> Playbook | None:
    """The playbook that holds for a customer; None where none does."""
    known = in_force() if found is None else found
    return decide(known, facts).rule if known else None
