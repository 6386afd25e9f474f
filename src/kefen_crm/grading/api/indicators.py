"""Indicators for programs: those that lists of customers can show, and having more measured."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.core.exceptions import ValidationError
from django.http import Http404
from ninja import Field, Path, Router, Status
from pydantic import BaseModel

from kefen_crm.customers.queries import figures_as_of
from kefen_crm.gateway import measured as runs
from kefen_crm.grading import further
from kefen_crm.grading.measured import FURTHER, choices
from kefen_crm.grading.models import FurtherMeasure
from kefen_crm.platform.api.problems import Refused
from kefen_crm.platform.api.values import TOOL
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Indicators"])

Name = Annotated[
    str, Path(max_length=200, pattern=r"^[^\x00]+$", description="The name of an indicator.")
]


class MeasuredBeside(BaseModel):
    """How far the measuring of an indicator is that no scheme asks for."""

    state: Literal["waiting", "measured", "refused"]
    as_of: date | None
    ledger_version: int | None


class IndicatorOut(BaseModel):
    """An indicator that is a number."""

    name: str = Field(examples=["average_order_value"])
    title: str = Field(description="In the language asked for.", examples=["Average order value"])
    unit: str = Field(examples=["money"])
    values: list[str] = Field(
        description="What `measure` and `indicator` of `GET /customers` take for it: "
        "`scheme:indicator` of a run in force, `~:indicator` as it was asked for.",
        examples=[["weighted:growth"]],
    )
    beside: MeasuredBeside | None = Field(description="Null where nobody asked for it.")


@router.get("", response=list[IndicatorOut], summary="List indicators", openapi_extra=TOOL)
def list_indicators(request: Asked) -> list[IndicatorOut]:
    """Every indicator that is a number, by its title, and what lists of customers know of it."""
    values: dict[str, list[str]] = {}
    for value, _title in choices(request, figures_as_of()):
        values.setdefault(value.partition(":")[2], []).append(value)
    beside = {one.name: _beside(one) for one in FurtherMeasure.objects.all()}
    return [_told(one, values, beside.get(one.name)) for one in runs.every_measure()]


@router.put("/{path:name}", response={202: IndicatorOut}, summary="Have an indicator measured")
def measure_indicator(request: Asked, name: Name) -> Status[IndicatorOut]:
    """For all customers over twelve months, now and after each run.

    Repeated it changes nothing: `state` becomes `measured`, or `refused` where the facts lack it.
    """
    known = {one.name: one for one in runs.every_measure()}
    if name not in known:
        raise Http404
    try:
        kept = further.ask(request.user, name)
    except ValidationError as error:
        raise Refused(409, "too-many", " ".join(error.messages)) from error
    told = _told(known[name], {name: [f"{FURTHER}:{name}"]}, _beside(kept))
    return Status(202, told)


@router.delete("/{path:name}", response={204: None}, summary="Measure an indicator no more")
def end_indicator(request: Asked, name: Name) -> Status[None]:
    """Columns and filters of it are gone, in the views of others, too; repeated it does nothing."""
    require(request.user, Permit.GRADE)
    if name not in {one.name for one in runs.every_measure()}:
        raise Http404
    further.end(name)
    return Status(204, None)


def _told(
    one: runs.Measure, values: dict[str, list[str]], beside: MeasuredBeside | None
) -> IndicatorOut:
    return IndicatorOut(
        name=one.name,
        title=one.title,
        unit=one.unit,
        values=values.get(one.name, []),
        beside=beside,
    )


def _beside(one: FurtherMeasure) -> MeasuredBeside:
    state: Literal["waiting", "measured", "refused"]
    state = "measured" if one.source else "refused" if one.reason else "waiting"
    return MeasuredBeside(state=state, as_of=one.as_of, ledger_version=one.ledger_version)
