from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.webhooks.actions import verbs


class EndpointForm(forms.Form):
    """Where to send what."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    verbs = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 10}),
        help_text=_("Choose none to send all."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        known: Any = self.fields["verbs"]
        known.choices = [(verb, f"{title} · {verb}") for verb, title in verbs().items()]
