"""Narrows lists of customers by custom fields: `field=level:VIP`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from kefen_crm.custom_fields.models import INDEXED, CustomField, FieldValue
from kefen_crm.custom_fields.queries import fields_of
from kefen_crm.custom_fields.values import JOINT, fits, shown
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Choice, Choices, Filter

if TYPE_CHECKING:
    from django.http import HttpRequest

NAME = "field"
EMPTY = "-"
"""Asks for customers without a value."""


def _read(value: str) -> tuple[str, Q]:
    key, _colon, asked = value.partition(":")
    field = CustomField.objects.filter(key=key).first()
    if field is None or not asked:
        return value, NOBODY
    held = FieldValue.objects.filter(field=field)
    if asked == EMPTY:
        text = _("%(field)s: empty") % {"field": field.name}
        return text, ~Q(pk__in=held.exclude(value="").values("customer"))
    if field.kind == CustomField.Kind.SEVERAL:
        inside = f"{JOINT}{asked}{JOINT}"
        several = held.extra(  # the value is a parameter
            where=["position(%s in %s || value || %s) > 0"], params=[inside, JOINT, JOINT]
        )
        return f"{field.name}: {shown(field, asked)}", Q(pk__in=several.values("customer"))
    text = fits(field, asked)
    if not text:
        return f"{field.name}: {asked}", NOBODY
    found = held.annotate(start=Left("value", INDEXED)).filter(start=text[:INDEXED], value=text)
    return f"{field.name}: {shown(field, text)}", Q(pk__in=found.values("customer"))


def _choices(request: HttpRequest) -> list[Choices]:
    asked = set(request.GET.getlist(NAME))
    found = []
    for field in fields_of(request):
        if field.has_choices:
            offered = field.titles()
        elif field.kind == CustomField.Kind.YES_NO:
            offered = {"yes": _("yes"), "no": _("no")}
        else:
            continue
        listed = [*offered.items(), (EMPTY, _("empty"))]
        found.append(
            Choices(
                NAME,
                f"custom-{field.key}",
                field.name,
                [
                    Choice(f"{field.key}:{value}", title, f"{field.key}:{value}" in asked)
                    for value, title in listed
                ],
            )
        )
    return found


FILTERS = (Filter(NAME, _read, group=lambda value: value.partition(":")[0], choices=_choices),)
