"""Plays: what is done when a customer moves, planned once for each move.

A move is told by a run, after hysteresis. What is planned for it is a task of the origin
`play.rising` and so on, whose occurrence is the day of the run: however often a run is repeated as
of a day, a customer's move of that day plans one task. A run that another replaced, or a standard
that was rolled back, takes its tasks with it where the customer no longer is what it had become and
nobody began them. Who is back by a later run before anybody began asks for nothing, such as a
customer next to a cut that moved: the task is called off, and the way back plans none.

Between runs `live_plays` plans what moves of live classes ask for, and upon a run what its few
moves do; the clock plans the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from kefen_crm.activities.models import Task
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway import LAPSED
from kefen_crm.grading import queries as grading
from kefen_crm.grading.models import CustomerClass, Run, RunInForce
from kefen_crm.grading.scopes import divided
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.events import record_all
from kefen_crm.platform.models import RuleDocument
from kefen_crm.playbooks.document import PLAYBOOK, PLAYS
from kefen_crm.playbooks.models import LivePlay, PlayTrial
from kefen_crm.playbooks.play_messages import stop, write
from kefen_crm.playbooks.trials import HORIZON, withheld

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from kefen_crm.grading.models import Scheme
    from kefen_crm.platform.due import Due
    from kefen_crm.playbooks.document import Play, Playbook

ORIGIN: Final = "play."
WORDS: Final = {
    "rising": gettext_noop("Risen from %(before)s to %(after)s"),
    "falling": gettext_noop("Fallen from %(before)s to %(after)s"),
    "at_risk": gettext_noop("About to fall from %(after)s"),
}
BACK: Final = "back"
"""What a play tells that was called off: the occurrence by which its customer was back."""
LAST: Final = 10_000
"""The rank of the lapsed, after all classes."""
FEW, SHARE = 50, 0.05
"""More moves at once than both wait for the clock, which asks before it acts."""


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
    wait_for_turn()
    for scheme in grading.published():
        of_scheme = [
            one for one in playbooks if one.scope.scheme == scheme.name and one.scope.classes
        ]
        run = grading.in_force(scheme)
        if run is None:
            continue
        settle(scheme, run)
        call_off(scheme, run)
        if of_scheme:
            _start(due, playbooks, scheme, run, found.version or 0)


def wait_for_turn() -> None:
    """Let nobody else plan plays until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('playbooks/plays', 0))")


def began() -> datetime | None:
    """Since when there are playbooks; what moved before them asks for nothing."""
    first = RuleDocument.objects.filter(kind=PLAYBOOK, version__gte=1).order_by("version").first()
    return first.at if first else None


def settle(scheme: Scheme, run: Run) -> None:
    """Have what was planned between runs be of the run that says the same, or call it off."""
    waiting = LivePlay.objects.filter(scheme=scheme, held=None).exclude(run=run.pk)
    found = list(waiting.select_related("task__customer").select_for_update(of=("self", "task")))
    if not found:
        return
    rows = CustomerClass.objects.filter(scheme=scheme, scheme__run_in_force__run=run).values_list(
        "customer", "class_key", "live", "run_key"
    )
    now = {
        customer: run_key if live else key
        for customer, key, live, run_key in rows.filter(
            customer__in=[one.task.customer_id for one in found]
        )
    }
    ended = []
    for one in found:
        task = one.task
        told = task.told or {}
        one.held = now.get(task.customer_id) == told.get("to")
        if one.held:
            task.told = told | {"run": run.pk}
            known = Task.objects.filter(
                origin=task.origin, customer=task.customer_id, occurrence=occurrence(scheme, run)
            )
            if not known.exists():
                task.occurrence = occurrence(scheme, run)
            task.save(update_fields=["told", "occurrence"])
        elif untouched(task):
            ended.append(task)
    LivePlay.objects.bulk_update(found, ["held"])
    cancel(ended)


def untouched(task: Task) -> bool:
    """Whether nobody began or changed a task."""
    return task.state == Task.State.OPEN and task.version == 1 and task.snoozes == 0


def moves(scheme: Scheme, run: Run) -> list[Move]:
    """Who rose, fell or is about to fall by a run, against the run before it."""
    rank = {one.key: one.number for one in scheme.classes} | {LAPSED: LAST}
    known = RunInForce.has_before(scheme)
    rows = CustomerClass.objects.filter(
        scheme=scheme, scheme__run_in_force__run=run, customer__standing__in=CURRENT
    )
    found = []
    for customer, key, live, run_key, before, previous, pending in rows.values_list(
        "customer", "class_key", "live", "run_key", "previous_key", "graded_before", "pending"
    ):
        after = run_key if live else key
        if after not in rank:
            continue
        was, now = rank.get(before or "") if previous and known else None, rank[after]
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
    ended, returned = [], []
    for task in planned.select_related("customer").select_for_update(of=("self",)):
        told = task.told or {}
        old = runs.get(told.get("run"))
        if old is None or old.as_of is None or run.as_of is None:
            continue
        replaced = run.as_of <= old.as_of
        taken_back = restored and old.version_id != run.version_id
        now = classes.get(task.customer_id)
        if not replaced and now == told.get("from") != told.get("to"):
            task.told = {**told, BACK: occurrence(scheme, run)}
            returned.append(task)
        elif (replaced or taken_back) and now != told.get("to"):
            ended.append(task)
    Task.objects.bulk_update(returned, ["told"], batch_size=1_000)
    ended += returned
    cancel(ended)
    return len(ended)


