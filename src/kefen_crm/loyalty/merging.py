"""What becomes of a membership when its customer is merged into another that is a member, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Sum
from django.utils import timezone

from kefen_crm.loyalty.leaving import come_back
from kefen_crm.loyalty.models import Award, Coupon, Departure, Lot, Member, Operation
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import MergeRule

if TYPE_CHECKING:
    from collections.abc import Collection

    from kefen_crm.customers.models import Customer

PARTS: Final[tuple[Any, ...]] = (Lot, Operation, Award, Coupon)
"""What goes along with a membership."""


def ending(loser: Customer, winner: Customer) -> list[Member]:
    """That of `loser`, where `winner` is a member, too; it knows `into` which one."""
    into = Member.objects.filter(customer=winner).first()
    found = list(Member.objects.filter(customer=loser)) if into else []
    for one in found:
        one.into = into  # type: ignore[attr-defined]  # for `take`
    return found


def take(members: Collection[Member]) -> list[dict[str, Any]]:
    """Give the points, coupons and orders of these to the other; the memberships stay, empty.

    One that left the programme is a member again where it gets those of one that did not, as what
    it has would expire.
    """
    taken = []
    for one in members:
        into: Member = one.into  # type: ignore[attr-defined]  # by `ending`
        _lock(one, into)
        moved: dict[str, Any] = {"back": _brought_back(one, into)}
        for model in PARTS:
            rows = model.objects.filter(member=one)
            moved[model.__name__] = list(rows.values_list("pk", flat=True))
            rows.update(member=into)
        taken.append({"member": one.pk, "into": into.pk, "digest": one.digest, **moved})
        Member.objects.filter(pk=one.pk).update(digest=None)
        _count(one.pk)
        _count(into.pk)
    return taken


def give_back(taken: list[dict[str, Any]]) -> None:
    """Give back what is still with the other, where both are there."""
    for one in taken:
        members = list(Member.objects.filter(pk__in=(one["member"], one["into"])))
        if len(members) < 2:  # both
            continue
        _lock(*members)
        for model in PARTS:
            rows = model.objects.filter(pk__in=one[model.__name__], member=one["into"])
            rows.update(member=one["member"])
        if not Member.objects.filter(digest=one["digest"]).exists():
            Member.objects.filter(pk=one["member"]).update(digest=one["digest"])
        _balance(one["member"], one["into"])
        _count(one["member"])
        _count(one["into"])
    for one in taken:
        if one.get("back"):
            _gone_again(one["into"], one["back"])


def _brought_back(one: Member, into: Member) -> dict[str, Any] | None:
    """Have `into` be a member again where `one` is; gives what parts them again."""
    one.refresh_from_db(fields=["left"])
    into.refresh_from_db()
    if one.left or not into.left:
        return None
    departure = into.departures.get(back=None)
    joined = into.joined
    come_back(into, current().today(timezone.now()))
    return {"departure": departure.pk, "joined": joined.isoformat()}


def _gone_again(member: int, back: dict[str, Any]) -> None:
    """Have a member be away as before the merge, where it has nothing that would expire."""
    departure = Departure.objects.filter(pk=back["departure"], back__isnull=False).first()
    found = Member.objects.filter(pk=member, left=None, points=0)
    if departure is None or not found.update(left=departure.left, joined=back["joined"]):
        return
    Departure.objects.filter(pk=departure.pk).update(back=None)


def _lock(*members: Member) -> None:
    keys = [one.pk for one in members]
    list(Member.objects.filter(pk__in=keys).order_by("pk").select_for_update().values("pk"))


def _debt(member: int) -> int:
    found: int | None = Operation.objects.filter(member=member).aggregate(d=Sum("debt"))["d"]
    return found or 0


def _balance(one: int, other: int) -> None:
    """What one paid of the debt of the other while they were one, it paid for good."""
    for debtor, payer in ((one, other), (other, one)):
        paid = -_debt(payer)
        if paid > 0:
            for member, debt in ((payer, paid), (debtor, -paid)):
                Operation.objects.create(
                    member_id=member, kind=Operation.Kind.CORRECTED, points=0, debt=debt,
                    at=timezone.now(),
                )  # fmt: skip


def _count(member: int) -> None:
    """Have the figures of a member be those of its lots and operations."""
    points = Lot.objects.filter(member=member).aggregate(sum=Sum("left"))["sum"] or 0
    Member.objects.filter(pk=member).update(points=points, debt=_debt(member))


RULE = MergeRule("loyalty.Member", ending, take, give_back)
