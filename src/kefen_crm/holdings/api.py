"""Pools for programs: who is in them, claimed and released; nothing hidden is told."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by, in_reach_of
from kefen_crm.holdings import actions
from kefen_crm.holdings.handover import plan, receivers_for
from kefen_crm.holdings.models import Holding, Pool, Transfer
from kefen_crm.holdings.permits import CLAIM
from kefen_crm.holdings.pool_rules import POOL_RULES
from kefen_crm.holdings.queries import Pooled, pooled_for, pools_of, seen
from kefen_crm.holdings.tonight import next_night, night
from kefen_crm.platform import rules
from kefen_crm.platform.api.paging import Known, Page, Paged, after, link, split
from kefen_crm.platform.api.problems import Fault, Refused, pointer
from kefen_crm.platform.api.values import TOOL, IdempotencyKey, Whole
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Pool"])

Code = Annotated[str, Path(max_length=200, pattern=r"^[^\x00]+$", description="A customer's code.")]
Number = Annotated[int, Path(ge=1, le=2**62)]
Only = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$")]
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class PoolOut(BaseModel):
    """A pool that you may claim from."""

    id: int
    name: str = Field(examples=["华东公海"])
    departments: list[str] = Field(description="Empty: the whole company's.")
    masked_fields: list[str] = Field(description="Hidden until claimed.", examples=[["phone"]])
    per_day: int = Field(description="Claims a day; 0 is no limit.")
    most_held: int = Field(description="Weighted by class; 0 is no limit.")
    former_waits: int = Field(description="Days.")
    rest_days: int = Field(description="Days after the rules took a customer.")


class PooledOut(BaseModel):
    """A customer in a pool; what is hidden from you is null."""

    code: str = Field(examples=["C0001"])
    version: int
    pool: int
    name: str | None
    contact: str | None
    phone: str | None
    email: str | None
    address: str | None
    province: str
    city: str
    industry: str
    sales: Decimal | None
    last_order_on: date | None
    since: datetime = Field(description="In the pool since.")
    why: Literal["released", "recycled", "put"]
    reason: str
    former_owner: str = Field(description="Empty where nobody held it.")
    claimable_from: date | None = Field(description="Null: now.")


class PooledPage(Page[PooledOut]):
    pass


class PooledQuery(Paged):
    pool: int | None = Field(None, ge=1, le=2**62, description="Its number.")


class HoldingOut(BaseModel):
    """Somebody who looked after the customer for a time; the open one is its owner."""

    user: int
    name: str
    since: datetime
    until: datetime | None
    via: str = Field(description="How it began.", examples=["claimed"])
    reason: str
    ended: str = Field(description="How it ended; empty while it lasts.", examples=["recycled"])
    end_reason: str


class HolderOut(BaseModel):
    """A customer after a change of its owner."""

    code: str
    version: int
    owner: int | None


class ClaimIn(Schema, extra="forbid"):
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")
    reason: Text = ""


class ReleaseIn(Schema, extra="forbid"):
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")
    reason: Text = Field(min_length=1, description="Stands with the customer in the pool.")


@router.get("/pools", response=list[PoolOut], summary="List pools")
def list_pools(request: Asked) -> list[PoolOut]:
    """Those that you may claim from: of your department and above, and the company's."""
    return [
        PoolOut(
            **{name: getattr(one, name) for name in PoolOut.model_fields if name != "departments"},
            departments=[department.name for department in one.departments.all()],
        )
        for one in Pool.objects.filter(pk__in=pools_of(request.user)).prefetch_related(
            "departments"
        )
    ]


@router.get(
    "/customers", response=PooledPage, summary="List customers in pools", openapi_extra=TOOL
)
def list_pooled(request: Asked, query: Query[PooledQuery]) -> PooledPage:
    """Customers whom nobody holds, by code, in the pools that you may claim from."""
    found = pooled_for(request.user).order_by("code")
    if query.pool:
        found = found.filter(pool_entry__pool=query.pool)
    if key := after(query.cursor, str):
        found = found.filter(code__gt=key[0])
    items, more = split(list(found[: query.limit + 1]), query.limit)
    return PooledPage(
        items=[_pooled(seen(request.user, one)) for one in items],
        next=link(request, [items[-1].code]) if more else None,
    )


