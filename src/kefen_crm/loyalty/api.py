"""Loyalty for programs, above all for tills: balances, changes of points, coupons.

Send every change under a key: sent again, it is answered as the first time and done once.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.shortcuts import get_object_or_404
from django.urls import reverse as address_of
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.api_named import customer_of
from kefen_crm.customers.models import Customer
from kefen_crm.loyalty import actions, coupons, leaving, queries
from kefen_crm.loyalty.models import Coupon, Member, Operation
from kefen_crm.loyalty.permits import REDEEM
from kefen_crm.loyalty.programme import points_rules, tier_rules
from kefen_crm.platform.api.paging import Known, OfCustomer, Page, newest
from kefen_crm.platform.api.values import (
    TOOL,
    Code,
    Id,
    IdempotencyKey,
    Reason,
    Short,
    Version,
    Whole,
)
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Loyalty"])

Points = Annotated[Whole, Field(ge=1, le=actions.MOST, examples=[120])]
Amount = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2, examples=["99.90"])]
CouponCode = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9]+$")]


class OwedOut(BaseModel):
    """Points that expire in a month, and what they are worth in the base currency."""

    month: date | None = Field(description="Its first day; null for points that do not expire.")
    points: int
    worth: Decimal


class TierOut(BaseModel):
    """The members of a tier; an empty name for those in none."""

    name: str
    members: int
    points: int
    falling: int = Field(description="Members whose fall is announced.")


class ProgrammeOut(BaseModel):
    """The programme, of the customers you may see."""

    members: int
    points: int
    debt: int = Field(description="Points that had to be taken back and were spent already.")
    liability: Decimal = Field(description="What all points are worth, in the base currency.")
    by_month: list[OwedOut]
    tiers: list[TierOut]


class BalanceOut(BaseModel):
    """What a member has now."""

    customer: str = Field(examples=["C0001"])
    member: bool = Field(description="False for who has not joined; all else is 0 then.")
    points: int
    available: int = Field(description="What can be spent: points less those owed.")
    debt: int
    worth: Decimal = Field(description="Of what is available, in the base currency.")
    expiring: int = Field(description="Points of it that expire within 30 days.")
    next_expiry: date | None
    tier: str
    tier_until: date | None
    falling: bool = Field(description="The fall from the tier is announced.")
    joined: date | None
    version: int | None


class LoyaltyMemberOut(BaseModel):
    """A member."""

    id: int
    customer: str
    joined: date
    points: int
    debt: int
    tier: str
    tier_until: date | None
    falling: bool
    page: bool = Field(description="Whether its own page is open.")
    version: int


class LoyaltyMemberPage(Page[LoyaltyMemberOut]):
    pass


class LoyaltyMemberQuery(OfCustomer):
    tier: str = Field("", max_length=80, pattern=r"^[^\x00]*$")


class OperationOut(BaseModel):
    """One change of points."""

    id: int
    customer: str
    kind: Literal["earned", "spent", "restored", "taken-back", "expired", "corrected", "closed"]
    points: int = Field(description="By how many the points changed.")
    debt: int = Field(description="By how many the points owed changed.")
    available: int = Field(description="What can be spent by now.")
    order: str
    amount: Decimal | None
    reason: str
    reverses: int | None
    by: str | None
    at: datetime


class OperationPage(Page[OperationOut]):
    pass


class JoinIn(Schema, extra="forbid"):
    customer: Code


class LeaveIn(JoinIn):
    reason: Reason = ""


class EarnIn(Schema, extra="forbid"):
    """An amount, which gives points by the rules, or so many points."""

    customer: Code
    amount: Amount | None = None
    points: Points | None = None
    order: Short = Field("", description="Its number: the order gives points once.")
    reason: Reason = ""
    version: Version = None


class SpendPointsIn(Schema, extra="forbid"):
    customer: Code
    points: Points
    order: Short = ""
    reason: Reason = ""
    version: Version = None


class ReverseIn(Schema, extra="forbid"):
    points: Points | None = Field(None, description="All that is left of it where there is none.")
    reason: Reason = ""


class AdjustIn(Schema, extra="forbid"):
    customer: Code
    points: Annotated[Whole, Field(ge=-actions.MOST, le=actions.MOST)]
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$")]


class RewardOut(BaseModel):
    """What a member may have for points."""

    name: str
    points: int
    worth: int = Field(description="In the base currency; 0 for a thing or a service.")
    days: int = Field(description="So long its coupon is valid.")
    enough: bool = Field(description="Whether the member has the points.")


class LoyaltyCustomerQuery(Known):
    customer: Code


class CouponOut(BaseModel):
    """A coupon."""

    id: int
    customer: str
    code: str = Field(examples=["7KQ2MXW4PA"])
    title: str
    worth: Decimal | None
    state: Literal["open", "redeemed", "cancelled", "expired"]
    issued_at: datetime
    expires: date | None
    redeemed_at: datetime | None
    order: str
    version: int


class CouponPage(Page[CouponOut]):
    pass


class RewardCouponIn(Schema, extra="forbid"):
    customer: Code
    reward: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]


class GiftIn(Schema, extra="forbid"):
    customer: Code
    title: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*\S[^\x00]*$")]
    worth: Amount | None = None
    days: Annotated[Whole, Field(ge=1, le=3_650)] = 90
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$")]


class RedeemIn(Schema, extra="forbid"):
    code: CouponCode
    order: Short = ""


class WhyCouponIn(Schema, extra="forbid"):
    reason: Reason = ""


class MemberPageOut(BaseModel):
    """The address of a member's own page."""

    customer: str
    address: str = Field(description="Told once; only a digest of it is known afterwards.")


