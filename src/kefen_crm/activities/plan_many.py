"""A task with each of the chosen customers of the list."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.activities import actions
from kefen_crm.activities.forms import PlanForm
from kefen_crm.activities.models import Task
from kefen_crm.activities.permits import WORK
from kefen_crm.activities.queries import people_for
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import BulkPlan, BulkVerb, Skipped
from kefen_crm.team.queries import permitted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kefen_crm.team.models import User

_NAMED = 3
_PEOPLE = 6
"""People whose number of tasks is told beforehand."""


class PlanManyForm(PlanForm):
    """A task to plan; without a person it is for the owner of each customer."""

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, people=people_for(), user=user, **more)
        owner: Any = self.fields["owner"]
        owner.initial, owner.empty_label = None, _("Whoever looks after the customer")
        self.fields["due_on"].widget.attrs["min"] = self.fields["due_on"].initial

    def clean_due_on(self) -> Any:
        day = self.cleaned_data["due_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("That day has passed."))
        return day


def _plan(_user: Any, customers: Collection[int], values: Mapping[str, Any]) -> BulkPlan:
    found = dict(Customer.objects.filter(pk__in=list(customers)).values_list("pk", "owner"))
    fits = _fitting(found, values.get("owner"))
    people = {one.pk: one for one in people_for().filter(pk__in=set(fits.values()))}
    counts = Counter(fits.values())
    notes = [
        _("%(who)s: %(count)s tasks more")
        % {"who": people[pk].display_name, "count": numbers.whole(count)}
        for pk, count in counts.most_common(_PEOPLE)
    ]
    busy = Task.objects.filter(customer__in=list(fits), state=Task.State.OPEN)
    if several := busy.values("customer").distinct().count():
        told = _("An open task is there already with %(count)s of them")
        notes.append(told % {"count": numbers.whole(several)})
    left = [pk for pk in found if pk not in fits]
    return BulkPlan(tuple(sorted(fits)), _skipped(left), tuple(notes))


def _fitting(owners: Mapping[int, int | None], person: User | None) -> dict[int, int]:
    """Whose the task with each customer would be; without those with whom nobody could do it."""
    if person is not None:
        reached = changeable_by(person).filter(pk__in=list(owners))
        return dict.fromkeys(reached.values_list("pk", flat=True), person.pk)
    people = {one for one in owners.values() if one}
    able = set(permitted(WORK).filter(pk__in=people).values_list("pk", flat=True))
    return {pk: owner for pk, owner in owners.items() if owner in able}


def _act(user: User, planned: BulkPlan, values: Mapping[str, Any]) -> dict[str, Any]:
    found = Customer.objects.filter(pk__in=planned.changes).values_list("pk", "owner")
    fits = _fitting(dict(found), values.get("owner"))
    told = {name: value for name, value in values.items() if name != "owner"}
    return {"batch": actions.plan_many(user, fits, told)}


def _undo(user: User, detail: Mapping[str, Any]) -> int:
    return actions.cancel_many(user, detail["batch"])


def _skipped(keys: list[int]) -> tuple[Skipped, ...]:
    if not keys:
        return ()
    names = Customer.objects.filter(pk__in=keys[:_NAMED]).order_by("code")
    reason = _("nobody could do it: no owner who works on tasks, or out of the person's reach")
    return (Skipped(reason, len(keys), tuple(names.values_list("name", flat=True))),)


VERB = BulkVerb(
    "plan",
    gettext_lazy("Plan a task"),
    gettext_lazy("with a task planned"),
    "checkbox",
    WORK,
    PlanManyForm,
    _plan,
    _act,
    _undo,
    position=20,
)
