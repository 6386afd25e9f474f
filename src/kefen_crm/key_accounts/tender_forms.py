"""The forms of a tender."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from kefen_crm.key_accounts.models import Tender
from kefen_crm.key_accounts.tenders import TO, read_items
from kefen_crm.opportunities.models import Opportunity
from kefen_crm.opportunities.permits import SELL
from kefen_crm.team.models import User
from kefen_crm.team.queries import permitted

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer

_ENDED = ("bond_paid_on", "bond_back_on", "note")


class ItemsField(forms.CharField):
    """What a bid needs, a line each."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(one["text"] for one in value) if isinstance(value, list) else value


def day_field(model: Any, name: str) -> forms.DateField:
    """A day of a model, not asked for."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=_title(model, name), required=False, widget=widget)


def _moment(name: str, *, required: bool = False) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=_title(Tender, name), required=required, widget=widget)


def _title(model: Any, name: str) -> str:
    return str(capfirst(model._meta.get_field(name).verbose_name))  # noqa: SLF001  # as documented


class TenderForm(forms.Form):
    """What a tender is; of one that has ended its bond and the note."""

    title = forms.CharField(label=_("What it is about"), max_length=200)
    reference = forms.CharField(label=_("Tender number"), max_length=80, required=False)
    due_at = _moment("due_at", required=True)
    questions_until = day_field(Tender, "questions_until")
    opens_at = _moment("opens_at")
    published_on = day_field(Tender, "published_on")
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=2, min_value=0, required=False
    )
    opportunity = forms.ModelChoiceField(
        label=_("Opportunity"), queryset=Opportunity.objects.none(), required=False
    )
    bond = forms.DecimalField(
        label=_("Bond"), max_digits=18, decimal_places=2, min_value=0, required=False
    )
    bond_paid_on = day_field(Tender, "bond_paid_on")
    bond_back_on = day_field(Tender, "bond_back_on")
    owner = forms.ModelChoiceField(
        label=_("Whose"), queryset=User.objects.none(), required=False, empty_label=_("Nobody's")
    )
    checklist = ItemsField(
        label=_("What a bid needs"), required=False, max_length=10_000,
        help_text=_("A line each, such as: business licence, bond paid, samples sent."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self, data: Any = None, *, customer: Customer, one: Tender | None = None, **more: Any
    ) -> None:
        """`one` is the tender that is changed."""
        if one:
            more["initial"] = {name: getattr(one, name) for name in Tender.FIELDS}
        super().__init__(data, **more)
        self.known = one
        owner, opportunity = self.fields["owner"], self.fields["opportunity"]
        assert isinstance(owner, forms.ModelChoiceField)
        assert isinstance(opportunity, forms.ModelChoiceField)
        owner.queryset = permitted(SELL).order_by("first_name", "username")
        opportunity.queryset = Opportunity.objects.filter(customer=customer).order_by("-pk")
        if one and not one.open:
            self.fields = {name: self.fields[name] for name in _ENDED}

    def clean_checklist(self) -> list[dict[str, Any]]:
        """The items, those that were done still done."""
        known = self.known.checklist if self.known else None
        return read_items(self.cleaned_data["checklist"], known)


class StateForm(forms.Form):
    """Which state a tender comes to, and why."""

    state = forms.ChoiceField(label=_("State"))
    reason = forms.CharField(
        label=_("Why"), max_length=500, required=False,
        help_text=_("Needed where it is lost, withdrawn, or taken up again."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, one: Tender, **more: Any) -> None:
        super().__init__(data, **more)
        titles = dict(Tender.State.choices)
        field = self.fields["state"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(state, titles[state]) for state in TO[one.state]]
