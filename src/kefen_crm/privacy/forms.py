from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class PersonForm(forms.Form):
    """Somebody who is no customer, by what they are called and reached by."""

    words = forms.CharField(
        label=_("Names, telephone numbers and addresses"),
        max_length=2_000,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
        help_text=_("One in each line, as they may be written anywhere."),
    )

    def clean_words(self) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in self.cleaned_data["words"].splitlines() if line.strip()]


class ErasePersonForm(PersonForm):
    """Why somebody is erased, and the first word typed once more."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("It is kept in the register; do not name the person in it."),
    )
    typed = forms.CharField(
        label=_("Type the first of the words to confirm"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
    )


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