def plan(
    playbooks: Sequence[Playbook],
    scheme: Scheme,
    run: Run,
    wanted: Iterable[Move],
    wording: int,
    today: date,
    occurrence: str,
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
        for customer in held.only("pk", "owner_id", "sales"):
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
                    occurrence=occurrence,
                    told=told,
                )
            )
    known = set(
        Task.objects.filter(
            origin__startswith=ORIGIN, occurrence=occurrence, customer__in=by_customer
        ).values_list("origin", "customer")
    ) | {
        (f"{ORIGIN}{play}", customer)
        for play, customer in PlayTrial.objects.filter(
            occurrence=occurrence, customer__in=by_customer
        ).values_list("play", "customer")
    }
    fresh = [one for one in tasks if (one.origin, one.customer_id) not in known]
    fresh = _tried(fresh, {one.name: one for one in playbooks}, by_customer, occurrence, today)
    write(fresh, {one.name: one for one in playbooks})
    made = Task.objects.bulk_create(fresh, batch_size=1_000)
    record_all(None, "task.planned", ((one, {}, one.values()) for one in made))
    return made


def _tried(
    tasks: Sequence[Task],
    playbooks: Mapping[str, Playbook],
    wanted: Mapping[int, Move],
    when: str,
    today: date,
) -> list[Task]:
    """The tasks without those of customers that their plays leave out, all of whom are noted."""
    asked = {
        one.customer_id: one
        for one in tasks
        if getattr(playbooks[(one.told or {})["rule"]], wanted[one.customer_id].play).withhold
    }
    if not asked:
        return list(tasks)
    # Who was drawn for this move between runs, or by a run of late, stays as drawn.
    lately = PlayTrial.objects.filter(customer__in=asked, on__gt=today - timedelta(days=HORIZON))
    drawn = {
        pk: out
        for pk, play, after, out in lately.values_list("customer", "play", "class_key", "withheld")
        if (play, after) == (wanted[pk].play, wanted[pk].after)
    }
    strata = {
        pk: f"{(one.told or {})['rule']}/{wanted[pk].play}/{wanted[pk].after}"
        for pk, one in asked.items()
        if pk not in drawn
    }
    out, about = withheld(strata, when, today)
    PlayTrial.objects.bulk_create(
        (
            PlayTrial(
                customer_id=pk,
                play=wanted[pk].play,
                rule=(one.told or {})["rule"],
                class_key=wanted[pk].after,
                occurrence=when,
                on=today,
                withheld=pk in out,
                past=one.customer.sales or 0,
            )
            for pk, one in asked.items()
            if pk in about
        ),
        batch_size=1_000,
    )
    out |= {pk for pk, left_out in drawn.items() if left_out}
    return [one for one in tasks if one.customer_id not in out]


def asked_for(playbooks: Sequence[Playbook], scheme: Scheme, found: Iterable[Move]) -> list[Move]:
    """The moves that a playbook has a play for."""
    titled = {
        play: [key for rule in playbooks if rule.scope.scheme == scheme.name
               and getattr(rule, play).title for key in rule.scope.classes]
        for play in PLAYS
    }  # fmt: skip
    return [one for one in found if one.after in titled[one.play]]


def occurrence(scheme: Scheme, run: Run) -> str:
    """What tells the moves of a day from those of another, in a scheme."""
    return f"{scheme.pk}.{run.as_of}"


def wanted_of(playbooks: Sequence[Playbook], scheme: Scheme, run: Run) -> list[Move]:
    """The moves of a run that ask for a play which did not begin before the run."""
    before = grading.before(scheme)
    taken_back = run.version.restores_id is not None
    since = began()
    if since is None or run.finished is None or run.finished < since:
        return []
    if taken_back and before and before.version_id != run.version_id:
        return []
    known = set(
        LivePlay.objects.filter(scheme=scheme, held=True, task__told__run=run.pk)
        .values_list("task__customer", "task__origin", "task__told__to")
    )  # fmt: skip
    same = {f"told__{BACK}": occurrence(scheme, run)}
    back = Task.objects.filter(origin__startswith=ORIGIN, **same)
    returned = set(back.values_list("customer", "told__from"))
    return [
        one
        for one in asked_for(playbooks, scheme, moves(scheme, run))
        if (one.customer, f"{ORIGIN}{one.play}", one.after) not in known
        and (one.customer, one.after) not in returned
    ]


def few(count: int) -> bool:
    """Whether so many moves are too few for the playbooks to stop and ask."""
    return count <= FEW or count <= Customer.objects.filter(standing__in=CURRENT).count() * SHARE


def _start(due: Due, playbooks: Sequence[Playbook], scheme: Scheme, run: Run, wording: int) -> None:
    """Plan what the moves of a run ask for, as far as the clock lets it."""
    by_target = {f"{one.play}:{one.customer}": one for one in wanted_of(playbooks, scheme, run)}
    if not by_target:
        return
    population = Customer.objects.filter(standing__in=CURRENT).count()
    now = dict.fromkeys(by_target, occurrence(scheme, run))
    targets = due.targets(PLAYBOOK, now, population=population)
    chosen = [by_target[one] for one in targets]
    plan(playbooks, scheme, run, chosen, wording, due.day, occurrence(scheme, run))


def cancel(tasks: Sequence[Task]) -> None:
    today = current().today(timezone.now())
    for one in tasks:
        one.state, one.closed_on = Task.State.CANCELLED, today
        one.reason = gettext("The move that it was planned for no longer stands")
        one.version += 1
    Task.objects.bulk_update(tasks, ["state", "closed_on", "reason", "version"], batch_size=1_000)
    stop(tasks)
    open_, closed = {"state": Task.State.OPEN}, {"state": Task.State.CANCELLED}
    record_all(
        None,
        "task.cancelled",
        ((one, open_, {**closed, "kind": one.kind, "title": one.title}) for one in tasks),
    )
