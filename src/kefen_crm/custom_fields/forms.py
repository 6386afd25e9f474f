"""Forms of custom fields: what they are, and what a customer's hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kefen_crm.custom_fields import values
from kefen_crm.custom_fields.models import EVERYBODY, CustomField
from kefen_crm.custom_fields.queries import fields
from kefen_crm.grading.queries import schemes_on_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.custom_fields.models import FieldValue

Kind = CustomField.Kind
REQUIRED_HELP: Final = _(
    "Whoever types in a new customer fills in what is required of all. Customers from before, and "
    "those of imports and programs, are not refused: what they lack is asked for first, on their "
    "page and in the list by Lacking."
)
START: Final = "custom_"
"""Begins the name of each field of a form about a customer."""


def class_choices() -> list[tuple[str, str]]:
    """Whose file may need a field: everybody's, or that of a class of a scheme."""
    found = [(EVERYBODY, str(_("All customers")))]
    for scheme in schemes_on_page():
        found += [(f"{scheme.name}:{c.key}", f"{scheme.title}: {c.title}") for c in scheme.classes]
    return found


class ClassesField(forms.MultipleChoiceField):
    """Classes of the published schemes; those that are gone meanwhile stay as they were."""

    def __init__(self, known: Sequence[str] = (), **more: Any) -> None:
        offered = class_choices()
        gone = [(one, one) for one in known if one not in dict(offered)]
        widget = forms.CheckboxSelectMultiple
        super().__init__(choices=[*offered, *gone], widget=widget, required=False, **more)


class CustomFieldForm(forms.Form):
    """A field as somebody defines it."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=60, required=False)
    name_en = forms.CharField(label=_("English name"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("Type"), choices=Kind)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One a line; for both languages Chinese | English."),
    )
    position = forms.IntegerField(label=_("Position"), min_value=0, max_value=9999, required=False)

    def __init__(self, *args: Any, known: CustomField | None = None, **more: Any) -> None:
        self.known = known
        if known is not None:
            told = {name: getattr(known, name) for name in ("name_zh", "name_en", "kind")}
            lines = "\n".join(_line(one) for one in known.choices)
            first = told | {"choices": lines, "position": known.position}
            more["initial"] = first | {"required": known.required}
        super().__init__(*args, **more)
        self.fields["required"] = ClassesField(
            known.required if known else (), label=_("Required of"), help_text=REQUIRED_HELP
        )

    def values(self) -> dict[str, Any]:
        """What was said, as the action takes it."""
        given = self.cleaned_data
        told = {name: given[name] for name in ("name_zh", "name_en", "kind", "required")}
        told["choices"] = self._choices()
        if given["position"] is not None:
            told["position"] = given["position"]
        return told

    def _choices(self) -> list[dict[str, str]]:
        """The choices of the lines; one whose name is known keeps its value."""
        known = {
            name: one["value"]
            for one in (self.known.choices if self.known else ())
            for name in (one.get("zh"), one.get("en"))
            if name
        }
        found = []
        for line in self.cleaned_data["choices"].splitlines():
            chinese, _bar, english = (part.strip() for part in line.partition("|"))
            if chinese or english:
                value = known.get(chinese) or known.get(english) or chinese or english
                found.append({"value": value, "zh": chinese, "en": english})
        return found


def _line(choice: dict[str, str]) -> str:
    chinese, english = choice.get("zh", ""), choice.get("en", "")
    return f"{chinese} | {english}" if english else chinese


class ValuesForm(forms.Form):
    """The custom fields of a customer; what does not fit is refused by the action.

    What is `needed` and empty is asked for, and refused where the customer is `new`.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        known: Sequence[CustomField],
        held: dict[int, FieldValue],
        needed: set[str] = frozenset(),  # type: ignore[assignment]  # never changed
        new: bool = False,
    ) -> None:
        first = {START + one.key: _initial(one, held.get(one.pk)) for one in known}
        super().__init__(data, initial=first)
        self.known = known
        self.enforced = needed if new else set()
        for one in known:
            found = form_field(one, _initial(one, held.get(one.pk)))
            found.label = f"{one.name} *" if one.key in needed else one.name
            if one.key in needed and not new:
                found.help_text = gettext("Asked for; it may stay empty for now.")
            self.fields[START + one.key] = found

    def clean(self) -> dict[str, Any]:
        """Refuse a new customer without what is required of all."""
        for key in self.enforced:
            name = START + key
            if name not in self.errors and self.cleaned_data.get(name) in (None, "", []):
                self.add_error(name, gettext("This is required of every new customer."))
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """What was written, by the keys of the fields."""
        return {one.key: self.cleaned_data[START + one.key] for one in self.known}


def new_values_form(data: Any) -> ValuesForm:
    """The custom fields of a customer who is typed in; each says of whom it is required."""
    known = fields()
    needed = {one.key for one in known if EVERYBODY in one.required}
    form = ValuesForm(data, known=known, held={}, needed=needed, new=True)
    titles = dict(class_choices()) if any(one.required for one in known) else {}
    for one in known:
        if one.required and one.key not in needed:
            classes = ", ".join(titles.get(each, each) for each in one.required)
            told = gettext("Required of %(classes)s") % {"classes": classes}
            form.fields[START + one.key].help_text = told
    return form


def errors_by_field(error: ValidationError) -> ValidationError:
    """What an action refused, by the names of the fields of `ValuesForm`."""
    return ValidationError({START + name: errors for name, errors in error.message_dict.items()})


def _initial(field: CustomField, held: FieldValue | None) -> Any:
    text = held.value if held else ""
    return values.parts(text) if field.kind == Kind.SEVERAL else text


def form_field(field: CustomField, held: Any = "") -> forms.Field:
    """The field of a form for a custom field."""
    if field.has_choices:
        listed = list(field.titles().items())
        known = held if isinstance(held, list) else [held]
        listed += [(one, one) for one in known if one and one not in dict(listed)]
        if field.kind == Kind.SEVERAL:
            return forms.MultipleChoiceField(
                choices=listed, required=False, widget=forms.CheckboxSelectMultiple
            )
        return forms.ChoiceField(choices=[("", "–"), *listed], required=False)
    if field.kind == Kind.YES_NO:
        answers = [("", "–"), ("yes", _("yes")), ("no", _("no"))]
        return forms.ChoiceField(choices=answers, required=False)
    if field.kind == Kind.DATE:
        return forms.DateField(
            required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        )
    widget = forms.TextInput()
    if field.kind in (Kind.NUMBER, Kind.MONEY):
        widget.attrs["inputmode"] = "decimal"
    return forms.CharField(required=False, widget=widget)
