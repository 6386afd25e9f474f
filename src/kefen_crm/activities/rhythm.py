"""The rhythm of one customer: when the next contact is due, moved as soon as there was one.

A customer has one open task by the rhythm. It is planned when the last one is closed, so that its
`since` holds from which day the working days count; the clock's `planner` mends what else changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kefen_crm.activities.models import RHYTHM, Activity, Task
from kefen_crm.activities.queries import open_rhythm
from kefen_crm.activities.rules import CONTACT_GAP, ContactGap
from kefen_crm.grading.scopes import facts_of
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.scoped_rules import decide

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

State = Task.State


def rule_of(customer: Customer, gaps: list[ContactGap] | None = None) -> ContactGap | None:
    """The rule that holds for a customer; `gaps`: the rules in force, where they are known."""
    found: list[ContactGap] = rules.in_force(CONTACT_GAP) if gaps is None else gaps
    return decide(found, facts_of(customer)).rule if found else None


def reason_of(rule: ContactGap, holder: int | None, *, spoken: bool) -> dict[str, Any]:
    """Why a task of the rhythm is there."""
    return {"rule": rule.name, "days": rule.working_days, "holder": holder, "spoken": spoken}


def contacted(actor: User | None, activity: Activity) -> Task | None:
    """After a real contact: the task that was due is done by it, and the next is planned.

    One that is not due yet is moved. Gives the task that is open then; None where no rule holds.
    """
    customer = activity.customer
    day, today = timezone.localdate(activity.at), timezone.localdate()
    task = open_rhythm(customer.pk)
    if task is None:
        return plan_next(customer, day, spoken=True)
    if task.since is not None and day < task.since:
        return task
    if task.day > today:
        return _moved(task, customer, day)
    close(actor, task, State.DONE, activity=activity)
    return plan_next(customer, day, after=task, spoken=True)


def plan_next(
    customer: Customer, since: date, *, after: Task | None = None, spoken: bool
) -> Task | None:
    """Plan the next contact, counted from a day; None where no rule or no owner asks for one."""
    owner = customer.owner
    rule = rule_of(customer)
    if rule is None or owner is None or not owner.is_active or not customer.current:
        return None
    due = max(current().add_workdays(since, rule.working_days), timezone.localdate())
    task, _new = Task.objects.update_or_create(
        origin=RHYTHM,
        customer=customer,
        occurrence=f"{since}.{after.pk}" if after else f"{since}",
        defaults={
            "kind": after.kind if after else Task.Kind.CALL,
            "due_on": due,
            "snoozed_until": None,
            "owner": owner,
            "since": since,
            "told": reason_of(rule, owner.pk, spoken=spoken),
            "state": State.OPEN,
            "reason": "",
            "closed_on": None,
            "closed_by": None,
            "done_by_activity": None,
        },
    )
    return task


def close(
    actor: User | None,
    task: Task,
    state: str,
    *,
    activity: Activity | None = None,
    reason: str = "",
) -> None:
    """Close a task, and nothing more."""
    task.state, task.done_by_activity, task.reason = state, activity, reason
    task.closed_on, task.closed_by = timezone.localdate(), actor
    task.version += 1
    task.save()


def _moved(task: Task, customer: Customer, day: date) -> Task | None:
    """A task that is not due yet, as it is after a contact on a day."""
    rule = rule_of(customer)
    if rule is None:
        return task
    due = current().add_workdays(day, rule.working_days)
    task.since, task.due_on, task.snoozed_until = day, max(due, timezone.localdate()), None
    task.told = reason_of(rule, customer.owner_id, spoken=True)
    task.version += 1
    task.save()
    task.refresh_from_db(fields=["day"])
    return task


def recount(customer: Customer) -> None:
    """After an activity was corrected or withdrawn: count the open task anew.

    From the last real contact, or the last task of the rhythm that was closed without one; the
    planner knows of contacts in the ledger, too, and looks at them the next time.
    """
    task = open_rhythm(customer.pk)
    if task is None:
        return
    real = Activity.objects.filter(customer=customer, real=True).order_by("-at").first()
    closed = Task.objects.filter(customer=customer, origin=RHYTHM, done_by_activity=None)
    closed = closed.filter(state__in=[State.DONE, State.SKIPPED]).order_by("-closed_on")
    last = closed.values_list("closed_on", flat=True).first()
    known = [day for day in (timezone.localdate(real.at) if real else None, last) if day]
    since = max(known, default=timezone.localdate(customer.created))
    if since != task.since:
        _moved(task, customer, since)
