"""Points given, spent, restored and taken back; the caller has locked the member.

Every change is an operation with the moves of lots that make it up. What expires first is spent
first, and of that the oldest. Points that are to be taken back and were spent already are owed:
whatever comes next pays that first.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, Q, Sum

from kefen_crm.loyalty.models import Award, Lot, Member, Move, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from kefen_crm.team.models import User

GRACE: Final = timedelta(days=30)
"""Points that are restored after their day can be spent for so long."""
Kind = Operation.Kind


def locked(member: int) -> Member:
    """A member, whom nobody else changes until the transaction ends."""
    return Member.objects.select_for_update(of=("self",)).select_related("customer").get(pk=member)


def usable(member: Member, day: date) -> list[Lot]:
    """The lots that have points to spend on a day, in the order in which they are spent."""
    found = Lot.objects.filter(Q(expires=None) | Q(expires__gte=day), member=member, left__gt=0)
    return list(found.order_by(F("expires").asc(nulls_last=True), "earned", "pk"))


def available(member: Member, day: date) -> int:
    """Points that can be spent on a day."""
    return max(0, sum(one.left for one in usable(member, day)) - member.debt)


class Entry:
    """One operation that is being written: its moves, and what they come to."""

    def __init__(
        self,
        member: Member,
        kind: Operation.Kind,
        at: datetime,
        *,
        by: User | None = None,
        **more: Any,
    ) -> None:
        self.member, self.points, self.debt = member, 0, 0
        self.operation = Operation.objects.create(
            member=member, kind=kind, at=at, by=by, points=0, **more
        )

    def give(
        self,
        source: str,
        points: int,
        earned: date,
        expires: date | None,
        award: Award | None = None,
    ) -> Lot:
        """A new lot."""
        lot = Lot.objects.create(
            member=self.member, award=award, source=source, points=points, earned=earned,
            expires=expires, left=0,
        )  # fmt: skip
        self.move(lot, points, f"give/{source}")
        return lot

    def move(self, lot: Lot, delta: int, key: str) -> None:
        """Move points into a lot, or out of it."""
        lot.left += delta
        lot.save(update_fields=["left"])
        Move.objects.create(operation=self.operation, lot=lot, delta=delta, key=key)
        self.points += delta

    def take(self, lots: Iterable[Lot], points: int, word: str) -> int:
        """Take points out of these lots in their order; gives what they lacked."""
        for lot in lots:
            if not points:
                break
            taken = min(lot.left, points)
            if taken:
                self.move(lot, -taken, f"{word}/{self.operation.pk}/{lot.pk}")
                points -= taken
        return points

    def pay_debt(self, day: date) -> None:
        """Pay what is owed with what there is."""
        owed = self.member.debt + self.debt
        if owed:
            self.debt -= owed - self.take(usable(self.member, day), owed, "pay")

    def close(self) -> Operation:
        """Write what the moves came to."""
        self.operation.points, self.operation.debt = self.points, self.debt
        self.operation.save(update_fields=["points", "debt"])
        member = self.member
        member.points += self.points
        member.debt += self.debt
        member.version += 1
        member.save(update_fields=["points", "debt", "version"])
        return self.operation


def give(
    member: Member,
    source: str,
    points: int,
    at: datetime,
    *,
    day: date,
    earned: date,
    expires: date | None,
    award: Award | None = None,
    kind: Operation.Kind = Kind.EARNED,
    **more: Any,
) -> Operation:
    """Give points, and pay with them what is owed."""
    entry = Entry(member, kind, at, award=award, **more)
    if points:
        entry.give(source, points, earned, expires, award)
        entry.pay_debt(day)
    return entry.close()


def take_back(
    member: Member,
    award: Award | None,
    points: int,
    at: datetime,
    *,
    day: date,
    kind: Operation.Kind = Kind.TAKEN_BACK,
    **more: Any,
) -> Operation:
    """Take points back: from the lots of the award, then from others; what lacks is owed."""
    entry = Entry(member, kind, at, award=award, **more)
    own = list(award.lots.filter(member=member, left__gt=0)) if award else []
    lacking = entry.take(own, points, "take")
    others = [one for one in usable(member, day) if one not in own]
    entry.debt += entry.take(others, lacking, "take")
    return entry.close()


def settle(award: Award, at: datetime, *, day: date, **more: Any) -> Operation | None:
    """Have an award give what it should by now; nothing where it does."""
    before, after = award.points, award.net
    if before == after:
        return None
    member, award.points = award.member, after
    award.version += 1
    award.save()
    if after > before:
        source = f"{award.document}/{award.version}"
        more = {"kind": Kind.EARNED if after > 0 else Kind.CORRECTED} | more
        return give(
            member, source, after - before, at,
            day=day, earned=award.on, expires=award.expires, award=award, **more,
        )  # fmt: skip
    lost = max(before, 0) - max(after, 0)
    beyond = max(-after, 0) - max(-before, 0)
    return take_back(member, award, min(lost, _at_hand(award)) + beyond, at, day=day, **more)


def _at_hand(award: Award) -> int:
    """Points of an award that neither expired nor were taken back: those are taken but once."""
    lots = award.lots.filter(member=award.member)
    given = lots.aggregate(sum=Sum("points"))["sum"] or 0
    expired = Move.objects.filter(
        lot__in=lots, operation__kind__in=(Kind.EXPIRED, Kind.CLOSED)
    ).aggregate(sum=Sum("delta"))["sum"]
    back = award.operations.filter(member=award.member, kind=Kind.TAKEN_BACK)
    taken = back.aggregate(points=Sum("points"), debt=Sum("debt"))
    return max(0, given + (expired or 0) + (taken["points"] or 0) - (taken["debt"] or 0))


def spend(member: Member, points: int, at: datetime, *, day: date, **more: Any) -> Operation:
    """Spend points; the caller has seen that there are enough."""
    entry = Entry(member, Kind.SPENT, at, **more)
    lacking = entry.take(usable(member, day), points, "spend")
    assert not lacking, "the caller looked under the lock"
    return entry.close()


def empty(member: Member, at: datetime, **more: Any) -> Operation:
    """Have all points of a member expire, those of days that have passed with them."""
    entry = Entry(member, Kind.CLOSED, at, **more)
    entry.take(Lot.objects.filter(member=member, left__gt=0).order_by("pk"), member.points, "close")
    return entry.close()


def restored(spent: Operation) -> int:
    """Points of a spending that were restored."""
    rows = spent.reversals.aggregate(points=Sum("points"), debt=Sum("debt"))
    return (rows["points"] or 0) - (rows["debt"] or 0)


def restore(
    member: Member, spent: Operation, points: int, at: datetime, *, day: date, **more: Any
) -> Operation:
    """Put spent points back where they came from, what was taken last first.

    Into a lot whose day has passed nothing is put: those points get `GRACE` anew.
    """
    done = restored(spent)
    entry = Entry(member, Kind.RESTORED, at, reverses=spent, **more)
    skipped, left = done, points
    for move in spent.moves.select_related("lot").order_by("-pk"):
        free = -move.delta
        passed = min(skipped, free)
        skipped -= passed
        part = min(free - passed, left)
        if not part:
            continue
        key = f"restore/{move.pk}/{passed}"
        lot = move.lot
        if lot.usable(day):
            lot.refresh_from_db()
            entry.move(lot, part, key)
        else:
            entry.give(key, part, day, day + GRACE)
        left -= part
    entry.pay_debt(day)
    return entry.close()
