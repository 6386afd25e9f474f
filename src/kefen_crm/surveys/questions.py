"""Which questions a customer is asked after which answers, and what may be answered to each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kefen_crm.surveys.models import Question, Survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCORE: Final = "score"
LONGEST_WORDS: Final = 1_000
"""Characters of an answer in words."""
TESTS: Final = {
    Question.Kind.ONE: (Question.Test.EQUAL,),
    Question.Kind.MANY: (Question.Test.CONTAINS,),
    Question.Kind.SCALE: (Question.Test.EQUAL, Question.Test.AT_MOST, Question.Test.AT_LEAST),
    Question.Kind.TEXT: (Question.Test.EQUAL, Question.Test.CONTAINS),
}
"""The conditions on an answer, by how a question is answered."""


def asked_of(survey: Survey) -> list[Question]:
    """The further questions that a survey asks, in their order."""
    return list(survey.questions.filter(active=True))


def is_asked(question: Question, answers: Mapping[str, Any]) -> bool:
    """Whether a question is asked after answers, by the names of their questions.

    One whose condition is on a question that was not asked, or not answered, is not asked.
    """
    if not question.when:
        return True
    said = answers.get(question.when)
    if said is None:
        return False
    wanted, test = question.value, question.test
    if test == Question.Test.CONTAINS:
        if isinstance(said, list):
            return wanted in said
        return wanted.casefold() in str(said).casefold()
    if test == Question.Test.EQUAL:
        return str(said).casefold() == wanted.casefold()
    if not isinstance(said, int):
        return False
    return said <= int(wanted) if test == Question.Test.AT_MOST else said >= int(wanted)


def checked(
    questions: Iterable[Question], score: int | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """What is noted of answers: those to questions that are asked after them; None without one.

    Raises:
        ValidationError: by the names of questions.
    """
    answers: dict[str, Any] = {} if score is None else {SCORE: score}
    noted: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for one in questions:
        if not is_asked(one, answers):
            continue
        try:
            said = given(field_of(one).clean(values.get(one.name)))
        except ValidationError as error:
            errors[one.name] = error
        else:
            noted[one.name] = answers[one.name] = said
    if errors:
        raise ValidationError(errors)
    return noted


def given(value: Any) -> Any:
    """What was answered; None where that is nothing. The number 0 is an answer."""
    return None if value in ("", []) else value


def field_of(question: Question) -> forms.Field:
    """The field of a form that a question is answered by."""
    required, label = question.required, question.text
    if question.kind == Question.Kind.TEXT:
        widget = forms.Textarea(attrs={"rows": 3, "class": "form-control"})
        return forms.CharField(
            label=label, required=required, max_length=LONGEST_WORDS, widget=widget
        )
    if question.kind == Question.Kind.MANY:
        return forms.MultipleChoiceField(
            label=label,
            required=required,
            choices=question.wordings,
            widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        )
    if question.kind == Question.Kind.ONE:
        return forms.ChoiceField(
            label=label,
            required=required,
            choices=question.wordings,
            widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        )
    return number_field(label, range(question.low, question.high + 1), required=required)


def number_field(label: str, scale: range, *, required: bool) -> forms.Field:
    """The field of a form that is answered by a number of a scale."""
    return forms.TypedChoiceField(
        label=label,
        required=required,
        coerce=int,
        empty_value=None,
        choices=[(one, str(one)) for one in scale],
        widget=forms.RadioSelect(attrs={"class": "form-selectgroup-input"}),
    )


def worded(question: Question | None, value: str) -> str:
    """The value of a condition on a question, in words where it names an option."""
    return dict(question.wordings).get(value, value) if question else value


def condition_of(question: Question, survey: Survey, asked: Iterable[Question]) -> str:
    """When a question is asked, in words; empty where everybody is."""
    if not question.when:
        return ""
    earlier = next((one for one in asked if one.name == question.when), None)
    told = {
        "question": earlier.text if earlier else survey.question,
        "test": question.get_test_display(),
        "value": worded(earlier, question.value),
    }
    return _("only if the answer to “%(question)s” %(test)s “%(value)s”") % told
