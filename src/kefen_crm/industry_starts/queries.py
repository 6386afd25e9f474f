"""Starts as pages and programs see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from kefen_crm.grading.models.schemes import in_language
from kefen_crm.industry_starts.document import start
from kefen_crm.industry_starts.models import ChosenStart
from kefen_crm.industry_starts.names import NAMES
from kefen_crm.industry_starts.steps import URLS, steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.industry_starts.document import IndustryStart
    from kefen_crm.industry_starts.steps import Step


@dataclass(frozen=True)
class Offered:
    """A start in the language of whoever asks, and when it was chosen."""

    start: IndustryStart
    chosen: ChosenStart | None

    @property
    def title(self) -> str:
        return in_language(self.start.title.model_dump())

    @property
    def description(self) -> str:
        return in_language(self.start.description.model_dump())


@dataclass(frozen=True)
class Group:
    """The steps of one part of a preview; `url` is where what they make is changed."""

    title: str
    icon: str
    url: str
    steps: list[Step]


def offered() -> list[Offered]:
    """Every start, in the order in which they are offered."""
    chosen = {one.name: one for one in ChosenStart.objects.select_related("by")}
    return [Offered(start(name), chosen.get(name)) for name in NAMES]


def seen(one: Offered) -> list[Step]:
    """What a start would make now; of one that was chosen, what was made then."""
    planned = steps(one.start)
    if one.chosen is None:
        return planned
    outcomes = {(told["part"], told["key"]): told["outcome"] for told in one.chosen.made}
    return [
        replace(step, outcome=outcomes[step.part, step.key])
        for step in planned
        if (step.part, step.key) in outcomes
    ]


def grouped(found: Sequence[Step]) -> list[Group]:
    """The steps of a preview by their parts."""
    heads = (
        ("field", _("Custom fields"), "forms"),
        ("scheme", _("Schemes"), "stack-2"),
        ("pool", _("Pools"), "pool"),
        ("rules", _("Rules"), "gavel"),
    )
    groups = []
    for part, title, icon in heads:
        these = [one for one in found if one.part == part]
        if these:
            groups.append(Group(title, icon, reverse(URLS.get(part, "rules:list")), these))
    return groups
