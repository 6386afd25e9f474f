"""What was learned about leads, in the words and figures that pages and programs tell."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, prod
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from kefen_crm.leads import learning
from kefen_crm.leads.grading import DETAILS
from kefen_crm.leads.models import Source
from kefen_crm.leads.versions import NOTHING, TOLD, UNTOLD
from kefen_crm.platform.intervals import wilson

if TYPE_CHECKING:
    from kefen_crm.leads.learning import Chance, Part
    from kefen_crm.leads.models import LeadModel

SLIGHT: Final = 0.05
"""Logarithms of factors below it are told together."""


@dataclass(frozen=True)
class Answer:
    """An answer of leads, and by what it multiplies the odds of an average lead.

    Attributes:
        share: of the ended leads of it that were converted.
        low, high: its 95 % interval, from 30 leads on.
    """

    question: str
    answer: str
    factor: float
    ended: int
    converted: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Reason:
    """A line of the reckoning of a lead's chance."""

    question: str
    answer: str
    factor: float
    ended: int
    converted: int


@dataclass(frozen=True)
class Reckoning:
    """A lead's chance as a product: the odds of an average lead, times each factor.

    Attributes:
        average: what an average lead's chance is.
        rest: the factors of slight answers, multiplied.
        odds: what it comes to.
    """

    chance: Chance
    average: float
    reasons: tuple[Reason, ...]
    rest: float
    odds: float


@dataclass(frozen=True)
class Group:
    """A fifth of the leads by their chance: what was foretold, and what came."""

    leads: int
    predicted: float
    converted: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Compared:
    """How a way to tell good leads did on the ended ones, none of which it was learned from."""

    title: str
    area: float
    square: float | None
    agreement: float | None


def reckoning(chance: Chance) -> Reckoning:
    """A chance with its factors, the slight ones together."""
    told = [one for one in chance.parts if abs(one.weight) >= SLIGHT]
    rest = prod(one.factor for one in chance.parts if abs(one.weight) < SLIGHT)
    odds = chance.base * rest * prod(one.factor for one in told)
    return Reckoning(
        chance, chance.base / (1 + chance.base), tuple(map(_reason, told)), rest, odds
    )  # fmt: skip


def _reason(part: Part) -> Reason:
    return Reason(
        question(part.question), answer(part.question, part.answer), part.factor, part.ended,
        part.converted,
    )  # fmt: skip


def question(name: str) -> str:
    """What is asked of a lead, in words."""
    if name == "source":
        return _("Source")
    return _("Region") if name == "region" else str(DETAILS[name])


def answer(name: str, value: str) -> str:
    """What a lead answered, in words."""
    if value in (UNTOLD, NOTHING):
        return _("not told")
    if value == learning.OTHER:
        return _("others")
    if value == TOLD:
        return _("told")
    return str(Source(value).label) if name == "source" and value in Source.values else value


def answers(model: LeadModel) -> list[Answer]:
    """Every answer of a version, those of a question together, the better ones first."""
    columns = model.document["columns"]
    asked = list(dict.fromkeys(one["question"] for one in columns))
    order = sorted(columns, key=lambda one: (asked.index(one["question"]), -one["weight"]))
    return [_answer(one) for one in order if one["ended"]]


def _answer(column: dict[str, Any]) -> Answer:
    ended, converted = column["ended"], column["converted"]
    low, high = wilson(converted, ended) if ended >= learning.FEWEST else (None, None)
    return Answer(
        question(column["question"]), answer(column["question"], column["answer"]),
        exp(column["weight"]), ended, converted, converted / ended, low, high,
    )  # fmt: skip


def groups(model: LeadModel) -> list[Group]:
    """What was foretold of leads that were not learned from, beside what came, by fifths."""
    found = []
    for one in model.document["evaluation"]["groups"]:
        count, got = one["leads"], one["converted"]
        found.append(Group(count, one["predicted"], got, got / count, *wilson(got, count)))
    return found


def compared(model: LeadModel) -> list[Compared]:
    """The learned chance, the first grade and a product of frequencies side by side."""
    titles = {
        "learned": _("Learned chance"),
        "grade": _("Grade by the rules"),
        "product": _("Product of frequencies, as in Odoo"),
    }
    return [
        Compared(title, one["area"], one["square"], one.get("agreement"))
        for name, title in titles.items()
        if (one := model.compared.get(name))
    ]
