"""Customers typed in and changed by programs, under the rules of the site's own pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from ninja import Field, Schema, Status

from kefen_crm.customer_pages.api.answering import IfMatch, answer, expected
from kefen_crm.customer_pages.api.routes import router
from kefen_crm.customer_pages.api.shapes import Code, CustomerOut, one
from kefen_crm.customers import actions
from kefen_crm.gateway.customers import LONGEST_NAME
from kefen_crm.grading.queries import ledger_version_in_force
from kefen_crm.platform.api.values import TOOL, Day, IdempotencyKey, Whole, read_from
from kefen_crm.team.sign_in import Asked

PLAIN = r"^[^\x00]*$"


def text(most: int) -> Any:
    """A text of a customer that may be left out."""
    return Field(None, max_length=most, pattern=PLAIN)


class CustomerPatch(Schema, extra="forbid"):
    """Fields to write; those left out stay. An empty text or null empties a field."""

    name: str | None = text(LONGEST_NAME)
    contact: str | None = text(120)
    phone: str | None = text(64)
    email: str | None = text(254)
    region: str | None = text(120)
    province: str | None = text(120)
    city: str | None = text(120)
    address: str | None = text(500)
    industry: str | None = text(120)
    size: str | None = text(120)
    customer_type: str | None = text(120)
    source_channel: str | None = text(120)
    status: str | None = text(120)
    note: str | None = text(10_000)
    registered_on: Day | None = None
    founded_on: Day | None = None
    birthday: Day | None = None
    credit_limit: Decimal | None = Field(None, ge=0, max_digits=18, decimal_places=2)
    credit_days: Whole | None = Field(None, ge=0, le=36_500)
    owner: Whole | None = Field(None, ge=1, le=2**62, description="The number of a user.")


class CustomerIn(CustomerPatch):
    name: str = Field(min_length=1, max_length=LONGEST_NAME, pattern=PLAIN)
    code: str = Field(
        "",
        max_length=LONGEST_NAME,
        pattern=PLAIN,
        description="As imports have it, so that they find the customer; one is made without it.",
    )


@router.post("", response={201: CustomerOut}, summary="Type in a customer", openapi_extra=TOOL)
def create_customer(
    request: Asked, wanted: CustomerIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[CustomerOut]:
    """What is sent stands when imports bring the code later.

    Whoever may not assign customers becomes the owner.
    """
    values = wanted.model_dump(exclude_unset=True, exclude={"code"})
    made = actions.create(request.user, values, code=wanted.code, key=key)
    response["Location"] = f"/api/v1/customers/{made.code}"
    return Status(201, answer(made, response))


@router.get("/{code:code}", response=CustomerOut, summary="One customer", openapi_extra=TOOL)
def get_customer(request: Asked, code: Code, response: HttpResponse) -> CustomerOut:
    """Basics, figures of twelve months and classes of one customer."""
    read_from(response, ledger_version_in_force())
    return answer(one(request, code), response)


@router.patch("/{code:code}", response=CustomerOut, summary="Change a customer", openapi_extra=TOOL)
def edit_customer(
    request: Asked,
    code: Code,
    wanted: CustomerPatch,
    response: HttpResponse,
    match: IfMatch = "",
    key: IdempotencyKey = "",
) -> CustomerOut:
    """Write some fields; imports leave them alone from now on.

    A value that imports bring anyway has the field follow them again. The owner is for those who
    may assign customers.
    """
    customer, values = one(request, code), wanted.model_dump(exclude_unset=True)
    if not values:
        return answer(customer, response)
    written = actions.edit(
        request.user, customer, values, expected_version=expected(match), key=key
    )
    return answer(written, response)
