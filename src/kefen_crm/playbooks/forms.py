from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.playbooks.models import Spend, Target
from kefen_crm.team.models import User

DATE = {"type": "date"}


class SpendForm(forms.Form):
    """Something that was spent on a customer."""

    kind = forms.ChoiceField(label=_("What"), choices=Spend.Kind.choices)
    on = forms.DateField(label=_("On"), widget=forms.DateInput(attrs=DATE))
    hours = forms.DecimalField(
        label=_("Hours"), required=False, min_value=0, max_digits=7, decimal_places=2
    )
    money = forms.DecimalField(
        label=_("Money, in the base currency"),
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=2,
    )
    text = forms.CharField(label=_("What it was"), required=False, max_length=500)


class ReasonForm(forms.Form):
    """Why something spent is withdrawn."""

    reason = forms.CharField(label=_("Why?"), max_length=500)


class StaffForm(forms.Form):
    """How much of a person's week is for customers."""

    hours_week = forms.DecimalField(
        label=_("Hours a week"), min_value=0, max_value=80, max_digits=4, decimal_places=1
    )
    share = forms.IntegerField(
        label=_("Of it for customers, in percent"), min_value=0, max_value=100
    )
    ceiling = forms.IntegerField(
        label=_("Customers at most"),
        min_value=0,
        max_value=1_000_000,
        help_text=_("0: no such ceiling."),
    )


class TargetForm(forms.Form):
    """What a person is to reach this year with the customers of a playbook."""

    user = forms.ModelChoiceField(label=_("Who"), queryset=User.objects.none())
    rule = forms.ChoiceField(label=_("Playbook"))
    measure = forms.ChoiceField(label=_("Measure"), choices=Target.Measure.choices)
    amount = forms.IntegerField(
        label=_("To reach this year"),
        min_value=0,
        max_value=1_000_000,
        help_text=_("0 takes the target away."),
    )
