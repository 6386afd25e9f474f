"""Industry starts for programs: what each would make, and choosing one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import Http404
from ninja import Field, Path, Router
from pydantic import BaseModel

from kefen_crm.industry_starts import actions, queries
from kefen_crm.industry_starts.permits import CHOOSE
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Industry starts"])

Name = Annotated[
    str, Path(max_length=40, pattern=r"^[a-z][-a-z]*$", description="The name of a start.")
]


class StartStepOut(BaseModel):
    """One thing that a start makes."""

    part: Literal["field", "scheme", "pool", "rules"]
    key: str = Field(examples=["trade_terms"])
    title: str
    outcome: Literal["made", "draft", "stays"] = Field(
        description="Stays: the company has its own. Draft: somebody puts it in force later."
    )
    lines: list[str]


class IndustryStartOut(BaseModel):
    """What a company of a trade begins with."""

    name: str = Field(examples=["foreign-trade"])
    title: str
    description: str
    chosen: datetime | None
    by: str | None


class IndustryStartDetailOut(IndustryStartOut):
    steps: list[StartStepOut] = Field(
        description="What choosing it would make now, or made when it was chosen."
    )


@router.get("", response=list[IndustryStartOut], summary="List industry starts")
def list_industry_starts(request: Asked) -> list[IndustryStartOut]:
    """What there is to choose from, and what was chosen."""
    require(request.user, CHOOSE)
    return [IndustryStartOut(**_told(one)) for one in queries.offered()]


@router.get("/{name}", response=IndustryStartDetailOut, summary="One industry start")
def get_industry_start(request: Asked, name: Name) -> IndustryStartDetailOut:
    """Everything that it would make, or made."""
    require(request.user, CHOOSE)
    return _detail(_one(name))


@router.post("/{name}/choose", response=IndustryStartDetailOut, summary="Choose an industry start")
def choose_industry_start(request: Asked, name: Name) -> IndustryStartDetailOut:
    """What the company has already stays as it is; choosing it again changes nothing."""
    require(request.user, CHOOSE)
    actions.choose(request.user, _one(name).start)
    return _detail(_one(name))


def _one(name: str) -> queries.Offered:
    found = next((one for one in queries.offered() if one.start.name == name), None)
    if found is None:
        raise Http404
    return found


def _told(one: queries.Offered) -> dict[str, object]:
    return {
        "name": one.start.name,
        "title": one.title,
        "description": one.description,
        "chosen": one.chosen.at if one.chosen else None,
        "by": one.chosen.by.username if one.chosen else None,
    }


def _detail(one: queries.Offered) -> IndustryStartDetailOut:
    steps = [
        StartStepOut(
            part=step.part,
            key=step.key,
            title=step.title,
            outcome=step.outcome,
            lines=list(step.lines),
        )
        for step in queries.seen(one)
    ]
    return IndustryStartDetailOut(**_told(one), steps=steps)
