"""What the customer's page shows of activities and tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kefen_crm.activities import rhythm
from kefen_crm.activities.actions.logging import may_correct
from kefen_crm.activities.models import ICONS, Activity, Kind, Task
from kefen_crm.activities.permits import WORK
from kefen_crm.activities.queries import leading_scheme
from kefen_crm.activities.rules import CONTACT_GAP
from kefen_crm.activities.today import line_of
from kefen_crm.customers.queries import may_change
from kefen_crm.gateway.interactions import last_contacts
from kefen_crm.grading.queries import classes_on_page
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.per_request import once
from kefen_crm.platform.registry import declared
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.activities.today import Line
    from kefen_crm.customers.models import Customer

OTHERS = 3
"""Classes by other schemes than the leading one that stand above all."""
LISTED = 5
"""Activities on the customer's page; the timeline has the rest."""


def strip(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Its class in the leading scheme, who has it, the last contact, the next task, the rhythm."""
    newest = Activity.objects.filter(customer=customer, real=True).order_by("-at").first()
    days = [timezone.localdate(newest.at)] if newest else []
    days += last_contacts([customer.code]).values()
    lines = _open_lines(request, customer)
    gaps = rules.in_force(CONTACT_GAP)
    scheme, graded = leading_scheme(gaps), classes_on_page(request, customer)
    leading = next((one for one in graded if one.scheme == scheme), None)
    return {
        "scheme": scheme,
        "leading": leading,
        "class_key": leading.class_key if leading else None,
        "others": [one for one in graded if one is not leading][:OTHERS],
        "spoken": max(days, default=None),
        "line": lines[0] if lines else None,
        "rule": rhythm.rule_of(customer, gaps),
        "writable": _writable(request, customer),
    }


def work(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """The box to log, the open tasks, and what was said lately."""
    user: Any = request.user
    found = Activity.objects.filter(customer=customer).exclude(state=Activity.State.WITHDRAWN)
    activities = list(found.select_related("by")[:LISTED])
    below = [part.read(request, activities) for part in declared("log_parts")]
    for one in activities:
        one.changeable = may_correct(user, one)
        one.parts = [found[one.pk] for found in below if one.pk in found]
    return {
        "kinds": [(kind.value, kind.label, ICONS[kind]) for kind in Kind],
        "lines": _open_lines(request, customer),
        "activities": activities,
        "writable": _writable(request, customer),
    }


def _writable(request: HttpRequest, customer: Customer) -> bool:
    user = request.user
    return may(user, WORK) and may_change(user, customer)


def _open_lines(request: HttpRequest, customer: Customer) -> list[Line]:
    """The tasks that are due first, read once for all parts of a page."""

    def read() -> list[Line]:
        tasks = Task.objects.filter(customer=customer, state=Task.State.OPEN)
        calendar, on = current(), timezone.localdate()
        found = tasks.select_related("owner", "by").order_by("day", "due_at", "pk")[:LISTED]
        return [line_of(one, calendar, on, {}) for one in found]

    return once(request, ("open tasks", customer.pk), read)