@router.get("/customers/{code:code}/holdings", response=list[HoldingOut], summary="Who held whom")
def list_holdings(request: Asked, code: Code) -> list[HoldingOut]:
    """Who looks after a customer that you may see and did before, the newest first."""
    customer = get_object_or_404(in_reach_of(request.user), code=code)
    found = Holding.objects.filter(customer=customer).select_related("user")
    plain = set(HoldingOut.model_fields) - {"user", "name"}
    return [
        HoldingOut(
            user=one.user_id,
            name=one.user.display_name,
            **{name: getattr(one, name) for name in plain},
        )
        for one in found
    ]


@router.post(
    "/customers/{code:code}/claim",
    response=HolderOut,
    summary="Claim a customer",
    openapi_extra=TOOL,
)
def claim_customer(
    request: Asked, code: Code, wanted: ClaimIn, response: HttpResponse, key: IdempotencyKey = ""
) -> HolderOut:
    """Take a customer out of a pool. Of several who try one gets it.

    The others are told who in a 409: `claimed-already`. Other reasons are `rests`,
    `former-waits`, `day-limit` and `held-limit`.
    """
    require(request.user, CLAIM)
    customer = get_object_or_404(Customer, code=code)
    try:
        claimed = actions.claim(
            request.user,
            customer,
            expected_version=wanted.version,
            key=key,
            reason=wanted.reason,
        )
    except actions.ClaimRefused as error:
        raise Refused(409, error.code, " ".join(error.messages)) from None
    response["ETag"] = f'"{claimed.version}"'
    return _claimed(claimed)


@router.post("/customers/{code:code}/release", response=HolderOut, summary="Release a customer")
def release_customer(
    request: Asked, code: Code, wanted: ReleaseIn, key: IdempotencyKey = ""
) -> HolderOut:
    """Give a customer up, into the pool of its owner's department or the company's."""
    require(request.user, CLAIM)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    return _claimed(
        actions.release(
            request.user,
            customer,
            reason=wanted.reason,
            expected_version=wanted.version,
            key=key,
        )
    )


def _claimed(customer: Customer) -> HolderOut:
    return HolderOut(code=customer.code, version=customer.version, owner=customer.owner_id)


def _pooled(one: Pooled) -> PooledOut:
    customer, entry = one.customer, one.entry
    hidden = {
        name: None if value != getattr(customer, name) else value
        for name, value in one.fields.items()
    }
    return PooledOut(
        **hidden,
        code=customer.code,
        version=customer.version,
        pool=entry.pool_id,
        province=customer.province,
        city=customer.city,
        industry=customer.industry,
        sales=customer.sales,
        last_order_on=customer.last_order_on,
        since=entry.since,
        why=entry.why,
        reason=entry.reason,
        former_owner=one.former,
        claimable_from=one.waits,
    )


class FallOut(BaseModel):
    """A customer that the pool rules take in the coming night."""

    code: str
    name: str
    owner: int
    rule: str
    why: str = Field(examples=["90 working days without contact since 2026-01-05"])
    since: date
    sales: Decimal | None
    pool: int


class TonightOut(BaseModel):
    """What the pool rules do in the coming night."""

    day: date = Field(description="The day that dawns.")
    takes: list[FallOut] = Field(description="Of customers within your reach.")
    warned: int = Field(description="Owners are warned of so many customers.")
    waiting: dict[str, int] = Field(
        description="How many wait: `share`, `notice`, `pool`, `day-off`."
    )
    excused: dict[str, int] = Field(
        description="How many stay, by why, such as `overdue`, `leave`, `ticket`."
    )


class TransferOut(BaseModel):
    """Customers that changed hands together."""

    id: int
    kind: Literal["recycled", "handed-over"]
    at: datetime
    by: int | None = Field(description="Null: the pool rules.")
    leaver: int | None
    reason: str
    customers: int
    undoable: bool
    undone_at: datetime | None


class HandoverIn(Schema, extra="forbid"):
    leaver: Whole = Field(ge=1, le=2**62, description="The number of who leaves.")
    receivers: list[Whole] = Field(
        min_length=1, max_length=200, description="The numbers of who may get customers."
    )
    reason: Text = Field(min_length=1)
    only: list[Only] = Field([], max_length=1_000, description="Codes; all customers by default.")
    digest: Text = Field("", description="Of a plan: refused when it is another by now.")


class PartOut(BaseModel):
    user: int
    customers: list[str] = Field(description="Codes.")
    sales: Decimal
    holds: int = Field(description="Then, weighted by class.")


