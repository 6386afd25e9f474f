"""The forms of a promise, of a dispute, and of how a dispute ended."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from kefen_crm.receivables.actions import MOST_PARTS
from kefen_crm.receivables.models import Dispute, Promise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen_crm.gateway.debts import Billed
    from kefen_crm.receivables.models import OpenInvoice


class PromiseForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """How much a customer promised, until when."""

    class Meta:
        model = Promise
        fields = ("amount", "due_on", "note")
        widgets = {"due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def _post_clean(self) -> None:
        """The action itself checks what it makes."""


class InstalmentsForm(forms.Form):
    """How much a customer promised, in how many parts, from when on and how often."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount in all"), max_digits=18, decimal_places=2, min_value=0
    )
    instalments = forms.IntegerField(
        label=gettext_lazy("Instalments"), min_value=2, max_value=MOST_PARTS, initial=3
    )
    due_on = forms.DateField(
        label=gettext_lazy("The first until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    every = forms.ChoiceField(
        label=gettext_lazy("Then every"),
        choices=[
            ("month", gettext_lazy("month")),
            ("fortnight", gettext_lazy("two weeks")),
            ("week", gettext_lazy("week")),
        ],
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False)

    def parts(self) -> list[tuple[Decimal, date]]:
        """Each instalment with its day: even parts, what does not divide in the last.

        A month on is the same day of the month, or its last.
        """
        told = self.cleaned_data
        count, first = told["instalments"], told["due_on"]
        even = (told["amount"] / count).quantize(Decimal("0.01"), ROUND_DOWN)
        amounts = [even] * (count - 1) + [told["amount"] - even * (count - 1)]
        return [
            (amount, _after(first, told["every"], number)) for number, amount in enumerate(amounts)
        ]


def _after(first: date, every: str, number: int) -> date:
    if every != "month":
        return first + timedelta(days=number * (7 if every == "week" else 14))
    year, month = divmod(first.month - 1 + number, 12)
    year, month = first.year + year, month + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


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


class ApplyForm(forms.Form):
    """To which invoice a payment is applied, and how much of it."""

    number = forms.CharField(max_length=200, widget=forms.HiddenInput)
    invoice = forms.ChoiceField(label=gettext_lazy("Invoice"))
    amount = forms.DecimalField(label=gettext_lazy("Amount"), max_digits=18, decimal_places=2)

    def __init__(
        self,
        *given: Any,
        invoices: Sequence[Billed] = (),
        unpaid: Mapping[str, Decimal] | None = None,
        **more: Any,
    ) -> None:
        """`invoices` are those to choose from; `unpaid` says what is open of which.

        Open ones stand first, the oldest at the top. Chosen is the one that the amount fits: what
        is open of it, or all of it, is as much.
        """
        super().__init__(*given, **more)
        invoice = self.fields["invoice"]
        assert isinstance(invoice, forms.ChoiceField)
        left = unpaid or {}
        waiting = [one for one in reversed(invoices) if one.number in left]
        paid = [one for one in invoices if one.number not in left]
        open_ones = [
            (
                one.number,
                _("%(number)s · due %(day)s · %(open)s of %(amount)s open")
                % {"number": one.number, "day": one.due_on or "–", "open": f"{left[one.number]:,}",
                   "amount": f"{one.amount:,}"},
            )
            for one in waiting
        ]  # fmt: skip
        paid_ones = [
            (one.number, f"{one.number} · {one.issued_on} · {one.amount:,}") for one in paid
        ]
        groups = ((_("Open"), open_ones), (pgettext("invoices", "Paid"), paid_ones))
        invoice.choices = [group for group in groups if group[1]]
        amount = self.initial.get("amount")
        fitting = [one for one in waiting if left[one.number] == amount]
        fitting += [one for one in [*waiting, *paid] if one.amount == amount] + waiting
        if fitting:
            self.initial.setdefault("invoice", fitting[0].number)
