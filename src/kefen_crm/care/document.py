"""Rules of care: what customers of a class are given on an occasion, as a task or a message."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import Field, field_validator

from kefen_crm.outreach.models import Template
from kefen_crm.platform import rules
from kefen_crm.platform.scoped_rules import LANGUAGES, Fault, ScopedRule

if TYPE_CHECKING:
    from collections.abc import Sequence

CARE: Final = "care"
BIRTHDAY, HOLIDAY, ANNIVERSARY = "birthday", "holiday", "anniversary"
NEW_PRODUCT, AFTER_PURCHASE, SILENT = "new_product", "after_purchase", "silent"
OCCASIONS: Final = {
    BIRTHDAY: gettext_noop("Birthday"),
    HOLIDAY: gettext_noop("Holiday"),
    ANNIVERSARY: gettext_noop("Anniversary of the first order"),
    NEW_PRODUCT: gettext_noop("New product"),
    AFTER_PURCHASE: gettext_noop("Days after a purchase of a category"),
    SILENT: gettext_noop("No order for so many days"),
}
HOLIDAYS: Final = {
    "new_year": gettext_noop("New Year's Day"),
    "spring_festival": gettext_noop("Spring Festival"),
    "lantern": gettext_noop("Lantern Festival"),
    "women": gettext_noop("Women's Day"),
    "qingming": gettext_noop("Qingming"),
    "labour": gettext_noop("Labour Day"),
    "dragon_boat": gettext_noop("Dragon Boat Festival"),
    "teachers": gettext_noop("Teachers' Day"),
    "mid_autumn": gettext_noop("Mid-Autumn Festival"),
    "national": gettext_noop("National Day"),
    "double_ninth": gettext_noop("Double Ninth Festival"),
    "winter_solstice": gettext_noop("Winter Solstice"),
    "christmas": gettext_noop("Christmas"),
}
WAYS: Final = {
    "task": gettext_noop("task for whoever looks after the customer"),
    "message": gettext_noop("message by a template"),
}
MEANS: Final = {
    "call": gettext_noop("Call"),
    "wechat": gettext_noop("WeChat"),
    "visit": gettext_noop("Visit"),
    "mail": gettext_noop("Mail"),
    "todo": gettext_noop("To do"),
}
SERVICE: Final = frozenset({AFTER_PURCHASE})
"""The occasions that are about what was bought: their tasks are no marketing."""
LASTING: Final = frozenset({NEW_PRODUCT, AFTER_PURCHASE, SILENT})
"""The occasions that are not over with their day."""


class CareRule(ScopedRule):
    """Customers of the scope are given this on an occasion, once each time that it comes."""

    occasion: Literal[
        "birthday", "holiday", "anniversary", "new_product", "after_purchase", "silent"
    ] = Field(
        default="birthday",
        title=gettext_noop("Occasion"),
        json_schema_extra={"choices": dict(OCCASIONS)},
    )
    how: Literal["task", "message"] = Field(
        default="task",
        title=gettext_noop("What is made"),
        json_schema_extra={"choices": dict(WAYS)},
    )
    lead_days: int = Field(
        default=0,
        ge=0,
        le=60,
        title=gettext_noop("So many days before"),
        description=gettext_noop(
            "A task that would fall on a day off falls on the last working day before."
        ),
    )
    holiday: Literal[
        "new_year", "spring_festival", "lantern", "women", "qingming", "labour", "dragon_boat",
        "teachers", "mid_autumn", "national", "double_ninth", "winter_solstice", "christmas",
    ] = Field(
        default="spring_festival",
        title=gettext_noop("Which holiday"),
        json_schema_extra={"choices": dict(HOLIDAYS), "only_with": {"occasion": [HOLIDAY]}},
    )  # fmt: skip
    every_years: int = Field(
        default=1,
        ge=1,
        le=50,
        title=gettext_noop("Anniversary: every so many years"),
        description=gettext_noop("5: after 5, 10, 15 … years."),
        json_schema_extra={"only_with": {"occasion": [ANNIVERSARY]}},
    )
    after_days: int = Field(
        default=7,
        ge=1,
        le=1_000,
        title=gettext_noop("Days after the purchase, or without an order"),
        json_schema_extra={"only_with": {"occasion": [AFTER_PURCHASE, SILENT]}},
    )
    category: str = Field(
        default="",
        max_length=120,
        title=gettext_noop("Category"),
        description=gettext_noop(
            "After a purchase: of which. New product: only who bought of it in a year; empty for "
            "everybody."
        ),
    )
    product: str = Field(default="", max_length=120, title=gettext_noop("Product"))
    launched: str = Field(
        default="",
        max_length=10,
        title=gettext_noop("New product: from which day"),
        description=gettext_noop("As 2026-03-01."),
    )
    template: str = Field(
        default="",
        max_length=80,
        title=gettext_noop("Message: the template"),
        description=gettext_noop("Its name; consent, quiet hours and limits hold as always."),
    )
    language: Literal["zh", "en"] = Field(
        default="zh",
        title=gettext_noop("Message: the language"),
        json_schema_extra={"choices": dict(LANGUAGES), "only_with": {"how": ["message"]}},
    )
    means: Literal["call", "wechat", "visit", "mail", "todo"] = Field(
        default="call",
        title=gettext_noop("Task: how"),
        json_schema_extra={"choices": dict(MEANS), "only_with": {"how": ["task"]}},
    )
    title: str = Field(
        default="",
        max_length=120,
        title=gettext_noop("Task: what"),
        description=gettext_noop("Empty: what the occasion is called."),
    )
    minutes: int = Field(
        default=15,
        ge=0,
        le=2_400,
        title=gettext_noop("Task: minutes that it takes"),
        json_schema_extra={"only_with": {"how": ["task"]}},
    )
    money: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        title=gettext_noop("Money each time, in the base currency"),
        description=gettext_noop("A gift, or what a message costs."),
    )

    @field_validator("launched")
    @classmethod
    def _a_day(cls, value: str) -> str:
        if value:
            date.fromisoformat(value)
        return value

    @property
    def slot(self) -> str:
        """What it is about; of rules about the same the first that fits a customer holds."""
        which = {
            HOLIDAY: self.holiday,
            NEW_PRODUCT: self.product,
            AFTER_PURCHASE: self.category,
            SILENT: str(self.after_days),
        }.get(self.occasion, "")
        return "/".join(filter(None, (self.occasion, which, self.how)))

    @property
    def by_hand(self) -> bool:
        """Whether somebody does it."""
        return self.how == "task"

    @property
    def name_of_occasion(self) -> str:
        """What the occasion is called."""
        if self.occasion == HOLIDAY:
            return _(HOLIDAYS[self.holiday])
        if self.occasion == SILENT:
            return _("No order for some time")
        if self.product and self.occasion in (NEW_PRODUCT, AFTER_PURCHASE):
            return self.product
        return self.category or _(OCCASIONS[self.occasion])


def in_force() -> list[CareRule]:
    """The rules of care, in the order in which they are tried."""
    found: list[CareRule] = rules.in_force(CARE)
    return found


def faults(found: Sequence[CareRule]) -> list[Fault]:
    """What rules lack that their occasion, or a message, needs."""
    known = set(Template.objects.filter(active=True).values_list("name", flat=True))
    told = []
    names: set[str] = set()
    for number, one in enumerate(found):
        if one.name in names:
            told.append(Fault(f"{number}.name", _("Another rule has this name.")))
        names.add(one.name)
        if one.how == "message" and one.template not in known:
            text = _("There is no template of this name in use.")
            told.append(Fault(f"{number}.template", text))
        if one.occasion == AFTER_PURCHASE and not one.category:
            told.append(Fault(f"{number}.category", _("Say which category.")))
        if one.occasion == NEW_PRODUCT and not one.product:
            told.append(Fault(f"{number}.product", _("Say which product.")))
        if one.occasion == NEW_PRODUCT and not one.launched:
            told.append(Fault(f"{number}.launched", _("Say from which day.")))
    return told
