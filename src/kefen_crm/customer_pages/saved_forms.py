from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.customer_pages.models import SavedView


class SaveViewForm(forms.Form):
    """What a view of the list is called, who sees it, and whether the list opens in it."""

    name = forms.CharField(label=_("Name"), max_length=80)
    shared = forms.ChoiceField(
        label=_("Who sees it"), choices=SavedView.Shared, initial=SavedView.Shared.PRIVATE
    )
    first = forms.BooleanField(label=_("My list opens in it"), required=False)
