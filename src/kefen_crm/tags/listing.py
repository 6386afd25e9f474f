"""Tags in the customer list: a filter, a column, and verbs for the chosen customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform.columns import CellColumn
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import (
    BulkPlan,
    BulkVerb,
    Choice,
    Choices,
    Columns,
    ColumnSet,
    Filter,
    ListColumn,
    Skipped,
)
from kefen_crm.tags import actions
from kefen_crm.tags.forms import ChooseTagForm, PutTagForm
from kefen_crm.tags.models import Tag, Tagging
from kefen_crm.tags.queries import tags_of
from kefen_crm.team.roles import Permit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.http import HttpRequest

NAME, WITHOUT = "tag", "none"
_DIGITS = 18
_NAMED = 3


def _tagged(value: str) -> tuple[str, Q]:
    own = Tagging.objects.filter(customer=OuterRef("pk"))
    if value == WITHOUT:
        return _("Without tags"), ~Q(Exists(own))
    number = int(value) if value.isdecimal() and len(value) <= _DIGITS else 0
    tag = Tag.objects.filter(pk=number).first()
    if tag is None:
        return value, NOBODY
    return _("Tag: %(name)s") % {"name": tag.name}, Q(Exists(own.filter(tag=tag)))


def _choices(request: HttpRequest) -> list[Choices]:
    tags = tags_of(request)
    if not tags:
        return []
    asked = set(request.GET.getlist(NAME))
    offered = [(str(one.pk), one.name) for one in tags] + [(WITHOUT, _("Without tags"))]
    return [
        Choices(NAME, NAME, _("Tag"), [Choice(value, title, value in asked)
                                       for value, title in offered])
    ]  # fmt: skip


FILTER = Filter(NAME, _tagged, group=lambda _value: NAME, choices=_choices)


def _columns(request: HttpRequest, chosen: Collection[str] | None) -> Columns:
    shown = {NAME} if tags_of(request) and (chosen is None or NAME in chosen) else set()
    column = CellColumn("tags/_cell.html", orderable=False)
    every = Prefetch("taggings", Tagging.objects.select_related("tag"), to_attr="shown_taggings")
    return Columns(
        choices=[(NAME, _("Tags"))] if tags_of(request) else [],
        shown=shown,
        columns=[ListColumn(NAME, _("Tags"), column, filed=_names)] if shown else [],
        fetch=(lambda customers: customers.prefetch_related(every)) if shown else _as_they_are,
    )


def _as_they_are(customers: Any) -> Any:
    return customers


def _names() -> Subquery:
    """The tags of a customer as a file shows them."""
    held = Tagging.objects.filter(customer=OuterRef("pk")).order_by().values("customer")
    joined = StringAgg("tag__name", ", ", order_by="tag__name")
    return Subquery(held.annotate(names=joined).values("names"))


COLUMNS = ColumnSet(name="tags", title=gettext_lazy("Tags"), first=(NAME,), read=_columns)


def _plan_put(_user: Any, customers: Collection[int], values: Mapping[str, Any]) -> BulkPlan:
    """Those that have not got the tag; it may yet have to be made."""
    tag = values["tag"] or Tag.objects.filter(name__iexact=values["name"]).first()
    had = _having(tag, customers) if tag else set()
    new = tuple(pk for pk in customers if pk not in had)
    return BulkPlan(new, _left(had, _("have the tag already")))


def _put(user: Any, planned: BulkPlan, values: Mapping[str, Any]) -> dict[str, Any]:
    tag = values["tag"] or Tag.objects.filter(name__iexact=values["name"]).first()
    tag = tag or actions.create(user, values["name"], values["colour"])
    return {"tag": tag.pk, "customers": actions.put(user, planned.changes, tag)}


def _plan_take(_user: Any, customers: Collection[int], values: Mapping[str, Any]) -> BulkPlan:
    had = _having(values["tag"], customers)
    without = set(customers) - had
    return BulkPlan(
        tuple(pk for pk in customers if pk in had), _left(without, _("have not got the tag"))
    )


def _take(user: Any, planned: BulkPlan, values: Mapping[str, Any]) -> dict[str, Any]:
    tag = values["tag"]
    return {"tag": tag.pk, "customers": actions.take(user, planned.changes, tag)}


def _undo_put(user: Any, detail: Mapping[str, Any]) -> int:
    tag = Tag.objects.filter(pk=detail["tag"]).first()
    return len(actions.take(user, _still(user, detail), tag)) if tag else 0


def _undo_take(user: Any, detail: Mapping[str, Any]) -> int:
    tag = Tag.objects.filter(pk=detail["tag"]).first()
    return len(actions.put(user, _still(user, detail), tag)) if tag else 0


def _still(user: Any, detail: Mapping[str, Any]) -> list[int]:
    """The customers of a change whom its actor may still change."""
    found = changeable_by(user).filter(pk__in=detail["customers"])
    return list(found.values_list("pk", flat=True))


def _having(tag: Tag, customers: Collection[int]) -> set[int]:
    found = tag.taggings.filter(customer__in=list(customers))
    return set(found.values_list("customer", flat=True))


def _left(keys: Collection[int], reason: str) -> tuple[Skipped, ...]:
    if not keys:
        return ()
    names = Customer.objects.filter(pk__in=sorted(keys)[:_NAMED]).order_by("code")
    return (Skipped(reason, len(keys), tuple(names.values_list("name", flat=True))),)


VERBS = (
    BulkVerb(
        "tag", gettext_lazy("Tag"), gettext_lazy("tagged"), "tag", Permit.EDIT_CUSTOMERS,
        PutTagForm, _plan_put, _put, _undo_put, position=30,
    ),
    BulkVerb(
        "untag", gettext_lazy("Remove a tag"), gettext_lazy("without the tag now"), "tag-off",
        Permit.EDIT_CUSTOMERS, ChooseTagForm, _plan_take, _take, _undo_take, position=31,
    ),
)  # fmt: skip
