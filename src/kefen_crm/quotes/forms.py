"""The forms of a quote, of asking for leave, of a decision, of the letterhead."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.opportunities.models import Opportunity
from kefen_crm.quotes import lines
from kefen_crm.quotes.actions import HEAD
from kefen_crm.quotes.models import Letterhead, Quote


class LinesField(forms.CharField):
    """Lines as they are typed or pasted; gives what a quote keeps."""

    widget = forms.Textarea(attrs={"rows": 6})

    def prepare_value(self, value: Any) -> Any:
        return lines.write(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return lines.read(super().clean(value))


class QuoteForm(forms.Form):
    """What a quote says."""

    title = forms.CharField(label=_("What it is about"), max_length=200)
    lines = LinesField(
        label=_("Lines"), max_length=30_000,
        help_text=_("A line each: product; quantity; list price; price offered. Pasted cells of a "
                    "sheet do, too."),
    )  # fmt: skip
    contact = forms.CharField(
        label=pgettext_lazy("quote", "To whom"), max_length=120, required=False
    )
    valid_until = forms.DateField(
        label=_("Valid until"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language"), choices=Quote.Language)
    terms = forms.CharField(
        label=pgettext_lazy("quote", "Terms"), max_length=3_000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Empty for those of the letterhead."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, quote: Quote | None = None, **more: Any) -> None:
        """`quote` is the one that is changed."""
        if quote:
            more["initial"] = {name: getattr(quote, name) for name in self.base_fields}
        super().__init__(data, **more)


class NewQuoteForm(QuoteForm):
    """A new quote, perhaps for an opportunity of the customer."""

    opportunity = forms.ModelChoiceField(
        label=_("Opportunity"), queryset=Opportunity.objects.none(), required=False,
        empty_label="–",
    )  # fmt: skip

    field_order = ("title", "opportunity")

    def __init__(self, data: Any = None, *, found: Any, **more: Any) -> None:
        """`found` are the opportunities to choose from."""
        super().__init__(data, **more)
        self.fields["opportunity"].queryset = found  # type: ignore[attr-defined]


class AskForm(forms.Form):
    """Why a customer is to have more discount than the class has."""

    reason = forms.CharField(label=_("Why?"), max_length=500)


class DecisionForm(forms.Form):
    """What is answered to whoever asks."""

    answer = forms.CharField(label=_("Answer"), max_length=500, required=False)


class RefusalForm(DecisionForm):
    """Why it is refused, in a dialog."""

    decision = forms.CharField(widget=forms.HiddenInput, initial="refuse")


class LetterheadForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """What stands at the head of quotes."""

    class Meta:
        model = Letterhead
        fields = HEAD
        widgets = {
            name: forms.Textarea(attrs={"rows": 3}) for name in ("bank", "terms", "terms_en")
        }
