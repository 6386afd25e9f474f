"""Activities: noted, corrected, withdrawn. The feed brings them into the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.activities import repeating, rhythm
from kefen_crm.activities.actions.tasks import plan
from kefen_crm.activities.mentions import mentioned
from kefen_crm.activities.models import Activity, Kind, Task
from kefen_crm.activities.permits import WORK, alone
from kefen_crm.activities.queries import contact_called, contacts_of, open_rhythm
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.team.roles import Role, require

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

FIELDS = (
    *("contact", "person_id", "kind", "direction", "at"),
    *("minutes", "answered", "outcome", "text"),
)
LONGEST = 5_000
"""Characters of what was said."""
SLACK = timedelta(minutes=5)
"""Clocks differ by so much at most."""
State = Activity.State


@transaction.atomic
def log(
    actor: User,
    customer: Customer,
    values: Mapping[str, Any],
    *,
    closes: Collection[int] | None = None,
    then: Mapping[str, Any] | None = None,
    key: str = "",
) -> Activity:
    """Note an activity; the tasks that it does are done, and the next is planned.

    A real contact (answered, or a meeting or visit) does the task of the rhythm that is due and
    starts the rhythm anew. After one that was not answered that task comes again on the next
    working day.

    Args:
        actor: who notes it.
        customer: with whom it was.
        values: `kind`, and perhaps `at` (by default now), `contact`, `person_id`, `direction`,
            `minutes`, `answered`, `outcome`, `text`. The name of one of the customer's contacts
            means that person.
        closes: the ids of the customer's open tasks that it does, besides that of the rhythm; by
            default those of the actor of the same kind that are due.
        then: what to plan next, as of `plan`.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may note activities.
        DoesNotExist: of `Customer`, when `actor` may not change the customer.
        ValidationError: by field; what is wrong with `then` has `then` as field.
        KeyReused: when the key came with something else before.
    """
    require(actor, WORK)
    customer = changeable_by(actor).select_related("owner").get(pk=customer.pk)
    given = {"customer": customer.pk, "values": _plain(values), "closes": closes}
    given |= {"then": {name: str(value) for name, value in then.items()} if then else None}
    if answer := events.answered(actor, "activity.logged", key, given):
        return _target(answer)
    alone(customer)
    activity = Activity(customer=customer, by=actor)
    _say(activity, {"at": timezone.now(), **values})
    activity.save()
    activity.refresh_from_db(fields=["real"])
    after = values_of(activity)
    if people := mentioned(activity.text, customer):
        after["mentions"] = people
    events.record(actor, "activity.logged", activity, after=after, key=key, given=given)
    _follow(actor, activity, closes)
    if then:
        try:
            plan(actor, customer, then)
        except ValidationError as error:
            raise ValidationError({"then": error.messages}) from error
    return activity


@transaction.atomic
def correct(
    actor: User,
    activity: Activity,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Activity:
    """Say what an activity was in truth: whoever noted it, or a manager.

    Raises:
        PermissionDenied, DoesNotExist, ValidationError, KeyReused: as of `log`.
        Stale: when it is of another version than `expected_version`.
    """
    given = {"activity": activity.pk, "values": _plain(values), "version": expected_version}
    if answer := _answered(actor, "activity.corrected", key, given):
        return answer
    found = _locked(actor, activity, expected_version)
    was = values_of(found)
    _say(found, values)
    now = values_of(found)
    names = [name for name in now if now[name] != was[name]]
    if not names:
        return found
    found.state = State.CORRECTED
    events.raised(found)
    events.record(
        actor,
        "activity.corrected",
        found,
        before={name: was[name] for name in names},
        after={name: now[name] for name in names},
        reason=reason,
        key=key,
        given=given,
    )
    rhythm.recount(found.customer)
    return found


@transaction.atomic
def withdraw(
    actor: User,
    activity: Activity,
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Activity:
    """Say that an activity never was: it counts no more, and stays to be read.

    Raises:
        PermissionDenied, DoesNotExist, KeyReused, Stale: as of `correct`.
        ValidationError: when it was withdrawn already.
    """
    given = {"activity": activity.pk, "version": expected_version}
    if answer := _answered(actor, "activity.withdrawn", key, given):
        return answer
    found = _locked(actor, activity, expected_version)
    found.state = State.WITHDRAWN
    events.raised(found)
    events.record(
        actor,
        "activity.withdrawn",
        found,
        before=values_of(found),
        reason=reason,
        key=key,
        given=given,
    )
    rhythm.recount(found.customer)
    return found


def may_correct(actor: User, activity: Activity) -> bool:
    """Whether `actor` may say what an activity was in truth, of a customer in their reach."""
    return activity.by_id == actor.pk or actor.role in (Role.MANAGER, Role.ADMIN)


def values_of(activity: Activity) -> dict[str, Any]:
    """What events tell of an activity."""
    return {name: getattr(activity, name) for name in FIELDS}


def _follow(actor: User, activity: Activity, closes: Collection[int] | None) -> None:
    """Close the tasks that an activity does, and have the rhythm go on."""
    today = timezone.localdate()
    customer = activity.customer
    tasks = Task.objects.select_for_update().filter(customer=customer, state=Task.State.OPEN)
    due = tasks.filter(owner=actor, kind=activity.kind, day__lte=today)
    rhythmic = open_rhythm(customer.pk)
    for task in due if closes is None else tasks.filter(pk__in=closes):
        if rhythmic is not None and task.pk == rhythmic.pk:
            continue
        if activity.answered is False and task.kind == activity.kind:
            _try_again(task)
            continue
        rhythm.close(actor, task, Task.State.DONE, activity=activity)
        about = {"kind": task.kind, "title": task.title}
        after = {"state": task.state, "activity": activity.pk, **about}
        events.record(actor, "task.done", task, before={"state": "open"}, after=after)
        repeating.plan_following(actor, task)
    if activity.real:
        rhythm.contacted(actor, activity)
    elif rhythmic is not None and rhythmic.day <= today and activity.kind != Kind.NOTE:
        _try_again(rhythmic)


def _try_again(task: Task) -> None:
    """Have a task come again on the next working day: nobody answered."""
    task.snoozed_until = current().next_workday(timezone.localdate())
    task.version += 1
    task.save()


def _say(activity: Activity, values: Mapping[str, Any]) -> None:
    """Put values into an activity.

    Raises:
        ValidationError: by field, of what is wrong, missing or unknown.
    """
    wrong = {name: _("There is no such field.") for name in values if name not in FIELDS}
    if wrong:
        raise ValidationError(wrong)
    values = _with(activity, values)
    for name, value in values.items():
        setattr(activity, name, value.strip() if isinstance(value, str) else value)
    if not isinstance(activity.at, datetime) or timezone.is_naive(activity.at):
        raise ValidationError({"at": _("Say when, with the zone.")})
    if activity.at > timezone.now() + SLACK:
        raise ValidationError({"at": _("That moment has not come yet: plan a task instead.")})
    if len(activity.text) > LONGEST:
        raise ValidationError({"text": _("At most %(count)s characters.") % {"count": LONGEST}})
    if activity.kind == Kind.NOTE and not activity.text:
        raise ValidationError({"text": _("A note says something.")})
    if activity.kind in (Kind.MEETING, Kind.VISIT):
        activity.answered = None
    activity.clean_fields(exclude=["customer", "by", "person"])


def _with(activity: Activity, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with whom it was, by name and as a contact of the customer.

    Raises:
        ValidationError: for somebody who is none.
    """
    named = str(values.get("contact") or "").strip()
    if values.get("person_id") is not None:
        person = contacts_of(activity.customer).filter(pk=values["person_id"]).first()
        if person is None:
            raise ValidationError({"person_id": _("This is no contact of the customer.")})
        return {**values, "contact": named or person.name}
    if "contact" not in values or (named and named == activity.contact):
        return dict(values)
    person = contact_called(activity.customer, named)
    return {**values, "person_id": person.pk if person else None}


def _locked(actor: User, activity: Activity, expected_version: int | None) -> Activity:
    alone(activity.customer)
    mine = Activity.objects.filter(customer__in=changeable_by(actor)).select_related("customer")
    if not may_correct(actor, activity):
        mine = mine.none()
    found = events.locked(mine, activity.pk, expected_version)
    if not found.in_force:
        raise ValidationError(_("This was withdrawn."))
    return found


def _answered(actor: User, verb: str, key: str, given: Mapping[str, Any]) -> Activity | None:
    require(actor, WORK)
    answer = events.answered(actor, verb, key, given)
    return _target(answer) if answer else None


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _target(answer: Any) -> Activity:
    found: Activity = answer.target()
    return found
