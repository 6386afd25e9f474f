"""The forms of a lead: what is known of it, a card's text, whose it is, what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.leads.cards import LONGEST
from kefen_crm.leads.models import DropReason, Lead
from kefen_crm.leads.permits import WORK_LEADS
from kefen_crm.team.models import User
from kefen_crm.team.queries import permitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.customers.models import Customer
    from kefen_crm.duplicates.near import Near

NEW = "new"


class LeadForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """Who asked, by what way, and what they want."""

    class Meta:
        model = Lead
        fields = (
            "company", "name", "title", "phone", "email", "wechat", "source", "inquiry", "product",
            "quantity", "budget", "wanted_on", "region", "address", "note",
        )  # fmt: skip
        widgets = {
            "inquiry": forms.Textarea(attrs={"rows": 4}),
            "wanted_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def _post_clean(self) -> None:
        """The action itself checks what it makes."""


class CardForm(forms.Form):
    """The text of a business card, or of a signature below a mail."""

    text = forms.CharField(
        label=_("Text of the card"), max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, "autofocus": True}),
        help_text=_("As a phone reads it from a picture, or a signature of a mail. The fields are "
                    "proposed; you look through them before anything is kept."),
    )  # fmt: skip


class GiveForm(forms.Form):
    """Whose a lead is to be."""

    owner = forms.ModelChoiceField(
        label=_("Whose"), queryset=User.objects.none(), required=False, empty_label=_("Nobody's")
    )

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = permitted(WORK_LEADS).order_by("first_name", "username")


class DropForm(forms.Form):
    """Why a lead came to nothing."""

    reason = forms.ChoiceField(label=_("Why"), choices=[("", ""), *DropReason.choices])
    note = forms.CharField(label=_("More about it"), max_length=500, required=False)


class ConvertForm(forms.Form):
    """The customer that a lead becomes, or is of, and whether an opportunity is opened."""

    customer = forms.ChoiceField(
        label=_("Customer"), widget=forms.RadioSelect(attrs={"class": "form-check-input"})
    )
    opportunity = forms.CharField(
        label=_("Open an opportunity about"), max_length=200, required=False,
        help_text=_("Empty for none."),
    )  # fmt: skip
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=2, min_value=0, required=False
    )

    def __init__(
        self,
        data: Any = None,
        *,
        found: Sequence[Near],
        sought: Sequence[Customer] = (),
        **more: Any,
    ) -> None:
        """`found` are the customers that are likely meant; those out of reach cannot be chosen.

        `sought`: others, which whoever converts looked for.
        """
        super().__init__(data, **more)
        likely = [one.customer for one in found if one.customer is not None]
        known = list({
            one.code: (one.code, f"{one.name} ({one.code})") for one in (*likely, *sought)
        }.values())  # fmt: skip
        self.fields["customer"].choices = [*known, (NEW, _("A new customer"))]  # type: ignore[attr-defined]
        self.fields["customer"].initial = known[0][0] if likely else NEW
