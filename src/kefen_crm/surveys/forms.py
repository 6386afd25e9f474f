"""The forms of a survey, of whom to ask, and of an answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.surveys.actions import LONGEST
from kefen_crm.surveys.models import Survey


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
    """A number of the scale, and a comment."""

    score = forms.TypedChoiceField(
        coerce=int, widget=forms.RadioSelect(attrs={"class": "form-selectgroup-input"})
    )
    comment = forms.CharField(
        label=_("Would you like to tell us more?"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )

    def __init__(self, data: Any = None, *, survey: Survey, **more: Any) -> None:
        super().__init__(data, **more)
        score = self.fields["score"]
        assert isinstance(score, forms.TypedChoiceField)
        score.label = survey.question
        score.choices = [(one, str(one)) for one in survey.scale]
