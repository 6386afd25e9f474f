from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.loyalty.coupons import rewards_for
from kefen_crm.platform import numbers

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer


class EarnForm(forms.Form):
    """An amount that gives points by the rules, or so many points."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount of the order"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("By the rules; or say points below."),
    )
    points = forms.IntegerField(label=gettext_lazy("Points"), min_value=1, required=False)
    order = forms.CharField(label=gettext_lazy("Order"), max_length=200, required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, required=False)


class SpendForm(forms.Form):
    """How many points are spent, and for what."""

    points = forms.IntegerField(label=gettext_lazy("Points"), min_value=1)
    order = forms.CharField(label=gettext_lazy("Order"), max_length=200, required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, required=False)


class LeaveForm(forms.Form):
    """Why a member leaves."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, required=False)


class AdjustForm(forms.Form):
    """Points given or taken by hand."""

    points = forms.IntegerField(
        label=gettext_lazy("Points"), help_text=gettext_lazy("Below 0 takes points.")
    )
    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=500)


class ReverseForm(forms.Form):
    """How much of an earning or a spending is taken back."""

    points = forms.IntegerField(
        label=gettext_lazy("Points"),
        min_value=1,
        required=False,
        help_text=gettext_lazy("Empty takes back all that is left of it."),
    )
    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=500, required=False)


class RewardForm(forms.Form):
    """A reward for points."""

    reward = forms.ChoiceField(label=gettext_lazy("Reward"))

    def __init__(self, data: Any = None, *, customer: Customer) -> None:
        super().__init__(data)
        field = self.fields["reward"]
        assert isinstance(field, forms.ChoiceField)
        text = _("%(name)s · %(points)s points")
        field.choices = [
            (one.name, text % {"name": one.name, "points": numbers.whole(one.points)})
            for one in rewards_for(customer)
        ]


class GiftForm(forms.Form):
    """A coupon that costs no points."""

    title = forms.CharField(label=gettext_lazy("What for?"), max_length=80)
    worth = forms.DecimalField(
        label=gettext_lazy("Worth in the base currency"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        required=False,
    )
    days = forms.IntegerField(
        label=gettext_lazy("Valid for days"), min_value=1, max_value=3_650, initial=90
    )
    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=500)


class RedeemForm(forms.Form):
    """A coupon that somebody brings."""

    code = forms.CharField(label=gettext_lazy("Code of the coupon"), max_length=16)
    order = forms.CharField(label=gettext_lazy("Order"), max_length=200, required=False)