class PlanOut(BaseModel):
    """Who would get whom, the most valuable first to whoever holds least."""

    digest: str
    parts: list[PartOut]
    left: list[str] = Field(description="Codes of whom nobody can take within the limits.")


class PlanQuery(Known):
    leaver: int = Field(ge=1, le=2**62)
    receivers: list[int] = Field(min_length=1, max_length=200)
    only: list[Only] = Field([], max_length=1_000, description="Codes; all customers by default.")


@router.get(
    "/tonight", response=TonightOut, summary="What the pool rules do tonight", openapi_extra=TOOL
)
def get_tonight(request: Asked) -> TonightOut:
    """Nothing is done by asking."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    outcome = night(rules.in_force(POOL_RULES), next_night(timezone.now()))
    keys = [one.pk for one, _pool in outcome.takes]
    mine = set(changeable_by(request.user).filter(pk__in=keys).values_list("pk", flat=True))
    return TonightOut(
        day=outcome.day,
        takes=[
            FallOut(
                code=one.code, name=one.name, owner=one.owner, rule=one.rule.name, why=one.text,
                since=one.since, sales=one.sales, pool=pool.pk,
            )
            for one, pool in outcome.takes
            if one.pk in mine
        ],
        warned=len(outcome.warns),
        waiting=dict(outcome.held_back),
        excused=dict(outcome.excused),
    )  # fmt: skip


@router.get("/transfers", response=list[TransferOut], summary="List transfers")
def list_transfers(request: Asked) -> list[TransferOut]:
    """What the rules took and what was handed over, the newest 100 first."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    found = Transfer.objects.annotate(count=Count("ended")).order_by("-at", "-pk")[:100]
    return [_transfer(one, one.count) for one in found]


@router.post("/transfers/{int:number}/undo", response=TransferOut, summary="Undo a transfer")
def undo_transfer(request: Asked, number: Number) -> TransferOut:
    """Give the customers back to who held them, those left out that somebody touched since."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    found = get_object_or_404(Transfer, pk=number)
    if not actions.undoable(found):
        detail = _("This can no longer be undone: it is a week old, or undone.")
        raise Refused(409, "not-undoable", detail)
    count = actions.undo(request.user, found)
    found.refresh_from_db()
    return _transfer(found, count)


@router.get("/handover", response=PlanOut, summary="Plan a handover")
def plan_handover(request: Asked, query: Query[PlanQuery]) -> PlanOut:
    """How the customers of somebody who leaves would be split; nothing is done by asking."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    leaver, receivers = _people(query.leaver, query.receivers)
    found = plan(request.user, leaver, receivers, only=query.only)
    return PlanOut(
        digest=found.digest,
        parts=[
            PartOut(
                user=part.user.pk,
                customers=[one.code for one in part.customers],
                sales=part.money,
                holds=part.after,
            )
            for part in found.parts
        ],
        left=[one.code for one in found.left],
    )


@router.post("/handover", response={201: TransferOut}, summary="Hand over customers")
def hand_over(request: Asked, wanted: HandoverIn, key: IdempotencyKey = "") -> Status[TransferOut]:
    """Give the customers of somebody to others in one go, with their open tasks."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    leaver, receivers = _people(wanted.leaver, wanted.receivers)
    done = actions.hand_over(
        request.user,
        leaver,
        receivers,
        reason=wanted.reason,
        only=wanted.only,
        expected=wanted.digest,
        key=key,
    )
    return Status(201, _transfer(done, done.ended.count()))


def _people(leaver: int, receivers: list[int]) -> tuple[User, list[User]]:
    """Who leaves and who gets customers; a number that is nobody's is refused."""
    found = User.objects.filter(pk=leaver).first()
    able = receivers_for(found).in_bulk(receivers) if found else {}
    if found is None or set(receivers) - set(able):
        detail = _("Nobody who can look after customers has this number.")
        name = "leaver" if found is None else "receivers"
        fault = Fault(code="unknown-user", detail=detail, part="body", pointer=pointer([name]))
        raise Refused(422, "not-valid", detail, [fault])
    return found, [able[pk] for pk in dict.fromkeys(receivers)]


def _transfer(found: Transfer, count: int) -> TransferOut:
    return TransferOut(
        id=found.pk,
        kind=found.kind,
        at=found.at,
        by=found.by_id,
        leaver=found.leaver_id,
        reason=found.reason,
        customers=count,
        undoable=actions.undoable(found),
        undone_at=found.undone_at,
    )
