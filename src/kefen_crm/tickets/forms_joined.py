"""The forms that ask which other ticket is meant: to merge with, or to link to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kefen_crm.tickets.link_models import TicketLink
from kefen_crm.tickets.models import Ticket
from kefen_crm.tickets.queries import number_in

if TYPE_CHECKING:
    from django.db.models import QuerySet

PROPOSED: Final = 8


class OtherForm(forms.Form):
    """Another ticket, of those proposed or by its number; `chosen` once it is clean."""

    into = forms.ModelChoiceField(
        label=_("Ticket"),
        queryset=Ticket.objects.none(),
        required=False,
        blank=True,
        widget=forms.RadioSelect,
        empty_label=_("another, by its number"),
    )
    number = forms.CharField(
        label=_("Number"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "T-000012"}),
    )

    def __init__(self, data: Any = None, *, of: Ticket, among: QuerySet[Ticket]) -> None:
        """Propose those of the customer of `of` that are not solved; take any of `among`."""
        super().__init__(data)
        self.among = among.exclude(pk=of.pk)
        mine = self.among.filter(customer=of.customer_id, state__in=("open", "waiting"))
        keys = list(mine.order_by("-opened_at", "-pk").values_list("pk", flat=True)[:PROPOSED])
        into = self.fields["into"]
        assert isinstance(into, forms.ModelChoiceField)
        into.queryset = Ticket.objects.filter(pk__in=keys)
        if not keys:
            into.widget = forms.HiddenInput()

    @property
    def chosen(self) -> Ticket:
        found = self.cleaned_data["into"]
        assert isinstance(found, Ticket)
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = cleaned.get("number", "")
        if cleaned.get("into") is not None and typed:
            raise ValidationError({"number": _("Choose a ticket or type a number, not both.")})
        if cleaned.get("into") is None and not self.errors:
            number = number_in(typed)
            found = self.among.filter(pk=number).first() if number else None
            if found is None:
                raise ValidationError({"number": _("There is no such ticket.")})
            cleaned["into"] = found
        return cleaned


class MergeForm(OtherForm):
    """Which ticket goes on, and why they are the same."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class LinkForm(OtherForm):
    """What a ticket is to which other one."""

    field_order = ("kind", "into", "number")
    kind = forms.ChoiceField(label=_("This ticket is"), choices=TicketLink.Kind)
