"""Orders that land give points, once each, and are followed: corrected, cancelled, returned."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction
from django.dispatch import receiver
from django.utils import timezone

from kefen_crm.customers.models import Customer
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.gateway.loyalty import documents
from kefen_crm.grading.scopes import divided
from kefen_crm.loyalty import accounting
from kefen_crm.loyalty.joining import enrol
from kefen_crm.loyalty.leaving import away, is_away
from kefen_crm.loyalty.models import Award, Landed, Lot, Member, Move, Operation
from kefen_crm.loyalty.programme import (
    POINTS,
    expiry_of,
    points_for,
    points_rules,
    rate_of,
    tier_rules,
)
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.facts import facts_changed, facts_written
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from kefen_crm.gateway.loyalty import Document
    from kefen_crm.loyalty.programme import PointsRule
    from kefen_crm.platform.due import Due
    from kefen_crm.platform.models import Event

LAND: Final = "loyalty.land"
_BATCH: Final = 1_000
_PATIENCE: Final = 20
"""Seconds in which facts are waited for that people write one by one, or programs send."""


@receiver(facts_changed, dispatch_uid="loyalty_land")
def follow(*, few: bool = False, **_more: Any) -> list[Any]:
    """Queue looking at the ledger after an import, or soon after few facts."""
    later_once(LAND, lock=LAND, seconds=_PATIENCE if few else 0)
    return []


@receiver(facts_written, dispatch_uid="loyalty_written")
def follow_written(**_more: Any) -> None:
    """Queue looking soon after somebody noted a fact."""
    later_once(LAND, lock=LAND, seconds=_PATIENCE)


def published(found: list[Event]) -> None:
    """Queue looking at every order after rules of points were published."""
    if any((one.after or {}).get("kind") == POINTS for one in found):
        later_once(LAND, lock=LAND)


def nightly(_due: Due) -> None:
    """Queue looking at the ledger, whatever was missed."""
    later_once(LAND, lock=LAND)


JOB = ClockJob("loyalty.landing", nightly)


def land() -> int:
    """Have orders and returns give what they should by now; gives how many changed points.

    Each batch stands by itself: whatever ends this between two is made good by the next time,
    which finds what was done and what was not.
    """
    found = points_rules()
    if not found:
        return 0
    with transaction.atomic():
        _alone()
        state = Landed.objects.first() or Landed.objects.create()
    document = rules.published(POINTS)
    number = (document.version if document else 0) or 0
    after = state.ledger_version if state.rules_version == number else None
    if after is not None and after == newest_version():
        return 0
    if state.rules_version != number:
        enrol(found, current().today(timezone.now()))
    version, codes, these = documents(min(one.since for one in found), after)
    count = _withdraw(codes, {one.number for one in these})
    for at in range(0, len(these), _BATCH):
        count += _batch(found, these[at : at + _BATCH])
    Landed.objects.filter(pk=state.pk).update(ledger_version=version, rules_version=number)
    return count


def _alone() -> None:
    """Two that begin at once find one state."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('loyalty/landed', 0))")


@transaction.atomic
def _batch(found: Sequence[PointsRule], these: Sequence[Document]) -> int:
    """Settle some documents; members are locked in one order."""
    customers = dict(Customer.objects.filter(code__in={one.code for one in these})
                     .values_list("code", "pk"))  # fmt: skip
    holding = _holding(found, customers.values())
    known = Award.objects.in_bulk([one.number for one in these], field_name="document")
    members = _members(these, customers, holding, known)
    tiers = {one.name: one for one in tier_rules()}
    gone = away([one.pk for one in members.values()])
    day, count = current().today(timezone.now()), 0
    fresh: dict[str, Award] = {}
    for one in these:
        member = members.get(customers.get(one.code, 0))
        if member is None or one.number in fresh:
            continue
        award = known.get(one.number)
        if award is not None and award.member_id != member.pk:
            count += _leave(award, members, day)
        if award is None:
            rule = holding.get(member.customer_id)
            if rule is None or one.on < rule.since or is_away(gone.get(member.pk, []), one.on):
                continue
            expires = expiry_of(rule, one.on)
            if expires and expires < day:
                continue
            rate = rate_of(rule, tiers.get(member.tier))
            award = Award(document=one.number, on=one.on, expires=expires, rate=rate)
        award.member = member
        if not _tell(award, one):
            continue
        if award.pk is None and award.net > 0 and not member.debt:
            fresh[one.number] = award
            continue
        if any(each.member_id == member.pk for each in fresh.values()):
            count += _give(fresh)
        award.save()
        count += accounting.settle(award, timezone.now(), day=day, order=_order(one)) is not None
    return count + _give(fresh)


