"""The forms of a promise, of a dispute, and of how a dispute ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.receivables.models import Dispute, Promise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.receivables.models import OpenInvoice


class PromiseForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """How much a customer promised, until when."""

    class Meta:
        model = Promise
        fields = ("amount", "due_on", "note")
        widgets = {"due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def _post_clean(self) -> None:
        """The action itself checks what it makes."""


class DisputeForm(forms.Form):
    """Which invoice a customer disputes, and why."""

    number = forms.ChoiceField(label=gettext_lazy("Invoice"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: Any = None, *, invoices: Iterable[OpenInvoice] = ()) -> None:
        """`invoices` are those to choose from."""
        super().__init__(data)
        number = self.fields["number"]
        assert isinstance(number, forms.ChoiceField)
        number.choices = [(one.number, f"{one.number} · {one.open:,}") for one in invoices]
        number.error_messages["invalid_choice"] = _("The customer owes nothing of such an invoice.")


class OutcomeForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """How a dispute ended."""

    outcome = forms.CharField(
        label=gettext_lazy("What came of it"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    class Meta:
        model = Dispute
        fields = ("outcome",)

    def _post_clean(self) -> None:
        """The action itself checks what it makes."""
