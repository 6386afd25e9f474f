from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """Why something is left undone."""

    reason = forms.CharField(label=_("Why?"), max_length=500)


class TextForm(forms.Form):
    """The words of a letter; both empty for those that come with Kefen."""

    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    text = forms.CharField(
        label=_("Text"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 16}),
    )
