from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class EraseForm(forms.Form):
    """Why a customer is erased, and its code typed once more."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("It is kept in the register; do not name the customer in it."),
    )
    typed = forms.CharField(
        label=_("Type the customer's code to confirm"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
