"""What the rules of the programme would do to members now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.scopes import divided, matching
from kefen_crm.loyalty.actions import today
from kefen_crm.loyalty.joining import outlook
from kefen_crm.loyalty.models import Member
from kefen_crm.loyalty.programme import points_rules
from kefen_crm.loyalty.queries import liability
from kefen_crm.loyalty.tiers import ANNOUNCED, steps
from kefen_crm.platform import numbers
from kefen_crm.platform.scoped_rules import Preview
from kefen_crm.platform.standing_words import said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kefen_crm.loyalty.programme import PointsRule, RewardRule, TierRule

NAMED: Final = 20


def preview_points(found: Sequence[PointsRule]) -> Preview:
    """For whom other points would be given than now, and what is owed to members by then."""
    customers = Customer.objects.filter(standing__in=CURRENT)
    now: dict[int, int] = {}
    for rule, of_rule in divided(points_rules(), customers):
        now |= dict.fromkeys(of_rule.order_by().values_list("pk", flat=True), rule.per_hundred)
    counts: list[tuple[str, int, int]] = []
    names: list[tuple[str, str, str, str]] = []
    touched = 0
    for rule, of_rule in divided(found, customers):
        keys = list(of_rule.order_by("code").values_list("pk", flat=True))
        others = [pk for pk in keys if now.get(pk, 0) != rule.per_hundred]
        counts.append((rule.name, len(keys), len(others)))
        touched += len(others)
        why = _("%(points)s points for 100") % {"points": rule.per_hundred}
        names += _names(others[: NAMED - len(names)], dict.fromkeys(others, why))
    owed = liability(Member.objects.all(), found)
    points = sum(one.points for one in owed)
    worth = sum(one.worth for one in owed)
    note = _("%(points)s points that members have would be worth %(worth)s.")
    told = {"points": numbers.whole(points), "worth": numbers.money_full(worth)}
    notes = (*_joining(found), note % told)
    return Preview(touched, customers.count(), tuple(counts), tuple(names), notes)


def _joining(found: Sequence[PointsRule]) -> Iterator[str]:
    """Which customers from before become members, and what points past orders give."""
    ahead = outlook(found)
    if ahead.joining:
        text = ngettext(
            "%(n)s customer from before becomes a member when this is put in force.",
            "%(n)s customers from before become members when this is put in force.",
            ahead.joining,
        )
        yield text % {"n": numbers.whole(ahead.joining)}
    if ahead.by_orders:
        text = ngettext(
            "%(n)s customer becomes a member at once, by orders since the programme's day.",
            "%(n)s customers become members at once, by orders since the programme's day.",
            ahead.by_orders,
        )
        yield text % {"n": numbers.whole(ahead.by_orders)}
    if ahead.waiting:
        text = ngettext(
            "%(n)s customer from before becomes a member by the next order, and has no points.",
            "%(n)s customers from before become members by their next order, and have no points.",
            ahead.waiting,
        )
        yield text % {"n": numbers.whole(ahead.waiting)}
    told = {"points": numbers.whole(ahead.points), "worth": numbers.money_full(ahead.worth)}
    text = _(
        "Orders since the programme's day give about %(points)s points at once, worth %(worth)s."
    )
    yield text % told


def preview_tiers(found: Sequence[TierRule]) -> Preview:
    """Who would change tier tonight, and whose fall would be announced."""
    day = today()
    next_ = steps(found, day)
    before = dict(Member.objects.filter(pk__in=next_).values_list("pk", "tier"))
    owners = dict(Member.objects.filter(pk__in=next_).values_list("pk", "customer"))
    changing = {pk: one for pk, one in next_.items() if one.tier != before.get(pk)}
    announced = sum(one.verb == ANNOUNCED for one in next_.values())
    touches = Counter(one.tier for one in changing.values())
    there = Counter(dict(Member.objects.values_list("pk", "tier")).values())
    for pk, one in changing.items():
        there[before[pk]] -= 1
        there[one.tier] += 1
    words = {
        owners[pk]: f"{said(before[pk]) or _('no tier')} → {said(one.tier) or _('no tier')}"
        for pk, one in changing.items()
    }
    note = ngettext(
        "The fall of %(n)s member would be announced.",
        "The fall of %(n)s members would be announced.",
        announced,
    )
    return Preview(
        affected=len(changing),
        population=Member.objects.count(),
        rules=tuple((one.name, max(0, there[one.name]), touches[one.name]) for one in found),
        names=tuple(_names(sorted(words)[:NAMED], words)),
        notes=(note % {"n": announced},) if announced else (),
    )


def preview_rewards(found: Sequence[RewardRule]) -> Preview:
    """How many members have the points for each reward."""
    members: QuerySet[Any] = Customer.objects.filter(
        loyalty_member__isnull=False, standing__in=CURRENT
    )
    counts, all_ = [], set()
    for rule in found:
        fitting = members.filter(matching(rule.scope)).order_by()
        rich = set(fitting.filter(loyalty_member__points__gte=rule.points)
                   .values_list("pk", flat=True))  # fmt: skip
        counts.append((rule.name, fitting.count(), len(rich)))
        all_ |= rich
    why = dict.fromkeys(all_, _("has the points for a reward"))
    names = _names(sorted(all_)[:NAMED], why)
    return Preview(len(all_), members.count(), tuple(counts), tuple(names))


def _names(keys: Sequence[int], why: dict[int, str]) -> list[tuple[str, str, str, str]]:
    found = Customer.objects.in_bulk(list(keys))
    return [
        (one.code, one.name, reverse("customers:detail", args=[one.code]), why[pk])
        for pk in keys
        if (one := found.get(pk))
    ]
