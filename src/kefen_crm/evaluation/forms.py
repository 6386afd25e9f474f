from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.grading import queries

HORIZONS = [
    ("1m", _("1 month")),
    ("3m", _("3 months")),
    ("6m", _("6 months")),
    ("12m", _("1 year")),
]


def _schemes() -> list[tuple[str, str]]:
    return [(scheme.name, scheme.title) for scheme in queries.published()]


class ReadinessForm(forms.Form):
    """How many customers one person can care for."""

    attention = forms.IntegerField(
        label=_("Customers one person can care for"),
        min_value=1,
        max_value=100_000,
        initial=150,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )


class BacktestForm(forms.Form):
    """Which schemes to try on which past dates."""

    schemes = forms.MultipleChoiceField(
        label=_("Schemes"), choices=_schemes, widget=forms.CheckboxSelectMultiple
    )
    horizon = forms.ChoiceField(label=_("What came after, within"), choices=HORIZONS, initial="3m")
    periods = forms.IntegerField(
        label=_("Past dates"),
        min_value=1,
        max_value=24,
        initial=4,
        help_text=_("The last one so that what came after it is known in full."),
    )
    every = forms.ChoiceField(label=_("Time between dates"), choices=HORIZONS, initial="3m")
    value = forms.ChoiceField(
        label=_("Worth of a customer"),
        choices=[("sales", _("Sales")), ("profit", _("Gross profit"))],
        initial="sales",
    )


class ChurnForm(forms.Form):
    """How long a customer must buy nothing to have left."""

    horizon = forms.ChoiceField(
        label=_("Buys nothing for"),
        choices=HORIZONS,
        initial="6m",
        widget=forms.Select(attrs={"class": "form-select"}),
    )


class AgreementForm(forms.Form):
    """Two schemes to compare, each as it is in force."""

    first = forms.ChoiceField(
        label=_("First scheme"),
        choices=_schemes,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    second = forms.ChoiceField(
        label=_("Second scheme"),
        choices=_schemes,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def clean(self) -> dict[str, Any]:
        """Two different schemes."""
        data = super().clean() or {}
        if data.get("first") and data.get("first") == data.get("second"):
            self.add_error("second", _("Choose another scheme than the first."))
        return data
