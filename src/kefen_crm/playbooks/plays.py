"""Plays: what is done when a customer moves, planned once for each move.

A move is told by a run, after hysteresis. What is planned for it is a task of the origin
`play.rising` and so on, whose occurrence is the day of the run: however often a run is repeated as
of a day, a customer's move of that day plans one task. A run that another replaced, or a standard
that was rolled back, takes its tasks with it where the customer no longer is what it had become and
nobody began them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from kefen_crm.activities.models import Task
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway import LAPSED
from kefen_crm.grading import queries as grading
from kefen_crm.grading.models import CustomerClass, Run
from kefen_crm.grading.scopes import divided
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.events import record_all
from kefen_crm.platform.models import RuleDocument
from kefen_crm.playbooks.document import PLAYBOOK, PLAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from kefen_crm.grading.models import Scheme
    from kefen_crm.platform.due import Due
    from kefen_crm.playbooks.document import Play, Playbook

ORIGIN: Final = "play."
WORDS: Final = {
    "rising": gettext_noop("Risen from %(before)s to %(after)s"),
    "falling": gettext_noop("Fallen from %(before)s to %(after)s"),
    "at_risk": gettext_noop("About to fall from %(after)s"),
}
LAST: Final = 10_000
"""The rank of the lapsed, after all classes."""


@dataclass(frozen=True)
class Move:
    """A customer that rose, fell, or is about to fall, by a run."""

    customer: int
    play: str
    before: str
    after: str


def turn(due: Due) -> None:
    """Plan what moves ask for, and call off what no longer stands."""
    found = rules.published(PLAYBOOK)
    if found is None:
        return
    playbooks: list[Playbook] = rules.parse(rules.kinds()[PLAYBOOK], found.document)
    first = RuleDocument.objects.filter(kind=PLAYBOOK, version__gte=1).order_by("version").first()
    begun = first.at if first else found.at
    for scheme in grading.published():
        of_scheme = [
            one for one in playbooks if one.scope.scheme == scheme.name and one.scope.classes
        ]
        run = grading.in_force(scheme)
        if run is None:
            continue
        call_off(scheme, run)
        if of_scheme and run.finished and run.finished >= begun:
            _start(due, playbooks, scheme, run, found.version or 0)


def moves(scheme: Scheme, run: Run) -> list[Move]:
    """Who rose, fell or is about to fall by a run, against the run before it."""
    rank = {one.key: one.number for one in scheme.classes} | {LAPSED: LAST}
    rows = CustomerClass.objects.filter(scheme=scheme, run=run, customer__standing__in=CURRENT)
    found = []
    for customer, key, live, run_key, before, previous, pending in rows.values_list(
        "customer", "class_key", "live", "run_key", "previous_key", "previous_run", "pending"
    ):
        after = run_key if live else key
        if after not in rank:
            continue
        was, now = rank.get(before or "") if previous else None, rank[after]
        if was is not None and now < was:
            found.append(Move(customer, "rising", before or "", after))
        elif was is not None and now > was:
            found.append(Move(customer, "falling", before or "", after))
        elif pending == 1 and not live:
            found.append(Move(customer, "at_risk", after, after))
    return found


def call_off(scheme: Scheme, run: Run) -> int:
    """Call off what was planned for moves that no longer stand; gives how many tasks."""
    planned = Task.objects.filter(
        origin__startswith=ORIGIN,
        state=Task.State.OPEN,
        told__scheme=scheme.name,
        version=1,
        snoozes=0,
    ).exclude(told__run=run.pk)
    if not planned.exists():
        return 0
    runs = Run.objects.select_related("version").in_bulk(
        {one for one in planned.values_list("told__run", flat=True) if one}
    )
    restored = run.version.restores_id is not None
    classes = dict(
        CustomerClass.objects.filter(scheme=scheme, customer__in=planned.values("customer"))
        .values_list("customer", "class_key")
    )  # fmt: skip
    ended = []
    for task in planned.select_related("customer").select_for_update(of=("self",)):
        told = task.told or {}
        old = runs.get(told.get("run"))
        if old is None or old.as_of is None or run.as_of is None:
            continue
        replaced = run.as_of <= old.as_of
        taken_back = restored and old.version_id != run.version_id
        if (replaced or taken_back) and classes.get(task.customer_id) != told.get("to"):
            ended.append(task)
    _cancel(ended)
    return len(ended)


def plan(
    playbooks: Sequence[Playbook],
    scheme: Scheme,
    run: Run,
    wanted: Iterable[Move],
    wording: int,
    today: date,
) -> list[Task]:
    """Plan the tasks of moves, in bulk; those that are there already are not planned again."""
    by_customer = {one.customer: one for one in wanted}
    people = Customer.objects.filter(
        pk__in=by_customer, standing__in=CURRENT, owner__is_active=True
    )
    titles = {one.key: one.title for one in scheme.classes}
    calendar = current()
    tasks = []
    for rule, held in divided(playbooks, people):
        for customer in held.only("pk", "owner_id"):
            move = by_customer[customer.pk]
            play: Play = getattr(rule, move.play)
            if rule.scope.scheme != scheme.name or not play.title:
                continue
            told = {
                "text": WORDS[move.play],
                "data": {
                    "before": titles.get(move.before, move.before),
                    "after": titles.get(move.after, move.after),
                },
                "scheme": scheme.name,
                "run": run.pk,
                "from": move.before,
                "to": move.after,
                "rule": rule.name,
                "wording": wording,
                "minutes": play.minutes,
            }
            tasks.append(
                Task(
                    customer=customer,
                    kind=play.means,
                    title=play.title,
                    due_on=calendar.add_workdays(today, play.days) if play.days else today,
                    owner_id=customer.owner_id,
                    origin=f"{ORIGIN}{move.play}",
                    occurrence=occurrence(scheme, run),
                    told=told,
                )
            )
    known = set(
        Task.objects.filter(
            origin__startswith=ORIGIN,
            occurrence=occurrence(scheme, run),
            customer__in=by_customer,
        ).values_list("origin", "customer")
    )
    fresh = [one for one in tasks if (one.origin, one.customer_id) not in known]
    made = Task.objects.bulk_create(fresh, batch_size=1_000)
    record_all(None, "task.planned", ((one, {}, one.values()) for one in made))
    return made


def occurrence(scheme: Scheme, run: Run) -> str:
    """What tells the moves of a day from those of another, in a scheme."""
    return f"{scheme.pk}.{run.as_of}"


def _start(due: Due, playbooks: Sequence[Playbook], scheme: Scheme, run: Run, wording: int) -> None:
    """Plan what the moves of a run ask for, as far as the clock lets it."""
    titled = {
        play: [key for rule in playbooks if rule.scope.scheme == scheme.name
               and getattr(rule, play).title for key in rule.scope.classes]
        for play in PLAYS
    }  # fmt: skip
    wanted = [one for one in moves(scheme, run) if one.after in titled[one.play]]
    before = grading.before(scheme)
    taken_back = run.version.restores_id is not None
    if not wanted or (taken_back and before and before.version_id != run.version_id):
        return
    by_target = {f"{one.play}:{one.customer}": one for one in wanted}
    population = Customer.objects.filter(standing__in=CURRENT).count()
    now = dict.fromkeys(by_target, occurrence(scheme, run))
    targets = due.targets(PLAYBOOK, now, population=population)
    plan(playbooks, scheme, run, [by_target[one] for one in targets], wording, due.day)


def _cancel(tasks: Sequence[Task]) -> None:
    today = current().today(timezone.now())
    for one in tasks:
        one.state, one.closed_on = Task.State.CANCELLED, today
        one.reason = gettext("The move that it was planned for no longer stands")
        one.version += 1
    Task.objects.bulk_update(tasks, ["state", "closed_on", "reason", "version"], batch_size=1_000)
    open_, closed = {"state": Task.State.OPEN}, {"state": Task.State.CANCELLED}
    record_all(
        None,
        "task.cancelled",
        ((one, open_, {**closed, "kind": one.kind, "title": one.title}) for one in tasks),
    )
