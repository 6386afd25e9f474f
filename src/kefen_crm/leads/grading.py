"""How a lead is graded: by its source and by what its inquiry tells, the first rule that fits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override
from pydantic import Field

from kefen_crm.leads.models import Source
from kefen_crm.platform import rules
from kefen_crm.platform.scoped_rules import Facts, ScopedRule, misfit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kefen_crm.leads.models import Lead
    from kefen_crm.platform.parts import Text

LEAD_GRADE: Final = "lead_grade"
GRADES: Final = ("A", "B", "C", "D")
DETAILS: Final[dict[str, Text]] = {
    "company": _("company"),
    "reach": _("phone or e-mail"),
    "need": _("what they need, in a sentence"),
    "product": _("product"),
    "quantity": _("quantity"),
    "budget": _("budget"),
    "wanted_on": _("day it is wanted by"),
}
"""What an inquiry can tell."""
_SENTENCE: Final = 12
"""Characters from which words are a need in a sentence."""
_WORDS: Final = re.compile(r"[,，、;；\n]+")


class LeadRule(ScopedRule):
    """Leads of these sources, whose inquiry tells so much, have this grade."""

    grade: Literal["A", "B", "C", "D"] = Field(default="C", title=gettext_noop("Grade"))
    sources: str = Field(
        default="", max_length=300, title=gettext_noop("Sources"),
        description=gettext_noop("Such as referral, exhibition; empty for every source."),
    )  # fmt: skip
    details: int = Field(
        default=0, ge=0, le=len(DETAILS), title=gettext_noop("Tells at least so many details"),
        description=gettext_noop(
            "Of company, phone or e-mail, need, product, quantity, budget and day."
        ),
    )  # fmt: skip
    words: str = Field(
        default="", max_length=300, title=gettext_noop("One of these words is in the inquiry"),
    )  # fmt: skip
    fade_days: int = Field(
        default=0, ge=0, le=365, title=gettext_noop("Falls by a grade for so many untouched days"),
        description=gettext_noop("0: it keeps its grade."),
    )  # fmt: skip


@dataclass(frozen=True)
class Passed:
    """A rule that does not fit a lead, and which `part` of it does not, such as `sources`."""

    rule: LeadRule
    part: str
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graded:
    """The grade of a lead, and why.

    Attributes:
        rule: the first that fits; None where none does, and the grade is empty.
        told, untold: keys of `DETAILS`.
        faded: by how many grades it fell for being left alone.
        passed: the rules before it.
    """

    grade: str
    rule: LeadRule | None
    told: tuple[str, ...]
    untold: tuple[str, ...]
    faded: int
    passed: tuple[Passed, ...]


def details_of(lead: Lead) -> tuple[str, ...]:
    """The details that an inquiry tells."""
    there = {
        "company": lead.company,
        "reach": lead.phone or lead.email,
        "need": len(lead.inquiry.strip()) >= _SENTENCE,
        "product": lead.product,
        "quantity": lead.quantity,
        "budget": lead.budget,
        "wanted_on": lead.wanted_on,
    }
    return tuple(key for key in DETAILS if there[key])


def graded(lead: Lead, found: Sequence[LeadRule], now: datetime) -> Graded:
    """The grade of a lead by rules: by the first that fits, less what it faded by."""
    known = details_of(lead)
    unknown = tuple(key for key in DETAILS if key not in known)
    passed: list[Passed] = []
    facts = Facts(region=lead.region)
    for rule in found:
        part = _misfit(lead, rule, known, facts)
        if part:
            passed.append(Passed(rule, part, unknown if part == "details" else ()))
            continue
        days = (now - lead.touched_at) // timedelta(days=1)
        first = GRADES.index(rule.grade)
        last = min(first + (days // rule.fade_days if rule.fade_days else 0), len(GRADES) - 1)
        return Graded(GRADES[last], rule, known, unknown, last - first, tuple(passed))
    return Graded("", None, known, unknown, 0, tuple(passed))


def in_force() -> list[Any]:
    """The rules by which leads are graded now."""
    return rules.in_force(LEAD_GRADE)


def put_grade(lead: Lead, found: Sequence[LeadRule], now: datetime) -> Graded:
    """Write the grade into a lead, without saving it."""
    given = graded(lead, found, now)
    lead.grade, lead.rule = given.grade, given.rule.name if given.rule else ""
    return given


def words_of(source: str) -> set[str]:
    """How a source may be named in a rule: by its key, or in either language."""
    names = {source}
    for language in ("en", "zh-hans"):
        with override(language):
            names.add(str(Source(source).label))
    return {one.lower() for one in names}


def _misfit(lead: Lead, rule: LeadRule, known: Sequence[str], facts: Facts) -> str:
    """The first part of a rule that does not fit; empty when all fit."""
    if part := misfit(rule.scope, facts):
        return part
    if rule.sources.strip() and not words_of(lead.source) & set(listed(rule.sources)):
        return "sources"
    if len(known) < rule.details:
        return "details"
    text = f"{lead.inquiry} {lead.product}".lower()
    if rule.words.strip() and not any(word in text for word in listed(rule.words)):
        return "words"
    return ""


def listed(text: str) -> list[str]:
    """Words that commas part, in small letters."""
    return [word.strip().lower() for word in _WORDS.split(text) if word.strip()]
