"""What the clock does about neglected customers: warnings, and a few of them into the pool."""

from __future__ import annotations

from collections import defaultdict
from datetime import time, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kefen_crm.customers.actions import owners
from kefen_crm.customers.locks import editing
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.holdings.actions.releasing import enter
from kefen_crm.holdings.actions.work import follow
from kefen_crm.holdings.limits import held
from kefen_crm.holdings.models import Falling, PoolEntry, Spared, Transfer
from kefen_crm.holdings.pool_rules import MARKS, POOL_RULES, WARNED
from kefen_crm.holdings.queries import today
from kefen_crm.holdings.telling import tell
from kefen_crm.holdings.tonight import JOB, NOTICE, Night, night
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.events import record, record_all
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.rules import SET_RULES
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.holdings.models import Pool
    from kefen_crm.holdings.pool_rules import Candidate
    from kefen_crm.platform.due import Due

POOL_WARNED = "customer.pool-warned"
SPARED = "pool.spared"
STOPPED = "pool.stopped"
SPARE_DAYS = 7


def recycle(due: Due) -> None:
    """Warn owners of who falls soon, and take who fell, at most a share of each owner's."""
    found = rules.in_force(POOL_RULES)
    if not found:
        Falling.objects.all().delete()
        return
    outcome = night(found, due.day)
    _note_falling(outcome)
    _warn(due, outcome)
    _take(due, outcome)


JOB_OF_CLOCK = ClockJob(JOB, recycle, at=time(1), permit=SET_RULES)


def _note_falling(outcome: Night) -> None:
    """Write who is about to fall, for the pages of their owners."""
    calendar, taken = current(), {one.pk for one, _pool in outcome.takes}
    Falling.objects.all().delete()
    rows = []
    for one in outcome.near:
        if one.pk in taken:
            continue
        # The day before `day` is over; after `left` more working days it falls in the night.
        last = calendar.add_workdays(outcome.day - timedelta(days=1), max(one.left, 1))
        rows.append(
            Falling(
                customer_id=one.pk,
                owner_id=one.owner,
                rule=one.rule.name,
                condition=one.condition,
                since=one.since,
                falls_on=last + timedelta(days=1),
            )
        )
    Falling.objects.bulk_create(rows, batch_size=1_000)


def _warn(due: Due, outcome: Night) -> None:
    """Tell owners, each once a night, and write it on the customers' timelines."""
    marks = {one.target: (one, mark) for one, mark in outcome.warns}
    told = due.targets(
        WARNED,
        {target: one.warning(mark) for target, (one, mark) in marks.items()},
        population=len(marks) * MARKS[0] * NOTICE,  # a warning takes nothing, so it never asks
    )
    people: dict[int, list[Candidate]] = defaultdict(list)
    customers = Customer.objects.only("version").in_bulk([marks[it][0].pk for it in told])
    events: list[tuple[Customer, dict[str, object], dict[str, object]]] = []
    for target in told:
        one, _mark = marks[target]
        people[one.owner].append(one)
        after = {"rule": one.rule.name, "since": one.since, "left": max(one.left, 0)}
        events.append((customers[one.pk], {}, after | {"condition": one.condition}))
    record_all(None, POOL_WARNED, events)
    for pk, theirs in people.items():
        _tell_falling(pk, theirs)


def _tell_falling(owner: int, theirs: list[Candidate]) -> None:
    texts = (
        gettext_noop("%(customer)s is about to fall into the pool"),
        gettext_noop("%(count)s customers are about to fall into the pool"),
    )
    customers = [(one.pk, one.name) for one in theirs]
    tell(_owner_or_lead(owner), "pool.warned", customers, texts, reverse("holdings:falling"))


def _owner_or_lead(owner: int) -> list[User]:
    """Who is told of an owner's customers: the lead where the owner left."""
    user = User.objects.select_related("department__lead").get(pk=owner)
    if user.is_active:
        return [user]
    return [user.department.lead] if user.department and user.department.lead else []


def _take(due: Due, outcome: Night) -> None:
    by_target = {one.target: (one, pool) for one, pool in outcome.takes}
    targets = due.targets(
        POOL_RULES,
        {target: one.occurrence for target, (one, _pool) in by_target.items()},
        population=held().count(),
    )
    if targets:
        take(outcome.day, [by_target[target] for target in targets])


@transaction.atomic
def take(day: date, falling: list[tuple[Candidate, Pool]]) -> Transfer:
    """Take customers into pools, as one transfer that can be undone; owners are told."""
    editing()
    keys = [one.pk for one, _pool in falling]
    still = dict(
        Customer.objects.select_for_update()
        .filter(pk__in=keys)
        .order_by("pk")
        .values_list("pk", "owner")
    )
    falling = [(one, pool) for one, pool in falling if still.get(one.pk) == one.owner]
    transfer = Transfer.objects.create(kind=Transfer.Kind.RECYCLED, day=day)
    groups: dict[tuple[int, str], list[tuple[Candidate, Pool]]] = defaultdict(list)
    for one, pool in falling:
        groups[pool.pk, one.rule.name].append((one, pool))
    for (_number, rule), these in groups.items():
        with owners.changing(via="recycled", reason=rule, transfer=transfer.pk):
            owners.change_owners(
                None, owners.RECYCLED, {one.pk: None for one, _pool in these}, reason=rule
            )
        enter(
            these[0][1],
            {one.pk: one.owner for one, _pool in these},
            why=PoolEntry.Why.RECYCLED,
            reasons={one.pk: f"{rule} · {one.since}" for one, _pool in these},
            transfer=transfer,
        )
    follow(None, {one.pk: (one.owner, None) for one, _pool in falling})
    record(None, "pool.recycled", transfer, after={"count": len(falling), "day": day})
    people: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for one, _pool in falling:
        people[one.owner].append((one.pk, one.name))
    texts = (
        gettext_noop("The pool rules took %(customer)s, a customer of yours"),
        gettext_noop("The pool rules took %(count)s customers of yours"),
    )
    for owner, customers in people.items():
        tell(_owner_or_lead(owner), "pool.taken", customers, texts, reverse("holdings:pool"))
    return transfer


@transaction.atomic
def spare(actor: User, customer: Customer, *, reason: str = "") -> Spared:
    """Have the rules leave a customer alone for a week.

    Raises:
        PermissionDenied: unless `actor` may assign customers.
        Customer.DoesNotExist: out of reach of `actor`.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS)
    found = changeable_by(actor).get(pk=customer.pk)
    until = today() + timedelta(days=SPARE_DAYS)
    made = Spared.objects.create(customer=found, until=until, reason=reason, by=actor)
    record(actor, SPARED, found, after={"until": until}, reason=reason)
    return made


@transaction.atomic
def stop(actor: User, day: date, *, reason: str = "") -> Spared:
    """Have the rules take nobody in the night before `day` dawns.

    Raises:
        PermissionDenied: unless `actor` may assign customers.
        ValidationError: for a night that is over.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS)
    if day < today():
        raise ValidationError(_("That night is over."))
    made = Spared.objects.create(customer=None, until=day, reason=reason, by=actor)
    record(actor, STOPPED, made, after={"day": day}, reason=reason)
    return made
