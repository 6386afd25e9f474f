"""The holdout for programs: how many are left alone, and what outreach brought against them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Router, Schema
from pydantic import BaseModel, Field

from kefen_crm.holdout import actions, queries, results
from kefen_crm.holdout.models import HoldoutYear
from kefen_crm.holdout.permits import HOLD_OUT
from kefen_crm.platform.api.values import Version, Whole
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Holdout"])


class HoldoutIn(Schema, extra="forbid"):
    percent: Annotated[Whole, Field(ge=0, le=20)]
    reason: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = ""
    version: Version = None


class HoldoutEffectOut(BaseModel):
    """What outreach changed for the customers of a class, or for all together, in a year."""

    key: str = Field(description="The class; empty for all together, `-` for who had none.")
    title: str
    others: int
    held_out: int
    mean_others: float | None
    mean_held_out: float | None
    uplift: float | None
    low: float | None
    high: float | None
    verdict: Literal["gain", "harm", "nothing", "too-few", "mismatch"]


class HoldoutYearOut(BaseModel):
    """A draw, and what was measured against it up to a day."""

    year: int
    percent: int
    drawn_on: date
    held_out: int
    others: int
    until: date | None
    measured_at: datetime | None
    effects: list[HoldoutEffectOut]


class HoldoutOut(BaseModel):
    """How many percent are left alone from the next draw on, and each year, the newest first."""

    percent: int
    reason: str
    version: int
    years: list[HoldoutYearOut]


@router.get("", response=HoldoutOut, summary="Who is left alone all year")
def get_holdout(request: Asked) -> HoldoutOut:
    """How many, and what outreach brought against them."""
    require(request.user, HOLD_OUT)
    return _told()


@router.put("", response=HoldoutOut, summary="Say how many are left alone")
def set_holdout(request: Asked, wanted: HoldoutIn) -> HoldoutOut:
    """From the next draw on; 0 at once, with the reason."""
    actions.set_policy(request.user, wanted.percent, wanted.reason, expected_version=wanted.version)
    return _told()


def _told() -> HoldoutOut:
    policy = queries.policy()
    return HoldoutOut(
        percent=policy.percent,
        reason=policy.reason,
        version=policy.version,
        years=[_year(one) for one in HoldoutYear.objects.all()],
    )


def _year(one: HoldoutYear) -> HoldoutYearOut:
    return HoldoutYearOut(
        year=one.year,
        percent=one.percent,
        drawn_on=one.drawn_on,
        held_out=one.counts.get("held", 0),
        others=one.counts.get("others", 0),
        until=one.result.get("until"),
        measured_at=one.measured_at,
        effects=[
            HoldoutEffectOut(
                key=row["key"],
                title=row["title"],
                others=row["treated"],
                held_out=row["holdout"],
                mean_others=row["mean_treated"],
                mean_held_out=row["mean_holdout"],
                uplift=row["uplift"]["value"],
                low=row["uplift"]["low"],
                high=row["uplift"]["high"],
                verdict=row["verdict"],
            )
            for row in results.shown(one)
        ],
    )
