"""Plays between runs: what a move of a live class asks for, at once.

A move is from the class of the run in force to the live one, after hysteresis. Its task is planned
once. When the customer moves back before anybody began it, it is called off; when the next run says
the same, it is that run's (`plays.settle`), which plans none beside it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import F
from django.dispatch import receiver
from django.utils import timezone

from kefen_crm.activities.models import Task
from kefen_crm.customers.models import CURRENT
from kefen_crm.customers.queries import visible_to
from kefen_crm.gateway import LAPSED
from kefen_crm.grading import queries as grading
from kefen_crm.grading.models import CustomerClass
from kefen_crm.grading.signals import classes_changed
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.queue import later_once
from kefen_crm.playbooks import plays
from kefen_crm.playbooks.document import PLAYBOOK
from kefen_crm.playbooks.models import LivePlay
from kefen_crm.playbooks.plays import LAST, ORIGIN, Move

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.grading.models import Run, Scheme
    from kefen_crm.playbooks.document import Playbook
    from kefen_crm.team.models import User

FOLLOW: Final = "playbooks.live_plays"


@receiver(classes_changed, dispatch_uid="playbooks_live_plays")
def follow_later(*, live: bool = False, **_more: Any) -> None:
    """Queue following the classes, where any playbook is in force: `live` ones without the runs."""
    if rules.published(PLAYBOOK):
        later_once(FOLLOW, lock=FOLLOW, runs=not live)


@transaction.atomic
def follow(*, runs: bool = True) -> int:
    """Plan what moves since the runs in force ask for; gives how many tasks.

    With `runs`, as after one of them took over, what they settle, call off and ask for as well,
    as far as it is little.
    """
    found = rules.published(PLAYBOOK)
    if found is None:
        return 0
    plays.wait_for_turn()
    playbooks: list[Playbook] = rules.parse(rules.kinds()[PLAYBOOK], found.document)
    wording, made = found.version or 0, 0
    for scheme in grading.published():
        run = grading.in_force(scheme)
        if run is None:
            continue
        if runs:
            made += _settled(playbooks, scheme, run, wording)
        made += _follow(playbooks, scheme, run, wording)
    return made


def _settled(playbooks: Sequence[Playbook], scheme: Scheme, run: Run, wording: int) -> int:
    """Have plays stand as a run says, and plan what its moves ask for where they are few."""
    plays.settle(scheme, run)
    plays.call_off(scheme, run)
    moved = plays.wanted_of(playbooks, scheme, run)
    if not plays.few(len(moved)):
        return 0
    day, once = current().today(timezone.now()), plays.occurrence(scheme, run)
    return len(plays.plan(playbooks, scheme, run, moved, wording, day, once))


def _follow(playbooks: Sequence[Playbook], scheme: Scheme, run: Run, wording: int) -> int:
    rows = {
        one.customer_id: one
        for one in CustomerClass.objects.filter(
            scheme=scheme,
            scheme__run_in_force__run=run,
            live__isnull=False,
            customer__standing__in=CURRENT,
        ).exclude(class_key=F("run_key"))
    }
    planned = _planned(scheme, run, rows)
    begun = plays.began()
    rank = {one.key: one.number for one in scheme.classes} | {LAPSED: LAST}
    wanted: list[Move] = []
    for customer, row in rows.items():
        was, now = rank.get(row.run_key or ""), rank.get(row.class_key or "")
        if was is None or now is None or not row.live or (begun and row.live < begun):
            continue
        play = "rising" if now < was else "falling"
        move = Move(customer, play, row.run_key or "", row.class_key or "")
        if (f"{ORIGIN}{play}", move.after) not in planned[customer]:
            wanted.append(move)
    wanted = plays.asked_for(playbooks, scheme, wanted)
    if not wanted or not plays.few(len(wanted)):
        return 0
    times = Counter(
        LivePlay.objects.filter(
            scheme=scheme, run=run, task__customer__in=[one.customer for one in wanted]
        ).values_list("task__customer", flat=True)
    )
    groups: dict[int, list[Move]] = defaultdict(list)
    for one in wanted:
        groups[times[one.customer]].append(one)
    today = current().today(timezone.now())
    made: list[Task] = []
    for number, some in groups.items():
        occurrence = f"{scheme.pk}.{run.as_of}.{run.pk}.{number}"
        made += plays.plan(playbooks, scheme, run, some, wording, today, occurrence)
    LivePlay.objects.bulk_create(
        LivePlay(
            task=task,
            scheme=scheme,
            run=run,
            facts=rows[task.customer_id].live_facts,
            classed=rows[task.customer_id].live or timezone.now(),
        )
        for task in made
    )
    return len(made)


def _planned(
    scheme: Scheme, run: Run, rows: dict[int, CustomerClass]
) -> dict[int, set[tuple[str, str]]]:
    """What was planned upon this run and stands, by customer; the rest is called off."""
    known = LivePlay.objects.filter(scheme=scheme, run=run, held=None).select_related(
        "task__customer"
    )
    stands: dict[int, set[tuple[str, str]]] = defaultdict(set)
    gone, ended = [], []
    for one in known.select_for_update(of=("self", "task")):
        task = one.task
        to = str((task.told or {}).get("to"))
        row = rows.get(task.customer_id)
        if row is not None and row.class_key == to:
            stands[task.customer_id].add((task.origin, to))
            continue
        if plays.untouched(task):
            one.held = False
            gone.append(one)
            ended.append(task)
        else:  # somebody is at it: it is not asked for again
            stands[task.customer_id].add((task.origin, to))
    LivePlay.objects.bulk_update(gone, ["held"])
    plays.cancel(ended)
    return stands


def newest(user: User, limit: int) -> list[LivePlay]:
    """The plays that began between runs last, of customers `user` may see."""
    found = LivePlay.objects.filter(task__customer__in=visible_to(user))
    return list(found.select_related("task__customer")[:limit])
