"""Tiers: reached at once, held for a time, lost by one step, and not without notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Case, CharField, F, Q, Value, When

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.scopes import matching
from kefen_crm.loyalty.expiry import count_recent
from kefen_crm.loyalty.models import Member, TierPeriod
from kefen_crm.loyalty.programme import TIERS, TierRule, after_months, tier_rules
from kefen_crm.platform import events
from kefen_crm.platform.parts import ClockJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kefen_crm.platform.due import Due

NOTICE: Final = timedelta(days=30)
"""A fall is announced so long before."""
ROSE: Final = "loyalty.tier-rose"
FELL: Final = "loyalty.tier-fell"
ANNOUNCED: Final = "loyalty.tier-fall-announced"
_BATCH: Final = 2_000


@dataclass(frozen=True)
class Step:
    """What becomes of a member's tier on a day.

    Attributes:
        verb: what is recorded; empty for what nobody has to know.
        tier, until: the tier from now on, and until when it is held.
        noticed: the day on which a fall was announced.
    """

    verb: str
    tier: str
    until: date | None
    noticed: date | None = None


def next_step(
    rules: Sequence[TierRule],
    tier: str,
    until: date | None,
    noticed: date | None,
    deserved: str,
    day: date,
) -> Step | None:
    """What becomes of who is in `tier` and would be in `deserved` on a day; None for nothing."""
    names = [one.name for one in rules]
    known = tier in names
    now = names.index(tier) if known else len(names)
    wanted = names.index(deserved) if deserved in names else len(names)
    if tier and not known:
        return _reached(rules, wanted, day, "")
    if wanted < now:
        return _reached(rules, wanted, day, ROSE)
    if wanted == now:
        if not tier or (noticed is None and until and until > day):
            return None
        over = until is None or until <= day
        return _reached(rules, now, day, "") if over else Step("", tier, until)
    if noticed is None:
        if until and until - NOTICE > day:
            return None
        return Step(ANNOUNCED, tier, max(until or day, day + NOTICE), day)
    if (until and until > day) or noticed + NOTICE > day:
        return None
    return _reached(rules, now + 1, day, FELL)


def _reached(rules: Sequence[TierRule], rank: int, day: date, verb: str) -> Step:
    if rank >= len(rules):
        return Step(verb, "", None)
    return Step(verb, rules[rank].name, after_months(day, rules[rank].months))


def steps(rules: Sequence[TierRule], day: date) -> dict[int, Step]:
    """What becomes of members on a day, by their ids; who stays as they are is left out."""
    cases = [
        When(matching(one.scope) & Q(loyalty_member__recent__gte=one.points), then=Value(one.name))
        for one in rules
    ]
    members = Customer.objects.filter(
        loyalty_member__isnull=False, loyalty_member__left=None, standing__in=CURRENT
    )
    touched = members.annotate(
        deserves=Case(*cases, default=Value(""), output_field=CharField())
    ).filter(
        ~Q(loyalty_member__tier=F("deserves"))
        | Q(loyalty_member__tier_until__lte=day)
        | Q(loyalty_member__noticed__isnull=False)
    )
    rows = touched.order_by().values_list(
        "loyalty_member__pk",
        "loyalty_member__tier",
        "loyalty_member__tier_until",
        "loyalty_member__noticed",
        "deserves",
    )
    found = {}
    for pk, tier, until, noticed, deserved in rows.iterator(10_000):
        step = next_step(rules, tier, until, noticed, deserved, day)
        if step is not None:
            found[pk] = step
    return found


@transaction.atomic
def refresh(
    day: date, may_fall: Callable[[Mapping[str, str], int], Iterable[str]] | None = None
) -> int:
    """Have every member be in the tier of a day; gives how many changed.

    `may_fall` is asked which of the members that are to fall may, by the clock.
    """
    count_recent(day)
    rules = tier_rules()
    if not rules:
        return 0
    found = steps(rules, day)
    falling = {str(pk): day.isoformat() for pk, one in found.items() if one.verb == FELL}
    if falling and may_fall is not None:
        allowed = set(may_fall(falling, Member.objects.count()))
        found = {pk: one for pk, one in found.items() if one.verb != FELL or str(pk) in allowed}
    keys = sorted(found)
    for at in range(0, len(keys), _BATCH):
        _write({pk: found[pk] for pk in keys[at : at + _BATCH]}, day)
    return len(found)


def _write(found: Mapping[int, Step], day: date) -> None:
    rows = Member.objects.filter(pk__in=found).order_by("pk").select_for_update(of=("self",))
    changes: dict[str, list[tuple[Any, dict[str, Any], dict[str, Any]]]] = {}
    members = list(rows.select_related("customer"))
    new = []
    for member in members:
        step = found[member.pk]
        before, after = {"tier": member.tier}, {"tier": step.tier}
        if step.until:
            after["until"] = step.until.isoformat()
        if (step.tier, step.until) != (member.tier, member.tier_until) and step.verb != ANNOUNCED:
            new.append((member.pk, step))
        member.tier, member.tier_until, member.noticed = step.tier, step.until, step.noticed
        member.version += 1
        if step.verb:
            changes.setdefault(step.verb, []).append((member, before, after))
    Member.objects.bulk_update(members, ["tier", "tier_until", "noticed", "version"])
    TierPeriod.objects.filter(member__in=[pk for pk, _step in new], ended=None).update(ended=day)
    TierPeriod.objects.bulk_create(
        TierPeriod(member_id=pk, tier=one.tier, since=day, until=one.until)
        for pk, one in new
        if one.tier
    )
    for verb, rows_ in changes.items():
        events.record_all(None, verb, rows_)


def nightly(due: Due) -> None:
    """The tiers of today; where very many would fall, the clock asks first."""
    refresh(
        due.day,
        lambda falling, population: due.targets(TIERS, falling, population=population),
    )


JOB = ClockJob("loyalty.tiers", nightly, permit="set_rules")
