from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.platform.forms import chosen_or_new
from kefen_crm.tags.models import Tag


class PutTagForm(forms.Form):
    """A tag that there is, or one to be made."""

    tag = forms.ModelChoiceField(
        Tag.objects.none(),
        label=gettext_lazy("Tag"),
        required=False,
        empty_label=gettext_lazy("A new tag"),
    )
    name = forms.CharField(label=gettext_lazy("Name of the new tag"), max_length=40, required=False)
    colour = forms.ChoiceField(
        label=gettext_lazy("Its colour"), choices=Tag.Colour, initial="blue", required=False
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        more.pop("user")  # every tag is everybody's
        super().__init__(*args, **more)
        field: Any = self.fields["tag"]
        field.queryset = Tag.objects.all()
        field.initial = field.queryset.first()
        chosen_or_new(self, "tag", "name", "colour")

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        found["name"] = " ".join(found.get("name", "").split())
        found["colour"] = found.get("colour") or Tag.Colour.BLUE
        if found.get("tag") is not None:
            found |= {"name": "", "colour": found["tag"].colour}
        if not self.errors and found.get("tag") is None and not found["name"]:
            self.add_error("name", _("Choose a tag, or name a new one."))
        return found


class ChooseTagForm(forms.Form):
    """A tag that there is."""

    tag = forms.ModelChoiceField(Tag.objects.none(), label=gettext_lazy("Tag"), empty_label=None)

    def __init__(self, *args: Any, **more: Any) -> None:
        more.pop("user")
        super().__init__(*args, **more)
        field: Any = self.fields["tag"]
        field.queryset = Tag.objects.all()


class TagForm(forms.Form):
    """A tag with its colour; whether the name is free is checked by the action."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    colour = forms.ChoiceField(
        label=gettext_lazy("Colour"), choices=Tag.Colour, initial=Tag.Colour.BLUE
    )
