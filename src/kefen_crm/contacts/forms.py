"""The form of a contact: its fields, and one way to reach it of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst

from kefen_crm.contacts.actions import FIELDS
from kefen_crm.contacts.models import Contact, Reach
from kefen_crm.contacts.reaching import LONGEST, normalised

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.contacts.models import Contact as Known


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
        self._reaches = list(known.reaches.all() if known and known.pk else reached)
        for kind, label in Reach.Kind.choices:
            first = self._first(kind)
            self.fields[kind] = forms.CharField(
                label=capfirst(label),
                max_length=LONGEST,
                required=False,
                initial=first and first.value,
            )
        self.order_fields(["name", "title", "role", *Reach.Kind.values])

    def _first(self, kind: str) -> Reach | None:
        return next((one for one in self._reaches if one.kind == kind), None)

    def clean(self) -> dict[str, Any]:
        """Refuse what is no phone number or address."""
        given: dict[str, Any] = super().clean() or {}
        for kind in Reach.Kind.values:
            if value := given.get(kind):
                try:
                    normalised(kind, value)
                except ValidationError as error:
                    self.add_error(kind, error)
        return given

    def validate_constraints(self) -> None:
        """Who becomes the first contact takes the place of who was."""

    def values(self) -> dict[str, Any]:
        """What is said; of a kind with several ways the first is the one of the form."""
        told = {name: self.cleaned_data[name] for name in FIELDS}
        reaches = []
        for kind in Reach.Kind.values:
            first = self._first(kind)
            if value := self.cleaned_data[kind]:
                more = {"consent": first.consent} if first and first.value == value else {}
                reaches.append({"kind": kind, "value": value, **more})
        reaches += [
            {"kind": one.kind, "value": one.value, "valid": one.valid, "consent": one.consent}
            for one in self._reaches
            if one is not self._first(one.kind)
        ]
        birthday = told["birthday"].isoformat() if told["birthday"] else ""
        return told | {"birthday": birthday, "reaches": reaches}
