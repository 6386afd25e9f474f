from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.class_contracts.models import Objection

_LONGEST = 2000


class ObjectionForm(forms.Form):
    """Why a class is not right."""

    text = forms.CharField(
        label=_("Why the class is not right"),
        max_length=_LONGEST,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Name the fact that is wrong or missing, and where it is written."),
    )


class AnswerForm(forms.Form):
    """What becomes of an objection."""

    state = forms.ChoiceField(
        label=_("Answer"),
        choices=[one for one in Objection.State.choices if one[0] != Objection.State.OPEN],
    )
    answer = forms.CharField(
        label=_("Reason"), max_length=_LONGEST, widget=forms.Textarea({"rows": 4})
    )
