"""Links between customers, for programs, and what groups come to."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customer_links import actions, groups
from kefen_crm.customer_links.models import Link
from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.api.paging import Known
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import TOOL, IdempotencyKey
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Links"])

Code = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])]
Id = Annotated[int, Path(ge=1, le=2**62)]
Kind = Literal["parent", "affiliate", "payer", "referrer"]


class LinksOfCustomer(Known):
    customer: Code


class LinkOut(BaseModel):
    """`other` is the parent, an affiliate, the payer or the referrer of `customer`."""

    id: int
    customer: str
    other: str
    kind: Kind
    by: str | None = Field(description="Who said so; null where an import did.")
    at: datetime


class LinkIn(Schema, extra="forbid"):
    customer: Code
    other: Code
    kind: Kind


class FiguresOut(BaseModel):
    """What customers come to whom you may see; nobody is counted twice."""

    customers: int
    sales: Decimal
    profit: Decimal
    orders: int
    hidden: int = Field(description="How many more there are whom you may not see.")


class CustomerGroupOut(BaseModel):
    group: FiguresOut = Field(description="With its parents, subsidiaries and affiliates.")
    paid_for: FiguresOut
    referred: FiguresOut


@router.get("", response=list[LinkOut], summary="List links of a customer", openapi_extra=TOOL)
def list_links(request: Asked, query: Query[LinksOfCustomer]) -> list[LinkOut]:
    """Those to it are among them; links to customers whom you may not see are left out."""
    visible = visible_to(request.user)
    customer = get_object_or_404(visible, code=query.customer)
    found = Link.objects.filter(Q(customer=customer) | Q(other=customer))
    found = found.filter(customer__in=visible, other__in=visible)
    return [_told(one) for one in found.select_related("customer", "other", "by")]


@router.get("/group", response=CustomerGroupOut, summary="What a group comes to")
def get_group(request: Asked, query: Query[LinksOfCustomer]) -> CustomerGroupOut:
    """Money is over the window of the customers' figures."""
    user, customer = request.user, get_object_or_404(visible_to(request.user), code=query.customer)
    return CustomerGroupOut(
        group=_figures(user, groups.group_of(customer)),
        paid_for=_figures(user, groups.paid_for(customer)),
        referred=_figures(user, groups.referred(customer)),
    )


@router.post("", response={201: LinkOut}, summary="Link two customers")
def add_link(
    request: Asked, wanted: LinkIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[LinkOut]:
    """A new parent, payer or referrer takes the place of the one before; circles are refused."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    known = {one.code: one for one in visible_to(request.user).filter(
        code__in=[wanted.customer, wanted.other])}  # fmt: skip
    for name in ("customer", "other"):
        if getattr(wanted, name) not in known:
            raise unknown("unknown-customer", getattr(wanted, name), name)
    made = actions.link(
        request.user, known[wanted.customer], known[wanted.other], wanted.kind, key=key
    )
    response["Location"] = f"/api/v1/links/{made.pk}"
    return Status(201, _told(made))


@router.delete("/{int:link_id}", response={204: None}, summary="Take a link away")
def remove_link(request: Asked, link_id: Id) -> Status[None]:
    """Of a customer whom you may change."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    actions.unlink(request.user, get_object_or_404(actions.changeable(request.user), pk=link_id))
    return Status(204, None)


def _figures(user: Any, ids: set[int]) -> FiguresOut:
    told = groups.figures(user, ids)
    return FiguresOut(**{name: getattr(told, name) for name in FiguresOut.model_fields})


def _told(one: Link) -> LinkOut:
    return LinkOut(
        id=one.pk,
        customer=one.customer.code,
        other=one.other.code,
        kind=one.kind,
        by=one.by.username if one.by else None,
        at=one.at,
    )
