"""Likely duplicates for programs: found, judged, merged, taken apart again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.duplicates import actions
from kefen_crm.duplicates.models import Merge, Pair
from kefen_crm.duplicates.near import near
from kefen_crm.duplicates.permits import MERGE
from kefen_crm.duplicates.queries import merges_for, pairs_for, undoable
from kefen_crm.duplicates.reasons import reasons
from kefen_crm.platform.api.paging import Known, OfCustomer, Page, Paged, after, link, split
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import TOOL, IdempotencyKey, Whole
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Duplicates"])

Id = Annotated[int, Path(ge=1, le=2**62)]
Code = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class ReasonOut(BaseModel):
    """One part of the evidence."""

    part: str = Field(examples=["phone"])
    text: str = Field(examples=["same phone"])
    points: float = Field(description="For it with more than 0, else against it.")


class PairOut(BaseModel):
    """Two customers that are likely one."""

    id: int
    version: int
    customers: list[str] = Field(description="Their codes.")
    group: int = Field(description="Pairs of one group share customers.")
    score: float
    reasons: list[ReasonOut]
    state: Literal["open", "different"]


class PairPage(Page[PairOut]):
    pass


class PairQuery(OfCustomer):
    state: Literal["open", "different"] = "open"


class JudgeIn(Schema, extra="forbid"):
    state: Literal["open", "different"] = "different"
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")
    reason: Text = ""


class NearQuery(Known):
    name: str = Field("", max_length=255, pattern=r"^[^\x00]*$")
    phone: str = Field("", max_length=64, pattern=r"^[^\x00]*$")
    email: str = Field("", max_length=254, pattern=r"^[^\x00]*$")
    address: str = Field("", max_length=500, pattern=r"^[^\x00]*$")
    city: str = Field("", max_length=120, pattern=r"^[^\x00]*$")
    number: str = Field(
        "", max_length=200, pattern=r"^[^\x00]*$", description="Its tax or credit number."
    )


class NearOut(BaseModel):
    """A customer that may be the one meant; of one that you may not see there is no code."""

    code: str | None
    name: str | None = Field(description="Null where a pool hides it.")
    department: str = Field(description="Whose it is, where you may not see it.")
    score: float
    reasons: list[ReasonOut]


class MergedOut(BaseModel):
    code: str
    name: str
    moved: dict[str, int] = Field(description="How many rows went along, by model.")
    ended: dict[str, int] = Field(
        description="How many ended, as the customer that remains has its own or would come to "
        "belong to itself; they return when the merge is taken back."
    )


class MergeOut(BaseModel):
    """Customers merged into another."""

    id: int
    version: int
    customer: str = Field(description="The code of the one that remains.")
    customer_version: int
    merged: list[MergedOut]
    by: str
    at: datetime
    reason: str
    undone_at: datetime | None
    undoable: bool


class MergePage(Page[MergeOut]):
    pass


class MergeIn(Schema, extra="forbid"):
    into: Code = Field(description="The code of the customer that remains.")
    merged: list[Code] = Field(min_length=1, max_length=19, description="The codes of the others.")
    choices: dict[str, Code] = Field(
        {}, max_length=50, description="By field, the code of the customer whose value stands."
    )
    versions: dict[str, Whole] = Field(
        {}, max_length=20, description="By code; refused when one is another by now."
    )
    reason: Text = ""


class UndoIn(Schema, extra="forbid"):
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")
    reason: Text = ""


@router.get("/pairs", response=PairPage, summary="List likely duplicates")
def list_pairs(request: Asked, query: Query[PairQuery]) -> PairPage:
    """Pairs of customers that you may see, by their number."""
    require(request.user, MERGE)
    found = pairs_for(request.user).filter(state=query.state).order_by("pk")
    if query.customer:
        about = Customer.objects.filter(code=query.customer)
        found = found.filter(first__in=about) | found.filter(second__in=about)
    if key := after(query.cursor, int):
        found = found.filter(pk__gt=key[0])
    found = found.select_related("first", "second")
    items, more = split(list(found[: query.limit + 1]), query.limit)
    return PairPage(
        items=[_pair(one) for one in items],
        next=link(request, [items[-1].pk]) if more else None,
    )


@router.post("/pairs/{pair_id}/judge", response=PairOut, summary="Judge a pair")
def judge_pair(request: Asked, pair_id: Id, wanted: JudgeIn, key: IdempotencyKey = "") -> PairOut:
    """Say that two customers are not the same, which is remembered, or that they may be."""
    require(request.user, MERGE)
    pair = get_object_or_404(pairs_for(request.user), pk=pair_id)
    return _pair(
        actions.judge(
            request.user,
            pair,
            different=wanted.state == "different",
            expected_version=wanted.version,
            key=key,
            reason=wanted.reason,
        )
    )


@router.get("/near", response=list[NearOut], summary="Find near matches", openapi_extra=TOOL)
def near_matches(request: Asked, query: Query[NearQuery]) -> list[NearOut]:
    """Customers that may be meant by what is to be typed in, the likeliest first."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    return [
        NearOut(
            code=one.customer.code if one.customer else None,
            name=one.name or None,
            department=one.department,
            score=one.score,
            reasons=[_reason(each) for each in one.reasons],
        )
        for one in near(request.user, query.model_dump())
    ]


