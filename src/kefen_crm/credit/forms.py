from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ExceptionForm(forms.Form):
    """Other terms for one customer until a day."""

    limit = forms.DecimalField(
        label=_("Limit"),
        max_digits=18,
        decimal_places=2,
        required=False,
        help_text=_("Empty leaves the limit as it is."),
    )
    despite_overdue = forms.BooleanField(
        label=_("Orders pass although money is late"), required=False
    )
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("Why?"), max_length=500)


class DecisionForm(forms.Form):
    """What is answered to whoever asked for an exception."""

    answer = forms.CharField(label=_("Answer"), max_length=500, required=False)


class RejectionForm(DecisionForm):
    """Why it is rejected, in a dialog."""

    decision = forms.CharField(widget=forms.HiddenInput, initial="reject")


class ReasonForm(forms.Form):
    """Why orders are held, or released."""

    reason = forms.CharField(label=_("Why?"), max_length=500)


class CheckForm(forms.Form):
    """An order that a customer is about to make."""

    amount = forms.DecimalField(
        label=_("Amount of the order"), min_value=0, max_digits=18, decimal_places=2
    )
    prepaid = forms.BooleanField(label=_("Paid in advance"), required=False)