@router.get("", response=ProgrammeOut, summary="The programme")
def get_programme(request: Asked) -> ProgrammeOut:
    """What is owed to members, when it expires, and who is in which tier."""
    found = queries.members_for(request.user)
    owed = queries.liability(found, points_rules())
    totals = queries.totals(found)
    return ProgrammeOut(
        members=totals["members"],
        points=totals["points"] or 0,
        debt=totals["debt"] or 0,
        liability=sum((one.worth for one in owed), Decimal(0)),
        by_month=[OwedOut(month=one.month, points=one.points, worth=one.worth) for one in owed],
        tiers=[
            TierOut(name=one.name, members=one.members, points=one.points, falling=one.falling)
            for one in (queries.tiers(found) if tier_rules() else [])
        ],
    )


@router.get("/balance", response=BalanceOut, summary="What a member has", openapi_extra=TOOL)
def get_balance(request: Asked, query: Query[LoyaltyCustomerQuery]) -> BalanceOut:
    """Also of a customer that is no member: it has nothing."""
    return _balance(customer_of(request, query.customer))


@router.get("/members", response=LoyaltyMemberPage, summary="List members")
def list_members(request: Asked, query: Query[LoyaltyMemberQuery]) -> LoyaltyMemberPage:
    """Of customers you may see."""
    found = queries.members_for(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.tier:
        found = found.filter(tier=query.tier)
    items, last = newest(request, found, query)
    return LoyaltyMemberPage(items=[_member(one) for one in items], next=last)


@router.post("/members", response={201: LoyaltyMemberOut}, summary="Make a customer a member")
def add_member(
    request: Asked, wanted: JoinIn, key: IdempotencyKey = ""
) -> Status[LoyaltyMemberOut]:
    """One that is a member stays one."""
    customer = _whom(request, wanted.customer)
    return Status(201, _member(actions.join(request.user, customer, key=key)))


@router.post("/members/leave", response=LoyaltyMemberOut, summary="Leave the programme")
def leave_programme(request: Asked, wanted: LeaveIn, key: IdempotencyKey = "") -> LoyaltyMemberOut:
    """What the member has expires; who left stays so, and may be made a member again."""
    customer = _whom(request, wanted.customer)
    get_object_or_404(Member, customer=customer)
    return _member(leaving.leave(request.user, customer, reason=wanted.reason, key=key))


@router.get("/operations", response=OperationPage, summary="List changes of points")
def list_operations(request: Asked, query: Query[OfCustomer]) -> OperationPage:
    """Of customers you may see, the newest first."""
    found = queries.operations_for(request.user)
    if query.customer:
        found = found.filter(member__customer__code=query.customer)
    items, last = newest(request, found, query)
    return OperationPage(items=[_operation(one) for one in items], next=last)


@router.post("/earn", response={201: OperationOut}, summary="Give points")
def earn_points(request: Asked, wanted: EarnIn, key: IdempotencyKey = "") -> Status[OperationOut]:
    """By the rules for an amount, or so many; whoever is no member becomes one.

    An order gives points once, whether the till or the facts tell of it first.
    """
    customer = _whom(request, wanted.customer)
    values = wanted.model_dump(exclude={"customer", "version"})
    done = actions.earn(request.user, customer, **values, expected_version=wanted.version, key=key)
    return Status(201, _operation(done))


@router.post("/spend", response={201: OperationOut}, summary="Spend points")
def spend_points(
    request: Asked, wanted: SpendPointsIn, key: IdempotencyKey = ""
) -> Status[OperationOut]:
    """What expires first is spent first. Refused where there are too few."""
    customer = _whom(request, wanted.customer)
    values = wanted.model_dump(exclude={"customer", "version"})
    done = actions.spend(request.user, customer, **values, expected_version=wanted.version, key=key)
    return Status(201, _operation(done))


@router.post(
    "/operations/{int:operation_id}/reverse", response={201: OperationOut}, summary="Take back"
)
def reverse_points(
    request: Asked, operation_id: Id, wanted: ReverseIn, key: IdempotencyKey = ""
) -> Status[OperationOut]:
    """What was earned is taken back, what was spent is restored, whole or in part."""
    require(request.user, REDEEM)
    mine = queries.operations_for(request.user)
    operation = get_object_or_404(mine, pk=operation_id)
    done = actions.reverse(
        request.user, operation, points=wanted.points, reason=wanted.reason, key=key
    )
    return Status(201, _operation(done))


@router.post("/adjust", response={201: OperationOut}, summary="Correct points")
def adjust_points(
    request: Asked, wanted: AdjustIn, key: IdempotencyKey = ""
) -> Status[OperationOut]:
    """By hand, with a reason; below 0 takes points."""
    customer = _whom(request, wanted.customer)
    done = actions.adjust(request.user, customer, wanted.points, wanted.reason, key=key)
    return Status(201, _operation(done))


@router.get("/rewards", response=list[RewardOut], summary="What a customer may have for points")
def list_rewards(request: Asked, query: Query[LoyaltyCustomerQuery]) -> list[RewardOut]:
    """The cheapest first."""
    customer = customer_of(request, query.customer)
    available = _balance(customer).available
    return [
        RewardOut(
            name=one.name, points=one.points, worth=one.worth, days=one.days,
            enough=one.points <= available,
        )
        for one in coupons.rewards_for(customer)
    ]  # fmt: skip


@router.get("/coupons", response=CouponPage, summary="List coupons")
def list_coupons(request: Asked, query: Query[OfCustomer]) -> CouponPage:
    """Of customers you may see, the newest first."""
    found = queries.coupons_for(request.user)
    if query.customer:
        found = found.filter(member__customer__code=query.customer)
    items, last = newest(request, found, query)
    return CouponPage(items=[_coupon(one) for one in items], next=last)


@router.post("/coupons", response={201: CouponOut}, summary="Issue a coupon for points")
def issue_coupon(
    request: Asked, wanted: RewardCouponIn, key: IdempotencyKey = ""
) -> Status[CouponOut]:
    """By the name of a reward."""
    customer = _whom(request, wanted.customer)
    return Status(201, _coupon(coupons.issue(request.user, customer, wanted.reward, key=key)))


@router.post("/coupons/gift", response={201: CouponOut}, summary="Issue a coupon as a gift")
def give_coupon(request: Asked, wanted: GiftIn, key: IdempotencyKey = "") -> Status[CouponOut]:
    """It costs no points, and needs a reason."""
    customer = _whom(request, wanted.customer)
    values = wanted.model_dump(exclude={"customer"})
    return Status(201, _coupon(coupons.gift(request.user, customer, **values, key=key)))


@router.post("/coupons/redeem", response=CouponOut, summary="Redeem a coupon")
def redeem_coupon(request: Asked, wanted: RedeemIn, key: IdempotencyKey = "") -> CouponOut:
    """Once."""
    require(request.user, REDEEM)
    get_object_or_404(queries.coupons_for(request.user), code=wanted.code.upper())
    return _coupon(coupons.redeem(request.user, wanted.code, order=wanted.order, key=key))


@router.post(
    "/coupons/{int:coupon_id}/reinstate", response=CouponOut, summary="Let it be redeemed again"
)
def reinstate_coupon(request: Asked, coupon_id: Id, wanted: WhyCouponIn) -> CouponOut:
    """Because its order came back."""
    return _coupon(
        coupons.reinstate(request.user, _found(request, coupon_id), reason=wanted.reason)
    )


@router.post("/coupons/{int:coupon_id}/cancel", response=CouponOut, summary="Cancel a coupon")
def cancel_coupon(request: Asked, coupon_id: Id, wanted: WhyCouponIn) -> CouponOut:
    """The points that paid for it are restored."""
    return _coupon(coupons.cancel(request.user, _found(request, coupon_id), reason=wanted.reason))


@router.post("/page", response={201: MemberPageOut}, summary="Open a member's own page")
def open_member_page(request: Asked, wanted: JoinIn) -> Status[MemberPageOut]:
    """At a new address; the one before is closed."""
    customer = _whom(request, wanted.customer)
    _member, token = actions.open_page(request.user, customer)
    address = request.build_absolute_uri(address_of("loyalty:own_page", args=[token]))
    return Status(201, MemberPageOut(customer=customer.code, address=address))


@router.delete("/page", response={204: None}, summary="Close a member's own page")
def close_member_page(request: Asked, query: Query[LoyaltyCustomerQuery]) -> Status[None]:
    """Its address shows nothing any more."""
    actions.close_page(request.user, _whom(request, query.customer))
    return Status(204, None)


def _whom(request: Asked, code: str) -> Customer:
    require(request.user, REDEEM)
    return customer_of(request, code)


def _found(request: Asked, coupon_id: int) -> Coupon:
    require(request.user, REDEEM)
    return get_object_or_404(queries.coupons_for(request.user), pk=coupon_id)


def _balance(customer: Customer) -> BalanceOut:
    found = Member.objects.filter(customer=customer).first()
    if found is None or found.left:
        return BalanceOut(
            customer=customer.code, member=False, points=0, available=0, debt=0, worth=Decimal(0),
            expiring=0, next_expiry=None, tier="", tier_until=None, falling=False, joined=None,
            version=None,
        )  # fmt: skip
    has = queries.balance(found, actions.rule_of(customer), actions.today())
    return BalanceOut(
        customer=customer.code, member=True, points=has.points, available=has.available,
        debt=has.debt, worth=has.worth, expiring=has.expiring,
        next_expiry=has.next_expiry[0] if has.next_expiry else None, tier=found.tier,
        tier_until=found.tier_until, falling=found.noticed is not None, joined=found.joined,
        version=found.version,
    )  # fmt: skip


def _member(one: Member) -> LoyaltyMemberOut:
    return LoyaltyMemberOut(
        id=one.pk, customer=one.customer.code, joined=one.joined, points=one.points,
        debt=one.debt, tier=one.tier, tier_until=one.tier_until, falling=one.noticed is not None,
        page=one.digest is not None, version=one.version,
    )  # fmt: skip


def _operation(one: Operation) -> OperationOut:
    return OperationOut(
        id=one.pk, customer=one.member.customer.code, kind=one.kind, points=one.points,
        debt=one.debt, available=max(0, one.member.points - one.member.debt), order=one.order,
        amount=one.amount, reason=one.reason, reverses=one.reverses_id,
        by=one.by.username if one.by else None, at=one.at,
    )  # fmt: skip


def _coupon(one: Coupon) -> CouponOut:
    return CouponOut(
        id=one.pk, customer=one.member.customer.code, code=one.code, title=one.title,
        worth=one.worth, state=one.state(actions.today()), issued_at=one.issued_at,
        expires=one.expires, redeemed_at=one.redeemed_at, order=one.order, version=one.version,
    )  # fmt: skip
