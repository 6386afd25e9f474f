"""Further questions of a survey are made, changed, moved and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from kefen_crm.platform import events
from kefen_crm.surveys.actions import SET_SURVEYS
from kefen_crm.surveys.models import Answer, Question, Survey
from kefen_crm.surveys.questions import SCORE, TESTS, asked_of
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User

FIELDS: Final = (
    "kind", "text_zh", "text_en", "required", "options", "low", "high", "when", "test", "value",
)  # fmt: skip
MOST: Final = 60
MOST_OPTIONS: Final = 30
LONGEST_OPTION: Final = 120
HIGHEST: Final = 10


@transaction.atomic
def save_question(
    actor: User,
    survey: Survey,
    question: Question | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> Question:
    """Add a question at the end of a survey, or change one.

    One that was answered keeps how it is answered; its choices may be reworded, and others added.

    Raises:
        PermissionDenied: unless `actor` may set surveys.
        Stale: when the survey is of another version than `expected_version`.
        ValidationError: by field.
    """
    require(actor, SET_SURVEYS)
    survey = events.locked(Survey.objects.all(), survey.pk, expected_version)
    before: dict[str, Any] = {}
    if question is None:
        last = survey.questions.aggregate(last=Max("position"))["last"] or 0
        question = Question(survey=survey, position=last + 1)
        if survey.questions.filter(active=True).count() >= MOST:
            raise ValidationError(_("A survey has at most %(count)s questions.") % {"count": MOST})
    else:
        question = survey.questions.get(pk=question.pk, active=True)
        before = _told(question)
    for name in FIELDS:
        if name in values:
            setattr(question, name, values[name])
    _check_answers(question)
    if before and answered(question):
        _check_change(question, before)
    _check_condition(question, survey)
    question.full_clean(exclude=["survey"])
    question.save()
    events.raised(survey)
    verb = "survey.question_changed" if before else "survey.question_made"
    events.record(actor, verb, survey, before=before, after=_told(question))
    return question


@transaction.atomic
def remove_question(actor: User, question: Question) -> None:
    """Ask a question no more; what was answered to it stays.

    Raises:
        PermissionDenied: unless `actor` may set surveys.
        ValidationError: where another question goes by it.
    """
    require(actor, SET_SURVEYS)
    survey = events.locked(Survey.objects.all(), question.survey_id)
    if survey.questions.filter(active=True, when=question.name).exists():
        raise ValidationError(_("Another question is asked by the answer to it."))
    if answered(question):
        Question.objects.filter(pk=question.pk).update(active=False)
    else:
        Question.objects.filter(pk=question.pk).delete()
    events.raised(survey)
    events.record(actor, "survey.question_removed", survey, before=_told(question))


@transaction.atomic
def move_question(actor: User, question: Question, by: int) -> None:
    """Move a question one place up (−1) or down (1); at the end nothing moves.

    Raises:
        PermissionDenied: unless `actor` may set surveys.
        ValidationError: where it would come before the one that it goes by.
    """
    require(actor, SET_SURVEYS)
    survey = events.locked(Survey.objects.all(), question.survey_id)
    order = asked_of(survey)
    place = next((place for place, one in enumerate(order) if one.pk == question.pk), None)
    if place is None or not 0 <= place + by < len(order):
        return
    first, second = sorted((place, place + by))
    if order[second].when == order[first].name:
        raise ValidationError(_("A question comes after the one whose answer it goes by."))
    order[first], order[second] = order[second], order[first]
    for position, one in enumerate(order, 1):
        Question.objects.filter(pk=one.pk).update(position=position)
    events.raised(survey)
    after = {"questions": [one.text_zh for one in order]}
    events.record(actor, "survey.questions_moved", survey, after=after)


def answered(question: Question) -> bool:
    """Whether a customer was shown a question and answered."""
    found = Answer.objects.filter(invite__survey=question.survey_id)
    return found.filter(values__has_key=question.name).exists()


def _check_answers(question: Question) -> None:
    """Refuse a question that cannot be answered; forget what its kind has no use for."""
    if question.kind in (Question.Kind.ONE, Question.Kind.MANY):
        if not 2 <= len(question.options) <= MOST_OPTIONS:
            text = _("From 2 to %(count)s choices.") % {"count": MOST_OPTIONS}
            raise ValidationError({"options": text})
        if any(len(word) > LONGEST_OPTION for one in question.options for word in one.values()):
            text = _("A choice has at most %(count)s characters.") % {"count": LONGEST_OPTION}
            raise ValidationError({"options": text})
    else:
        question.options = []
    if question.kind != Question.Kind.SCALE:
        question.low, question.high = 1, 5
    elif not 0 <= question.low < question.high <= HIGHEST:
        raise ValidationError(
            {"high": _("A scale lies within 0 and 10, and begins below its end.")}
        )


def _check_change(question: Question, before: Mapping[str, Any]) -> None:
    """Refuse what would give answers that are there another meaning."""
    text = _(
        "Customers answered it. Reword choices or add some; for the rest make another question."
    )
    kept = all(getattr(question, name) == before[name] for name in ("kind", "low", "high"))
    if not kept or len(question.options) < len(before["options"]):
        raise ValidationError({"kind": text})


def _check_condition(question: Question, survey: Survey) -> None:
    """Refuse a condition that no earlier answer can fulfil; name an option by its number."""
    if not question.when:
        question.test = question.value = ""
        return
    kind, earlier = _of(question, survey)
    if question.test not in TESTS[kind]:
        listed = ", ".join(str(one.label) for one in TESTS[kind])
        text = _("Of this question the condition is one of: %(tests)s.") % {"tests": listed}
        raise ValidationError({"test": text})
    question.value = question.value.strip()
    if kind == Question.Kind.SCALE:
        scale = survey.scale if earlier is None else range(earlier.low, earlier.high + 1)
        if question.value not in {str(one) for one in scale}:
            raise ValidationError({"value": _("Name one of its numbers.")})
    elif earlier is not None and earlier.options:
        named = {
            word.casefold(): str(number)
            for number, one in enumerate(earlier.options, 1)
            for word in (str(number), one["zh"], one["en"])
        }
        if question.value.casefold() not in named:
            raise ValidationError({"value": _("Name one of its choices.")})
        question.value = named[question.value.casefold()]
    elif not question.value:
        raise ValidationError({"value": _("Say which words.")})


def _of(question: Question, survey: Survey) -> tuple[Question.Kind, Question | None]:
    """How the question that the condition is on is answered; with the question, or the score."""
    if question.when == SCORE and survey.scored:
        return Question.Kind.SCALE, None
    earlier = {one.name: one for one in asked_of(survey) if one.position < question.position}
    if question.when not in earlier:
        raise ValidationError({"when": _("A question goes by an earlier one.")})
    found = earlier[question.when]
    return Question.Kind(found.kind), found


def _told(question: Question) -> dict[str, Any]:
    return {name: getattr(question, name) for name in FIELDS}
