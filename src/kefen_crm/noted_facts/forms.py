"""The form of a kind of fact: a field for each column that is asked for, checked as in imports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kefen_crm.gateway.feeding import faults
from kefen_crm.gateway.kinds import columns
from kefen_crm.noted_facts.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.gateway.kinds import Column

LONGEST = 500
_YES_NO = ((None, ""), (True, _("yes")), (False, _("no")))


class FactForm(forms.Form):
    """What is noted of one kind of fact; `cleaned_data` are values of the columns' types."""

    def __init__(self, kind: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.noted = KINDS[kind]
        for column in columns(kind, self.noted.columns):
            self.fields[column.name] = self._field(column)
        day = self.fields[self.noted.day]
        day.initial = timezone.localdate

    def _field(self, column: Column) -> forms.Field:
        about: dict[str, Any] = {"label": column.title, "required": column.required}
        if choices := self.noted.choices.get(column.name):
            listed = [("", ""), *choices]
            if self.initial.get(column.name, "") not in dict(listed):
                listed.append((self.initial[column.name], self.initial[column.name]))
            return forms.ChoiceField(choices=listed, **about)
        if column.name == "cost":
            about["help_text"] = _("Without it the profit is unknown, and so are classes by it.")
        match column.type:
            case "date":
                day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
                return forms.DateField(widget=day, **about)
            case "money":
                return forms.DecimalField(max_digits=18, decimal_places=2, **about)
            case "number":  # a score
                return forms.DecimalField(min_value=0, max_value=100, decimal_places=4, **about)
            case "boolean":
                return forms.TypedChoiceField(
                    choices=_YES_NO, coerce=_yes, empty_value=None, **about
                )
        if column.name == "note":
            about["widget"] = forms.Textarea(attrs={"rows": 2})
        return forms.CharField(max_length=LONGEST, **about)

    def clean(self) -> dict[str, Any]:
        """Refuse what an import would refuse, and what has not happened yet."""
        given: dict[str, Any] = super().clean() or {}
        day = given.get(self.noted.day)
        if day and day > timezone.localdate():
            self.add_error(self.noted.day, _("That day has not come yet."))
        if not self.errors:
            for name, sentence in faults(self.noted.kind, row(self.noted.kind, given)).items():
                self.add_error(name if name in self.fields else None, sentence)
        return given


def _yes(value: Any) -> bool | None:
    return {"True": True, "False": False, True: True, False: False}.get(value)


def cleaned(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a fact, by column and as text, without those that are empty.

    Raises:
        ValidationError: by column, of what is wrong, missing or unknown.
    """
    form = FactForm(kind, {name: _plain(value) for name, value in given.items()})
    unknown = {name: _("There is no such field.") for name in given if name not in form.fields}
    if unknown:
        raise ValidationError(unknown)
    if not form.is_valid():
        raise ValidationError(dict(form.errors.as_data()))
    return row(kind, form.cleaned_data)


def row(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as they are kept: texts, yes and no; nothing of what is empty."""
    names = KINDS[kind].columns
    return {name: _plain(values[name]) for name in names if values.get(name) not in (None, "")}


def _plain(value: Any) -> Any:
    return (
        str(value)
        if isinstance(value, date | Decimal | float | int) and not isinstance(value, bool)
        else value
    )


class ReasonForm(forms.Form):
    """Why a fact is withdrawn."""

    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )
