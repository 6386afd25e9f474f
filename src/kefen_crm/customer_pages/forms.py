from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.customer_pages.profile import SHOWN, label
from kefen_crm.customers import fields
from kefen_crm.customers.choices import choices
from kefen_crm.customers.fields import OWNER
from kefen_crm.gateway import customers as engine
from kefen_crm.team.forms import Datalist
from kefen_crm.team.queries import people
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

SUGGESTED = ("region", "province", "industry", "size", "customer_type", "source_channel")
"""Fields that offer the values other customers have."""
FIRST = ("contact", "phone", "email", "province", "city", "address", "industry", "source_channel")
"""What is asked of a new customer at once; the rest is under More."""


def form_field(name: str) -> forms.Field:
    """The field of a form for a field of the customer; what it takes is checked by the action.

    It has no `maxlength`, by which a browser cuts what is pasted without a word.
    """
    if name == OWNER:
        return forms.ModelChoiceField(
            people(), label=_("Owner"), required=False, empty_label=_("Nobody")
        )
    more: dict[str, Any] = {"label": label(name).capitalize(), "required": name == "name"}
    if name == "note":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), **more)
    if name in engine.DATES:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **more)
    if name == "credit_limit":
        return forms.DecimalField(max_digits=18, decimal_places=2, min_value=0, **more)
    if name == "credit_days":
        return forms.IntegerField(min_value=0, max_value=36_500, **more)
    if name == "email":
        return forms.EmailField(max_length=None, **more)
    found = forms.CharField(**more)
    if name in SUGGESTED:
        found.widget = Datalist(choices(name))
    if name == "phone":
        found.widget.input_type = "tel"
    return found


class FieldForm(forms.Form):
    """One field of a customer; `was` is what stood there when it was opened."""

    was = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer, name: str, **more: Any) -> None:
        stood = fields.current_text(customer, name)
        first = {"was": stood, name: fields.value(name, stood) if name != OWNER else stood}
        super().__init__(*args, **more | {"initial": first})
        field = form_field(name)
        field.widget.attrs |= {
            "class": "form-select" if name == OWNER else "form-control",
            "autofocus": True,
            "aria-label": str(field.label),
        }
        self.fields[name] = field


class NewCustomerForm(forms.Form):
    """A customer as somebody types it in."""

    name = forms.CharField()
    code = forms.CharField(
        label=_("Code"),
        required=False,
        help_text=_("As the books have it, so that imports find the customer. Empty: one is made."),
    )

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in (*FIRST, *(one for one in SHOWN if one not in FIRST)):
            self.fields[name] = form_field(name)
        if may(user, Permit.ASSIGN_CUSTOMERS):
            self.fields[OWNER] = form_field(OWNER)
            self.fields[OWNER].initial = user.pk
        self.fields["name"].label = label("name").capitalize()
        self.fields["name"].widget.attrs["autofocus"] = True

    @property
    def first(self) -> list[forms.BoundField]:
        """What is asked at once."""
        names = ("name", "code", *FIRST, OWNER)
        return [self[name] for name in names if name in self.fields]

    @property
    def more(self) -> list[forms.BoundField]:
        """The rest."""
        shown = {one.name for one in self.first}
        return [one for one in self if one.name not in shown]

    @property
    def more_failed(self) -> bool:
        """Whether something is to be mended among the rest."""
        return any(one.errors for one in self.more)
