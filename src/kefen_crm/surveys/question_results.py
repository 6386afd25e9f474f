"""What was answered to further questions, by class: of those who were asked each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.grading.by_class import in_order, with_class
from kefen_crm.platform.intervals import Z, wilson
from kefen_crm.surveys.models import Question, Survey
from kefen_crm.surveys.results import answers_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.team.models import User

WORDS: Final = 10
"""Answers in words that are listed, the newest."""


@dataclass(frozen=True)
class Share:
    """How many chose an option, of those who were asked and answered.

    Attributes:
        value: the option by its number.
        share, low, high: with its 95 % interval (Wilson 1927); None where nobody answered.
    """

    value: str
    title: str
    count: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Group:
    """The answers of a class to one question; its key is empty for all together.

    Attributes:
        asked: who answered the survey and was shown the question.
        answered: of these, who answered it.
        mean, margin: of a scale, with half of its 95 % interval.
    """

    key: str
    title: str
    asked: int
    answered: int
    shares: list[Share]
    mean: float | None
    margin: float | None


@dataclass(frozen=True)
class QuestionResult:
    """One question with its answers by class, all together last."""

    question: Question
    groups: list[Group]
    words: list[str]


def question_results(user: User, survey: Survey) -> list[QuestionResult]:
    """The questions of a survey with what customers in reach answered.

    Questions that are not asked any more stand last, where they were answered.
    """
    scheme = leading_scheme()
    found = with_class(answers_for(user, survey), scheme, "invite__customer")
    rows = list(found.values_list("class_key", "values"))
    order = in_order(scheme, {key for key, _values in rows})
    titles = {one.key: one.title for one in scheme.classes} if scheme else {}
    listed = []
    for one in sorted(survey.questions.all(), key=lambda one: not one.active):
        said = [(key, values[one.name]) for key, values in rows if one.name in values]
        if not one.active and not said:
            continue
        groups = [
            _group(one, key, titles.get(key, key) or _("Unrated"), [v for k, v in said if k == key])
            for key in order
            if any(k == key for k, _v in said)
        ]
        groups.append(_group(one, "", _("Together"), [value for _key, value in said]))
        words = [value for _key, value in said if value and one.kind == Question.Kind.TEXT]
        listed.append(QuestionResult(one, groups, words[:WORDS]))
    return listed


def _group(question: Question, key: str, title: str, said: list[Any]) -> Group:
    given = [one for one in said if one is not None]
    mean = margin = None
    if question.kind == Question.Kind.SCALE and given:
        mean = sum(given) / len(given)
        if len(given) > 1:
            squares = sum((one - mean) ** 2 for one in given)
            margin = Z * sqrt(squares / (len(given) - 1) / len(given))
    shares = [_share(*option, given) for option in question.wordings]
    return Group(key, title, len(said), len(given), shares, mean, margin)


def _share(value: str, title: str, given: Iterable[Any]) -> Share:
    chosen = [value in one if isinstance(one, list) else one == value for one in given]
    count, total = Counter(chosen)[True], len(chosen)
    low, high = wilson(count, total) if total else (None, None)
    return Share(value, title, count, count / total if total else None, low, high)
