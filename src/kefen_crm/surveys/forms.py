"""The forms of a survey, of its questions, of whom to ask, and of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.surveys.actions import LONGEST
from kefen_crm.surveys.models import Question, Survey
from kefen_crm.surveys.questions import SCORE, field_of, given, is_asked, number_field, worded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import QueryDict


class SurveyForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """What is asked, and when."""

    class Meta:
        model = Survey
        fields = ("title", "kind", "question_zh", "question_en", "after_tickets", "active")

    def _post_clean(self) -> None:
        """The action itself checks what it makes."""


class AskForm(forms.Form):
    """By which survey a customer is asked, and who."""

    survey = forms.ModelChoiceField(
        label=_("Survey"), queryset=Survey.objects.none(), empty_label=None
    )
    contact = forms.CharField(label=_("Who is asked"), max_length=254, required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        survey = self.fields["survey"]
        assert isinstance(survey, forms.ModelChoiceField)
        survey.queryset = Survey.objects.filter(active=True)


class AnswerForm(forms.Form):
    """What a customer is asked after the answers so far, and a comment.

    Where an answer brings up further questions the form is shown again with them, so it needs no
    scripts; what it showed is told by `shown`.
    """

    comment = forms.CharField(
        label=_("Would you like to tell us more?"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        survey: Survey,
        questions: Sequence[Question],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.kinds: dict[str, str] = {}
        answers: dict[str, Any] = {}
        if survey.scored:
            scored = number_field(survey.question, survey.scale, required=True)
            answers[SCORE] = self._asked(SCORE, SCORE, scored)
        for one in questions:
            if is_asked(one, answers):
                answers[one.name] = self._asked(one.name, one.kind, field_of(one))
        self.order_fields([*self.kinds, "comment"])
        shown = set(data.getlist("shown")) if data is not None else set()
        scored_alone = {SCORE} if survey.scored else set()
        self.new = set(self.kinds) - shown - scored_alone if data is not None else set()

    def _asked(self, name: str, kind: str, field: forms.Field) -> Any:
        """Add a question, and give what was answered; None where that is none."""
        self.fields[name], self.kinds[name] = field, kind
        if not self.is_bound:
            return self.initial.get(name)
        try:
            raw = field.widget.value_from_datadict(self.data, self.files, name)
            return given(field.clean(raw))
        except forms.ValidationError:
            return None

    def full_clean(self) -> None:
        """Check it; of a question that is shown the first time it is no error to be empty."""
        super().full_clean()
        for name in self.new:
            self.errors.pop(name, None)

    @property
    def complete(self) -> bool:
        """Whether everything that is asked was shown and answered as it may be."""
        return self.is_valid() and not self.new

    def parts(self) -> list[tuple[str, forms.BoundField, bool]]:
        """Each question as how it is answered, its field, and whether it is new on the page."""
        return [(kind, self[name], name in self.new) for name, kind in self.kinds.items()]

    def said(self) -> dict[str, Any]:
        """What was answered, as the action takes it."""
        known = self.cleaned_data
        values = {name: known[name] for name in self.kinds if name != SCORE}
        return {"score": known.get(SCORE), "comment": known["comment"], "values": values}


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """A further question, and when it is asked."""

    options = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line, in Chinese and English: 价格 | Price. Only of choices."),
    )

    class Meta:
        model = Question
        fields = (
            "text_zh", "text_en", "kind", "options", "low", "high", "required",
            "when", "test", "value",
        )  # fmt: skip
        help_texts = {
            "low": _("Only of a number on a scale; at most from 0 to 10."),
            "value": _("A choice by its words; the condition of several choices is “contains”."),
        }

    def __init__(self, data: Any = None, *, survey: Survey, instance: Any = None) -> None:
        initial = {}
        if instance is not None:
            earlier = {one.name: one for one in survey.questions.all()}
            initial = {
                "options": lines_of(instance.options),
                "value": worded(earlier.get(instance.when), instance.value),
            }
        super().__init__(data, instance=instance, initial=initial)
        choices: list[tuple[str, Any]] = [("", _("everybody is asked"))]
        if survey.scored:
            choices.append((SCORE, survey.question))
        before = survey.questions.filter(active=True)
        if instance is not None:
            before = before.filter(position__lt=instance.position)
        choices += [(one.name, one.text) for one in before]
        self.fields["when"] = forms.ChoiceField(
            label=self.fields["when"].label, choices=choices, required=False
        )

    def _post_clean(self) -> None:
        """The action itself checks what it makes."""

    def clean_options(self) -> list[dict[str, str]]:
        """The choices as their wordings."""
        return options_of(self.cleaned_data["options"])


def options_of(text: str) -> list[dict[str, str]]:
    """Choices from their lines; one without English is worded alike in both."""
    found = []
    for line in text.splitlines():
        chinese, _sign, english = (part.strip() for part in line.partition("|"))
        if chinese or english:
            found.append({"zh": chinese or english, "en": english or chinese})
    return found


def lines_of(options: Sequence[Mapping[str, str]]) -> str:
    """Choices as lines, as `options_of` reads them."""
    return "\n".join(f"{one['zh']} | {one['en']}" for one in options)
