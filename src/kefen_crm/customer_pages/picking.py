"""Customers added to a view by hand, and taken out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.customer_pages import saving
from kefen_crm.customer_pages.models import PickedCustomer, SavedView
from kefen_crm.customer_pages.selecting import skipped
from kefen_crm.customers.models import Customer
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.forms import chosen_or_new
from kefen_crm.platform.parts import BulkPlan, BulkVerb, Filter

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.db.models import QuerySet

PICKED = "picked"
_DIGITS = 18


def _read(value: str) -> tuple[str, Q]:
    if not value.isdecimal() or len(value) > _DIGITS:
        return value, NOBODY
    own = PickedCustomer.objects.filter(customer=OuterRef("pk"), view=int(value))
    return _("Added by hand"), Q(Exists(own))


FILTER = Filter(PICKED, _read)


def _by_hand(user: Any) -> QuerySet[SavedView]:
    """The own views of customers that were added by hand."""
    return SavedView.objects.filter(owner=user, query__contains=f"{PICKED}=")


class PickForm(forms.Form):
    """A view of one's own that customers are added to, or a new one."""

    view = forms.ModelChoiceField(
        SavedView.objects.none(),
        label=gettext_lazy("View"),
        required=False,
        empty_label=gettext_lazy("A new view"),
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the new view"), max_length=80, required=False
    )

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["view"]
        field.queryset = _by_hand(user)
        field.initial = field.queryset.first()
        chosen_or_new(self, "view", "name")

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and not found.get("view") and not found.get("name", "").strip():
            self.add_error("name", _("Choose a view, or name a new one."))
        return found


class UnpickForm(forms.Form):
    """A view of one's own that customers are taken out of."""

    view = forms.ModelChoiceField(
        SavedView.objects.none(), label=gettext_lazy("View"), empty_label=None
    )

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["view"]
        field.queryset = _by_hand(user)


def _plan(_user: Any, customers: Collection[int], values: Mapping[str, Any]) -> BulkPlan:
    there = _there(values["view"], customers)
    new = tuple(pk for pk in customers if pk not in there)
    return BulkPlan(new, _left(there, _("are in the view already")))


def _pick(user: Any, planned: BulkPlan, values: Mapping[str, Any]) -> dict[str, Any]:
    view = values["view"]
    if view is None:
        view = saving.save(user, {"name": values["name"]})
        view = saving.change(user, view, {"query": f"{PICKED}={view.pk}"})
    return {"view": view.pk, "customers": saving.pick(view, planned.changes)}


def _plan_out(_user: Any, customers: Collection[int], values: Mapping[str, Any]) -> BulkPlan:
    there = _there(values["view"], customers)
    others = [pk for pk in customers if pk not in there]
    gone = tuple(pk for pk in customers if pk in there)
    return BulkPlan(gone, _left(others, _("are not in the view")))


def _unpick(_user: Any, planned: BulkPlan, values: Mapping[str, Any]) -> dict[str, Any]:
    view = values["view"]
    return {"view": view.pk, "customers": saving.unpick(view, planned.changes)}


def _undo_pick(user: Any, detail: Mapping[str, Any]) -> int:
    view = _by_hand(user).filter(pk=detail["view"]).first()
    return len(saving.unpick(view, detail["customers"])) if view else 0


def _undo_unpick(user: Any, detail: Mapping[str, Any]) -> int:
    view = _by_hand(user).filter(pk=detail["view"]).first()
    return len(saving.pick(view, detail["customers"])) if view else 0


def _there(view: SavedView | None, customers: Collection[int]) -> set[int]:
    if view is None:
        return set()
    found = view.picked.filter(customer__in=list(customers))
    return set(found.values_list("customer", flat=True))


def _left(keys: Collection[int], reason: str) -> Any:
    return skipped(Customer.objects.all(), keys, reason) if keys else ()


VERBS = (
    BulkVerb(
        "pick", gettext_lazy("Add to a view"), gettext_lazy("added to a view"), "playlist-add", "",
        PickForm, _plan, _pick, _undo_pick, position=40, of_seen=True,
    ),
    BulkVerb(
        "unpick", gettext_lazy("Take out of a view"), gettext_lazy("taken out of a view"),
        "playlist-x", "", UnpickForm, _plan_out, _unpick, _undo_unpick, position=41, of_seen=True,
    ),
)  # fmt: skip
