"""Offers, for programs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.activities.permits import WORK
from kefen_crm.customers.api_named import customer_of
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.grading.models import in_language
from kefen_crm.platform.api.paging import Known
from kefen_crm.platform.api.values import TOOL
from kefen_crm.recommendations import actions
from kefen_crm.recommendations.models import Learned
from kefen_crm.recommendations.queries import offers_of
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Offers"])

Code = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])]
Item = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]*\S[^\x00]*$")]


class OffersOfCustomer(Known):
    customer: Code


class OfferOut(BaseModel):
    item: str
    kind: Literal["again", "new"]
    score: float
    reason: str
    data: dict[str, Any]


class OffersJudgedOut(BaseModel):
    """How each kind of offer did on the company's own past, beside the most popular products."""

    as_of: date | None
    customers: int
    judged: list[dict[str, Any]]


class OfferIn(Schema, extra="forbid"):
    customer: Code
    item: Item


class OfferTaskOut(BaseModel):
    task: int


class OfferRejectedOut(BaseModel):
    customer: str
    item: str


@router.get("", response=list[OfferOut], summary="What to offer a customer", openapi_extra=TOOL)
def list_offers(request: Asked, query: Query[OffersOfCustomer]) -> list[OfferOut]:
    """With the reason; only kinds that surely beat the most popular products."""
    customer = get_object_or_404(visible_to(request.user), code=query.customer)
    return [
        OfferOut(
            item=one["item"],
            kind=one["kind"],
            score=one["score"],
            reason=in_language(one["text"]),
            data=one["data"],
        )
        for one in offers_of(customer)
    ]


@router.get("/judged", response=OffersJudgedOut, summary="How good offers are")
def get_offers_judged(request: Asked) -> OffersJudgedOut:
    """Of those last learned."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    found = Learned.objects.first()
    if found is None:
        return OffersJudgedOut(as_of=None, customers=0, judged=[])
    return OffersJudgedOut(as_of=found.as_of, customers=found.customers, judged=found.judged)


@router.post(
    "/plan", response={201: OfferTaskOut}, summary="Plan to offer a product", openapi_extra=TOOL
)
def plan_offer(request: Asked, wanted: OfferIn, response: HttpResponse) -> Status[OfferTaskOut]:
    """A task for today; the same again on a day is the same task."""
    require(request.user, WORK)
    found = customer_of(request, wanted.customer)
    customer = get_object_or_404(changeable_by(request.user), pk=found.pk)
    task = actions.plan_offer(request.user, customer, wanted.item)
    response["Location"] = f"/api/v1/tasks/{task.pk}"
    return Status(201, OfferTaskOut(task=task.pk))


@router.post("/reject", response=OfferRejectedOut, summary="Offer a product no more")
def reject_offer(request: Asked, wanted: OfferIn) -> OfferRejectedOut:
    """Not to this customer."""
    require(request.user, WORK)
    found = customer_of(request, wanted.customer)
    customer = get_object_or_404(changeable_by(request.user), pk=found.pk)
    made = actions.reject(request.user, customer, wanted.item)
    return OfferRejectedOut(customer=customer.code, item=made.item)
