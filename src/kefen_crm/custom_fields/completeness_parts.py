"""Completeness on the customer's page, as a column of the list, and as what narrows it."""

from __future__ import annotations

from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

import django_tables2 as tables
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.custom_fields.completeness import (
    FileField,
    completeness,
    file_fields,
    lacking,
    missing,
    percents,
    with_files,
)
from kefen_crm.custom_fields.queries import fields_of
from kefen_crm.customers.queries import may_change
from kefen_crm.grading.queries import classes_on_page
from kefen_crm.platform.columns import cell
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Choice, Choices, Columns, ColumnSet, Filter, ListColumn
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from kefen_crm.customers.models import Customer

NEXT: Final = 4
"""Fields that are asked for at once."""
LACKING: Final = "lacking"
ANY: Final = "required"


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The share of a file that is there, and what to ask next, for whoever may write it."""
    user = request.user
    writable = may(user, Permit.EDIT_CUSTOMERS) and may_change(user, customer)
    if not writable:
        return None
    classes = classes_on_page(request, customer)
    found = completeness(customer, file_fields(fields_of(request)), classes)
    required = set(found.required)
    asked = [(one, one.address(customer), one in required) for one in found.missing[:NEXT]]
    return {"completeness": found, "asked": asked, "more": max(len(found.missing) - NEXT, 0)}


class CompletenessColumn(tables.Column):
    """The share of a customer's file that is there."""

    def __init__(self, known: list[FileField]) -> None:
        super().__init__(orderable=False, empty_values=())
        self.known = known

    def render(self, record: Customer) -> SafeString:
        return cell("custom_fields/_share.html", completeness=completeness(record, self.known))


def _columns(request: HttpRequest, names: Collection[str] | None) -> Columns:
    title = _("Completeness")
    wanted = names is None or "share" in names
    known = file_fields(fields_of(request)) if wanted else []
    column = ListColumn(
        "completeness",
        title,
        CompletenessColumn(known),
        filed=partial(missing, known),
        read=percents(known).__getitem__,
    )
    return Columns(
        choices=[("share", title)],
        shown={"share"} if wanted else set(),
        columns=[column] if wanted else [],
        fetch=with_files if wanted else lambda customers: customers,
    )


COMPLETENESS = ColumnSet(
    name="completeness", title=gettext_lazy("Customer file"), first=(), read=_columns
)


def _read(value: str) -> tuple[str, Q]:
    known = [one for one in file_fields() if one.classes]
    if value == ANY:
        text = _("A required field is empty")
        return text, reduce(or_, (lacking(one) for one in known), NOBODY)
    found = next((one for one in known if one.name == value), None)
    if found is None:
        return value, NOBODY
    return _("%(field)s is required and empty") % {"field": found.title}, lacking(found)


def _choices(request: HttpRequest) -> list[Choices]:
    known = [one for one in file_fields(fields_of(request)) if one.classes]
    if not known:
        return []
    asked = set(request.GET.getlist(LACKING))
    offered = [(ANY, _("any required field")), *((one.name, one.title) for one in known)]
    listed = [Choice(value, title, value in asked) for value, title in offered]
    return [Choices(LACKING, LACKING, _("Lacking"), listed)]


FILTER = Filter(LACKING, _read, group=lambda _value: "", choices=_choices)
