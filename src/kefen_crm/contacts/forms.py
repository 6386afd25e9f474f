"""The form of a contact: its fields, and the ways to reach it by kind."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from kefen_crm.contacts.actions import FIELDS
from kefen_crm.contacts.models import Contact, Reach
from kefen_crm.contacts.reaching import LONGEST, MOST, normalised

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.contacts.models import Contact as Known

SEVERAL: Final = gettext_lazy("Several: one a line, or with commas between.")
_OFTEN_SEVERAL: Final = (Reach.Kind.PHONE, Reach.Kind.EMAIL)
_BETWEEN: Final = re.compile("[,，、;；]")  # as they are written in Chinese
_KINDS: Final = Reach.Kind.values


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """What is said of a contact."""

    class Meta:
        model = Contact
        fields = FIELDS
        widgets = {"birthday": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(
        self, data: Any = None, *, known: Known | None = None, reached: Iterable[Reach] = ()
    ) -> None:
        """`known` is the contact to change; `reached` where it is reached, of one that is new."""
        super().__init__(data, instance=known or Contact())
        reaches = list(known.reaches.all() if known and known.pk else reached)
        self._known = {kind: [one for one in reaches if one.kind == kind] for kind in _KINDS}
        self._given: dict[str, list[str]] = {}
        for kind, label in Reach.Kind.choices:
            lines = [one.value for one in self._known[kind]]
            often = kind in _OFTEN_SEVERAL
            self.fields[kind] = forms.CharField(
                label=capfirst(label),
                max_length=MOST * (LONGEST + 2),
                required=False,
                initial="\n".join(lines),
                widget=forms.Textarea(
                    {"rows": max(len(lines), 2 if often else 1), "class": "kf-half"}
                ),
                help_text=SEVERAL if often else "",
            )
        self.order_fields(["name", "title", "role", *_KINDS])

    def clean(self) -> dict[str, Any]:
        """Refuse what is no phone number or address, each by its name."""
        given: dict[str, Any] = super().clean() or {}
        for kind in _KINDS:
            self._given[kind] = self._values(kind, given.get(kind) or "")
            for value in self._given[kind]:
                try:
                    normalised(kind, value)
                except ValidationError as error:
                    self.add_error(kind, error)
        return given

    def _values(self, kind: str, text: str) -> list[str]:
        """What is written, one by one; a line that stood there before stays whole."""
        whole = {one.value for one in self._known[kind] if _compared(kind, one.value)}
        found: list[str] = []
        for line in map(str.strip, text.splitlines()):
            found += [line] if line in whole else map(str.strip, _BETWEEN.split(line))
        return [one for one in found if one]

    def validate_constraints(self) -> None:
        """Who becomes the first contact takes the place of who was."""

    def values(self) -> dict[str, Any]:
        """What is said; a way that was known keeps whether it works, and the person's consent."""
        told = {name: self.cleaned_data[name] for name in FIELDS}
        reaches = []
        for kind, values in self._given.items():
            known = {_compared(kind, one.value): one for one in self._known[kind]}
            for value in values:
                same = known.get(_compared(kind, value))
                more = {"valid": same.valid, "consent": same.consent} if same else {}
                reaches.append({"kind": kind, "value": value, **more})
        birthday = told["birthday"].isoformat() if told["birthday"] else ""
        return told | {"birthday": birthday, "reaches": reaches}


def _compared(kind: str, value: str) -> str:
    """A value as it is compared; empty where it is none of its kind, as imports may bring it."""
    with suppress(ValidationError):
        return normalised(kind, value)
    return ""
