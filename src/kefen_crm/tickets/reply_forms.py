"""The form of a reply template, and the choice of one where a ticket is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.tickets.kinds import TicketKind
from kefen_crm.tickets.replies import FIELDS, classes
from kefen_crm.tickets.reply_actions import VALUES
from kefen_crm.tickets.reply_models import ReplyTemplate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.tickets.replies import Reply

TITLES = {"zh": _("Chinese"), "en": _("English")}


class ReplyForm(forms.Form):
    """A reply template."""

    name = forms.CharField(label=_("Name"), max_length=80)
    body_zh = forms.CharField(
        label=_("Text, Chinese"), max_length=4_000, required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    body_en = forms.CharField(
        label=_("Text, English"), max_length=4_000, required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("Kind of ticket"),
        choices=[("", _("every kind")), *TicketKind.choices],
        required=False,
    )
    product = forms.CharField(
        label=_("Product"), max_length=120, required=False,
        help_text=_("As tickets name it; empty for all."),
    )  # fmt: skip
    class_key = forms.ChoiceField(label=_("Class"), required=False)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, data: Any = None, *, template: ReplyTemplate | None = None) -> None:
        initial = {name: getattr(template, name) for name in VALUES} if template else {}
        super().__init__(data, initial=initial)
        listed = [("", _("every class")), *classes()]
        key = template.class_key if template else ""
        if key not in dict(listed):
            listed.append((key, key))
        class_key = self.fields["class_key"]
        assert isinstance(class_key, forms.ChoiceField)
        class_key.choices = listed


def choices(found: Iterable[Reply]) -> list[tuple[Any, Any]]:
    """Filled templates to choose from, by their language."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for one in found:
        grouped.setdefault(one.language, []).append((one.value, one.template.name))
    return [(TITLES[language], listed) for language, listed in grouped.items()]


def titled_fields() -> list[tuple[str, Any]]:
    """Every field as it is written, with what it holds."""
    return [(f"{{{name}}}", title) for name, title in FIELDS.items()]
