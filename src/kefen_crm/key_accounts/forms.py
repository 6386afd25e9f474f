"""The forms of key accounts and of the map of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.contacts.models import Contact
from kefen_crm.key_accounts.models import Influence, KeyAccount, Stance

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.key_accounts.people import Person


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """What is to be reached with a key account, and how it buys."""

    class Meta:
        model = KeyAccount
        fields = KeyAccount.FIELDS
        widgets = {name: forms.Textarea(attrs={"rows": 4}) for name in KeyAccount.FIELDS}
        help_texts = {
            "rules": _("Such as: a list of suppliers, three bids from an amount on, days on which "
                       "a committee meets."),
        }  # fmt: skip


class PlaceForm(forms.Form):
    """How a contact stands to buying."""

    role = forms.ChoiceField(
        label=_("What they have to say"), choices=[("", "–"), *Contact.Role.choices], required=False
    )
    stance = forms.TypedChoiceField(
        label=_("Stance"), required=False, coerce=int, empty_value=None,
        choices=[("", pgettext_lazy("stance", "not known")), *reversed(Stance.choices)],
    )  # fmt: skip
    influence = forms.TypedChoiceField(
        label=_("Influence"), required=False, coerce=int, empty_value=None,
        choices=[("", pgettext_lazy("influence", "not known")), *reversed(Influence.choices)],
    )  # fmt: skip
    reports_to = forms.ModelChoiceField(
        label=_("Reports to"), queryset=Contact.objects.none(), required=False,
        empty_label=pgettext_lazy("reports to", "nobody there"),
    )  # fmt: skip
    note = forms.CharField(
        label=capfirst(_("note")), max_length=500, required=False,
        help_text=_("What matters to them, and whom they listen to."),
    )  # fmt: skip

    def __init__(
        self,
        data: Any = None,
        *,
        customer: Customer,
        person: Person | None = None,
        role: str = "",
    ) -> None:
        """`person` is who is placed; `role` what is known of one who is not there yet."""
        names = ("role", "stance", "influence", "note")
        first = {name: getattr(person, name) for name in names} if person else {"role": role}
        super().__init__(data, initial=first | {"reports_to": person and person.boss})
        field = self.fields["reports_to"]
        assert isinstance(field, forms.ModelChoiceField)
        others = Contact.objects.filter(customer=customer, left_on=None)
        field.queryset = others.exclude(pk=person.contact.pk) if person else others


class PersonForm(PlaceForm):
    """A new contact, and how they stand to buying."""

    name = forms.CharField(label=_("Name"), max_length=120)
    title = forms.CharField(label=_("Position"), max_length=120, required=False)

    field_order = ("name", "title", "role")
