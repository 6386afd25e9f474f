from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kefen_crm.needs.models import Need, Talk


class NeedForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """A need of the list."""

    class Meta:
        model = Need
        fields = ("title_zh", "title_en", "active")

    def _post_clean(self) -> None:
        """The action itself checks what it saves."""


class TalkForm(forms.Form):
    """A talk: with whom, when, what was said, and which needs that tells of."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Talk.Kind.choices)
    customers = forms.CharField(
        label=_("Customer codes"),
        max_length=2_000,
        help_text=_("Of a focus group several, with spaces or commas between them."),
    )
    held_on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(
        label=_("What was said"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 8})
    )
    needs = forms.ModelMultipleChoiceField(
        label=_("Needs"),
        queryset=Need.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    leading = forms.ModelChoiceField(
        label=_("Leading need"),
        queryset=Need.objects.none(),
        required=False,
        help_text=_("It is the demand type of who took part, which standards may use."),
    )

    def __init__(self, data: Any = None, *, talk: Talk | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        offered = Q(active=True)
        if talk:  # what it told of stays to be chosen, in use or not
            offered |= Q(pk__in=talk.needs.values("pk")) | Q(pk=talk.leading_id)
        for name in ("needs", "leading"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Need.objects.filter(offered)

    def clean_customers(self) -> list[str]:
        """The codes."""
        return [one for one in re.split(r"[\s,，、;；]+", self.cleaned_data["customers"]) if one]

    @property
    def values(self) -> dict[str, Any]:
        """What the action takes."""
        told = dict(self.cleaned_data)
        leading = told["leading"]
        return told | {
            "needs": [one.pk for one in told["needs"]],
            "leading": leading.pk if leading else None,
        }