def _give(fresh: dict[str, Award]) -> int:
    """Give the points of new awards of members who owe none, all at once; gives how many."""
    at, members = timezone.now(), {one.member_id: one.member for one in fresh.values()}
    for one in fresh.values():
        one.points, one.version = one.net, 1
        one.member.points += one.net
    awards = Award.objects.bulk_create(fresh.values())
    operations = Operation.objects.bulk_create(
        Operation(
            member=one.member,
            kind=Operation.Kind.EARNED,
            points=one.points,
            order=one.document.partition(":")[2][:200],
            award=one,
            at=at,
        )
        for one in awards
    )
    lots = Lot.objects.bulk_create(
        Lot(
            member=one.member,
            award=one,
            source=f"{one.document}/{one.version}",
            points=one.points,
            earned=one.on,
            expires=one.expires,
            left=one.points,
        )
        for one in awards
    )
    Move.objects.bulk_create(
        Move(operation=done, lot=lot, delta=lot.points, key=f"give/{lot.source}")
        for done, lot in zip(operations, lots, strict=True)
    )
    for member in members.values():
        member.version += 1
    Member.objects.bulk_update(members.values(), ["points", "version"])
    count = len(fresh)
    fresh.clear()
    return count


def _tell(award: Award, one: Document) -> bool:
    """Write what the facts say into an award; whether that is something else than before."""
    before = (award.amount, award.gross_ledger, award.back_ledger, award.net)
    award.amount = one.amount
    if award.rate:
        award.gross_ledger = points_for(one.amount, award.rate)
        award.back_ledger = max(0, points_for(one.returned, award.rate))
        if one.returned >= one.amount > 0:
            award.back_ledger = max(award.gross_ledger, award.back_ledger)
    else:  # the till said how many points, whatever the amount
        gross = award.gross_till or 0
        share = min(one.returned / one.amount, Decimal(1)) if one.amount > 0 else Decimal(0)
        award.gross_ledger = gross if one.amount > 0 else 0
        award.back_ledger = max(0, int(gross * share))
    if award.pk is None:
        return award.net != 0
    after = (award.amount, award.gross_ledger, award.back_ledger, award.net)
    return after != before or award.net != award.points


def _leave(award: Award, members: Mapping[int, Member], day: date) -> int:
    """Take back what an order gave whom it is of no more."""
    before = next(
        (one for one in members.values() if one.pk == award.member_id), None
    ) or accounting.locked(award.member_id)
    award.member = before
    award.gross_till, award.gross_ledger, award.back_till, award.back_ledger = None, 0, 0, 0
    return accounting.settle(award, timezone.now(), day=day) is not None


def _holding(found: Sequence[PointsRule], customers: Collection[int]) -> dict[int, PointsRule]:
    """The rule that holds for each of these customers."""
    these = Customer.objects.filter(pk__in=list(customers))
    holding: dict[int, PointsRule] = {}
    for rule, of_rule in divided(found, these):
        holding |= dict.fromkeys(of_rule.order_by().values_list("pk", flat=True), rule)
    return holding


def _members(
    these: Sequence[Document],
    customers: Mapping[str, int],
    holding: Mapping[int, PointsRule],
    known: Mapping[str, Award],
) -> dict[int, Member]:
    """The members among the customers of documents, by customer, locked; new ones are made."""
    there = set(
        Member.objects.filter(customer__in=customers.values()).values_list("customer", flat=True)
    )
    new: dict[int, date] = {}
    for one in these:
        pk = customers.get(one.code)
        rule = holding.get(pk) if pk else None
        if pk and pk not in there and rule and rule.automatic and one.on >= rule.since:
            new[pk] = min(new.get(pk, one.on), one.on)
    Member.objects.bulk_create(
        (Member(customer_id=pk, joined=on) for pk, on in new.items()), ignore_conflicts=True
    )
    before = {one.member_id for one in known.values()}
    rows = Member.objects.select_for_update(of=("self",)).select_related("customer")
    mine = list(rows.filter(customer__in=customers.values()).order_by("pk"))
    left = before - {one.pk for one in mine}
    if left:
        list(rows.filter(pk__in=left).order_by("pk"))
    return {one.customer_id: one for one in mine}


def _withdraw(codes: Collection[str] | None, there: set[str]) -> int:
    """Take back what documents gave that are in the ledger no more."""
    gave = Award.objects.filter(gross_ledger__isnull=False).exclude(on__lt=_first())
    if codes is not None:
        gave = gave.filter(member__customer__code__in=codes)
    rows = gave.values_list("pk", "document", "member").order_by("member", "pk")
    gone = [(pk, member) for pk, name, member in rows.iterator(10_000) if name not in there]
    for pk, key in gone:
        with transaction.atomic():
            member = accounting.locked(key)
            award = Award.objects.get(pk=pk)
            if award.member_id != member.pk:
                continue
            award.member = member
            award.gross_ledger, award.back_ledger = None, 0
            award.save()
            accounting.settle(award, timezone.now(), day=current().today(timezone.now()))
    return len(gone)


def _first() -> date:
    return min(one.since for one in points_rules())


def _order(one: Document) -> str:
    return one.number.partition(":")[2][:200]
