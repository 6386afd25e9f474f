"""What a night comes to: whom the rules take, whom they warn of, and who has to wait."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.holdings.limits import held
from kefen_crm.holdings.models import Holding
from kefen_crm.holdings.pool_rules import DAY, MARKS, WARNED, Candidate, outlook
from kefen_crm.holdings.queries import pool_for
from kefen_crm.platform.calendar import current
from kefen_crm.platform.models import Effect, Tick
from kefen_crm.platform.scoped_rules import Preview
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kefen_crm.holdings.models import Pool
    from kefen_crm.holdings.pool_rules import PoolRule

JOB = "holdings.recycle"
SHARE = 20
"""At most one of so many customers of a person falls a night, and one where there are fewer."""
NOTICE = MARKS[-1]
"""Working days between the last warning and the night a customer falls."""
NAMED = 10
"""Customers that a preview of rules names."""
MORNING = 9
"""A warning before that hour leaves its own day to act on."""


@dataclass(frozen=True)
class Night:
    """What a night comes to.

    Attributes:
        day: the day that dawns.
        takes: who falls, each with the pool that takes them.
        warns: of whom owners are warned, each with the mark that is reached.
        held_back: how many wait, by why: `share` of the owner, `notice`, `pool`, `day-off`.
        excused: how many stay, by why.
        counts: for each rule its name, whom it holds for, and whom it would take.
        begins: the first night of all, where the first days of use are not over.
    """

    day: date
    takes: list[tuple[Candidate, Pool]] = field(default_factory=list)
    warns: list[tuple[Candidate, int]] = field(default_factory=list)
    near: list[Candidate] = field(default_factory=list)
    held_back: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    counts: Sequence[tuple[str, int, int]] = ()
    begins: date | None = None


def next_night(now: datetime) -> date:
    """The day after the night in which something may fall next: the day before it was worked.

    That is today where the job's turn is not done yet.
    """
    calendar = current()
    day = calendar.today(now)
    if Tick.objects.filter(job=JOB, day=day).exclude(done_at=None).exists():
        day += DAY
    return day if calendar.is_workday(day - DAY) else calendar.next_workday(day - DAY) + DAY


def night(rules: Sequence[PoolRule], day: date) -> Night:
    """What rules come to in the night before `day` dawns; nothing is written."""
    found = outlook(rules, day, held())
    warned = _warned(found.candidates)
    takes, warns, held_back = [], [], Counter[str]()
    pool_of = cache(lambda owner: pool_for(User.objects.get(pk=owner)))
    room = _room(found.candidates, day)
    worked = current().is_workday(day - DAY)
    for one in found.candidates:
        mark = MARKS[-1] if one.left <= MARKS[-1] else MARKS[0]
        if (one.target, one.warning(mark)) not in warned:
            warns.append((one, mark))
        if one.left > 0:
            continue
        pool = pool_of(one.owner)
        why = ""
        if pool is None:
            why = "pool"
        elif not worked:
            why = "day-off"
        elif not _noticed(warned.get((one.target, one.warning(NOTICE))), day):
            why = "notice"
        elif room[one.owner] <= 0:
            why = "share"
        if why or pool is None:
            held_back[why] += 1
        else:
            room[one.owner] -= 1
            takes.append((one, pool))
    return Night(
        day, takes, warns, found.candidates, held_back, found.excused, found.counts, found.begins
    )


def _warned(candidates: Iterable[Candidate]) -> dict[tuple[str, str], datetime]:
    """When owners were warned, by customer and warning."""
    targets = [one.target for one in candidates]
    rows = Effect.objects.filter(rule=WARNED, target__in=targets)
    return {
        (target, what): at for target, what, at in rows.values_list("target", "occurrence", "at")
    }


def _noticed(at: datetime | None, day: date) -> bool:
    """Whether the last warning left its working days to act on."""
    if at is None:
        return False
    local = timezone.localtime(at)
    before = local.date() - DAY if local.hour < MORNING else local.date()
    return current().workdays(before, day - DAY) >= NOTICE


def _room(candidates: Sequence[Candidate], day: date) -> dict[int, int]:
    """How many customers of each owner may fall in a night yet."""
    people = {one.owner for one in candidates if one.left <= 0}
    own = Customer.objects.filter(owner__in=people, standing__in=CURRENT).order_by()
    sizes = dict(own.values_list("owner").annotate(Count("pk")))
    gone = Holding.objects.filter(user__in=people, ended="recycled", ended_by__day=day).order_by()
    taken = dict(gone.values_list("user").annotate(Count("pk")))
    return {
        pk: max(1, (sizes.get(pk, 0) + taken.get(pk, 0)) // SHARE) - taken.get(pk, 0)
        for pk in people
    }


def preview(rules: Sequence[PoolRule]) -> Preview:
    """Whom rules would take in the coming night, if their owners had been warned."""
    found = night(rules, next_night(timezone.now()))
    falling = [one for one in found.near if one.left <= 0]
    return Preview(
        affected=len(falling),
        population=held().count(),
        rules=tuple(found.counts),
        names=tuple(
            (one.code, one.name, reverse("customers:detail", args=[one.code]), one.text)
            for one in falling[:NAMED]
        ),
    )
