"""Class contracts and objections to classes, for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.activities.permits import WORK
from kefen_crm.class_contracts import actions, pages
from kefen_crm.class_contracts.models import Objection
from kefen_crm.customers.api_named import customer_of
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.gateway.contracting import class_ahead, class_contract
from kefen_crm.grading.queries import published
from kefen_crm.platform.api.paging import Known
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import TOOL, IdempotencyKey
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Class contracts"])

Code = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])]
SchemeName = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9][a-z0-9-]*$", examples=["abc"])]
Id = Annotated[int, Path(ge=1, le=2**62)]
Reason = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


class ClassContractQuery(Known):
    customer: Code
    scheme: SchemeName
    ahead: bool = Field(
        False, description="Also how long the class stands if nothing more is bought; slower."
    )


class ClassContractRuleOut(BaseModel):
    title: str
    text: str
    mine: bool


class ClassContractFactOut(BaseModel):
    title: str
    value: str


class ClassContractOut(BaseModel):
    """In the language of the request; `data` is the same with its numbers, in both languages."""

    customer: str
    scheme: str
    as_of: date
    class_title: str
    rules: list[ClassContractRuleOut]
    facts: list[ClassContractFactOut]
    steps: list[str]
    next_title: str
    way: list[str]
    up: list[str] = Field(description="What alone would lift the class.")
    down: list[str] = Field(description="What alone would lose it.")
    beside: list[str]
    until: date | None = Field(description="The last day of the class if nothing more is bought.")
    then: str | None = Field(description="The class after that day.")
    data: dict[str, Any]


class ObjectionsQuery(Known):
    customer: Code


class ClassObjectionIn(Schema, extra="forbid"):
    customer: Code
    scheme: SchemeName
    text: Reason


class ClassObjectionAnswerIn(Schema, extra="forbid"):
    state: Literal["upheld", "declined"]
    answer: Reason


class ClassObjectionOut(BaseModel):
    id: int
    customer: str
    scheme: str
    class_: str | None = Field(alias="class", serialization_alias="class")
    text: str
    state: Literal["open", "upheld", "declined"]
    by: str
    at: datetime
    task: int | None
    answer: str
    answered_by: str | None


@router.get(
    "", response=ClassContractOut, summary="The class contract of a customer", openapi_extra=TOOL
)
def get_class_contract(request: Asked, query: Query[ClassContractQuery]) -> ClassContractOut:
    """The rule, the facts, the arithmetic, and what would change the class."""
    customer = get_object_or_404(visible_to(request.user), code=query.customer)
    graded = pages.graded_of(customer, query.scheme)
    found = class_contract(customer.code, graded.run.engine_id)
    ahead = class_ahead(customer.code, graded.run.engine_id) if query.ahead else None
    return ClassContractOut(
        customer=customer.code,
        scheme=graded.scheme.name,
        as_of=found.as_of,
        class_title=found.headline,
        rules=[
            ClassContractRuleOut(title=one.title, text=one.text, mine=one.mine)
            for one in found.rules
        ],
        facts=[ClassContractFactOut(title=title, value=value) for title, value in found.facts],
        steps=found.steps,
        next_title=found.next_title,
        way=found.way,
        up=found.up,
        down=found.down,
        beside=found.beside,
        until=ahead[0] if ahead else None,
        then=ahead[1] if ahead else None,
        data=found.plain,
    )


@router.get(
    "/objections",
    response=list[ClassObjectionOut],
    by_alias=True,
    summary="Objections of a customer",
)
def list_objections(request: Asked, query: Query[ObjectionsQuery]) -> list[ClassObjectionOut]:
    """Newest first."""
    customer = get_object_or_404(visible_to(request.user), code=query.customer)
    return [_told(one) for one in actions.reachable(request.user).filter(customer=customer)]


@router.post(
    "/objections", response={201: ClassObjectionOut}, by_alias=True, summary="Object to a class"
)
def object_to_class(
    request: Asked, wanted: ClassObjectionIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[ClassObjectionOut]:
    """Whoever looks after the customer gets a task, and who may grade a notice."""
    require(request.user, WORK)
    customer = get_object_or_404(
        changeable_by(request.user), pk=customer_of(request, wanted.customer).pk
    )
    scheme = published().filter(name=wanted.scheme).first()
    if scheme is None:
        raise unknown("unknown-scheme", wanted.scheme, "scheme")
    made = actions.object_to(request.user, customer, scheme, wanted.text, key=key)
    response["Location"] = f"/api/v1/class-contracts/objections?customer={customer.code}"
    return Status(201, _told(made))


@router.post(
    "/objections/{int:objection_id}/answer",
    response=ClassObjectionOut,
    by_alias=True,
    summary="Answer an objection",
)
def answer_objection(
    request: Asked, objection_id: Id, wanted: ClassObjectionAnswerIn
) -> ClassObjectionOut:
    """Uphold it or decline it, with the reason; set the class by hand where it is upheld."""
    require(request.user, Permit.GRADE)
    found = get_object_or_404(actions.reachable(request.user), pk=objection_id)
    return _told(actions.answer(request.user, found, wanted.state, wanted.answer))


def _told(one: Objection) -> ClassObjectionOut:
    return ClassObjectionOut(
        id=one.pk,
        customer=one.customer.code,
        scheme=one.scheme.name,
        **{"class": one.class_key},
        text=one.text,
        state=one.state,
        by=one.by.username,
        at=one.at,
        task=one.task_id,
        answer=one.answer,
        answered_by=one.answered_by.username if one.answered_by else None,
    )
