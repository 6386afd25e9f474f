"""The forms of a contract."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.key_accounts.models import Contract
from kefen_crm.opportunities.permits import SELL
from kefen_crm.team.queries import permitted


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ContractForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """What a contract says."""

    draft = forms.BooleanField(label=_("Not signed yet"), required=False)

    class Meta:
        model = Contract
        fields = Contract.FIELDS
        widgets = {
            "begins_on": _date(),
            "ends_on": _date(),
            "note": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "notice_days": _(
                "Before its end; until then notice is given, or agreed how it goes on."
            ),
            "renew_months": _("Where it renews by itself."),
        }

    def __init__(self, data: Any = None, *, one: Contract | None = None, **more: Any) -> None:
        """`one` is the contract that is changed."""
        first = {name: getattr(one, name) for name in Contract.FIELDS} if one else {}
        super().__init__(data, initial=first | more.pop("initial", {}), **more)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = permitted(SELL).order_by("first_name", "username")
        if one:
            del self.fields["draft"]


class RenewForm(forms.Form):
    """Until when a contract goes on."""

    ends_on = forms.DateField(label=_("Until"), widget=_date())
    value = forms.DecimalField(
        label=_("Value"), max_digits=18, decimal_places=2, min_value=0, required=False
    )


class EndForm(forms.Form):
    """How a contract ends, and why."""

    how = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("notice", _("Notice is given: it ends on its day")),
            ("ended", _("It has ended already")),
        ],
    )
    reason = forms.CharField(label=_("Why"), max_length=500)