@router.get("/merges", response=MergePage, summary="List merges")
def list_merges(request: Asked, query: Query[Paged]) -> MergePage:
    """Merges into customers that you may see, the newest first."""
    require(request.user, MERGE)
    found = merges_for(request.user).order_by("-pk")
    if key := after(query.cursor, int):
        found = found.filter(pk__lt=key[0])
    items, more = split(list(found[: query.limit + 1]), query.limit)
    return MergePage(
        items=[_merge(request, one) for one in items],
        next=link(request, [items[-1].pk]) if more else None,
    )


@router.post("/merges", response={201: MergeOut}, summary="Merge customers")
def merge_customers(request: Asked, wanted: MergeIn, key: IdempotencyKey = "") -> Status[MergeOut]:
    """Merge customers into one. Their facts count for it; files may go on with the old codes."""
    require(request.user, MERGE)
    reachable = {
        one.code: one
        for one in Customer.objects.filter(code__in=[wanted.into, *wanted.merged])
        if changeable_by(request.user).filter(pk=one.pk).exists() or one.merged_into_id
    }
    for place, code in (("into", wanted.into), *(("merged", one) for one in wanted.merged)):
        if code not in reachable:
            raise unknown("unknown-customer", code, place)
    done = actions.merge(
        request.user,
        reachable[wanted.into],
        [reachable[code] for code in wanted.merged],
        wanted.choices,
        expected_versions=wanted.versions,
        key=key,
        reason=wanted.reason,
    )
    return Status(201, _merge(request, merges_for(request.user).get(pk=done.pk)))


@router.post("/merges/{merge_id}/undo", response=MergeOut, summary="Take a merge back")
def undo_merge(request: Asked, merge_id: Id, wanted: UndoIn, key: IdempotencyKey = "") -> MergeOut:
    """What went along returns, but for what was touched since."""
    require(request.user, MERGE)
    found = get_object_or_404(merges_for(request.user), pk=merge_id)
    done = actions.undo(
        request.user, found, expected_version=wanted.version, key=key, reason=wanted.reason
    )
    return _merge(request, merges_for(request.user).get(pk=done.pk))


def _pair(one: Pair) -> PairOut:
    return PairOut(
        id=one.pk,
        version=one.version,
        customers=[one.first.code, one.second.code],
        group=one.group,
        score=one.score,
        reasons=[_reason(each) for each in reasons(one.parts)],
        state=one.state,
    )


def _reason(one: Any) -> ReasonOut:
    return ReasonOut(part=one.part, text=str(one.text), points=one.points)


def _merge(request: Asked, one: Merge) -> MergeOut:
    return MergeOut(
        id=one.pk,
        version=one.version,
        customer=one.winner.code,
        customer_version=one.winner.version,
        merged=[
            MergedOut(
                code=each.customer.code,
                name=each.customer.name,
                moved=each.counts,
                ended=each.ended_counts,
            )
            for each in one.members.all()
        ],
        by=one.by.display_name,
        at=one.at,
        reason=one.reason,
        undone_at=one.undone_at,
        undoable=undoable(request.user, one),
    )
