"""What is done about one customer besides writing its fields."""

from __future__ import annotations

from typing import Literal

from django.http import HttpResponse
from ninja import Field, Schema

from kefen_crm.customer_pages.api.answering import IfMatch, answer, expected
from kefen_crm.customer_pages.api.routes import router
from kefen_crm.customer_pages.api.shapes import Code, CustomerOut, one
from kefen_crm.customers import actions
from kefen_crm.platform.api.values import IdempotencyKey
from kefen_crm.team.sign_in import Asked


class Choice(Schema, extra="forbid"):
    """Which value holds where imports bring another than a person wrote."""

    field: str = Field(max_length=40, examples=["phone"])
    keep: Literal["mine", "import"]


class Why(Schema, extra="forbid"):
    reason: str = Field("", max_length=500)


@router.post("/{code:code}/choices", response=CustomerOut, summary="Choose between two values")
def choose_value(
    request: Asked,
    code: Code,
    wanted: Choice,
    response: HttpResponse,
    match: IfMatch = "",
    key: IdempotencyKey = "",
) -> CustomerOut:
    """`mine` keeps what was written; with `import` the field follows imports again.

    Where imports bring nothing else, nothing happens.
    """
    customer = actions.choose(
        request.user,
        one(request, code),
        wanted.field,
        wanted.keep,
        expected_version=expected(match),
        key=key,
    )
    return answer(customer, response)


@router.post("/{code:code}/archive", response=CustomerOut, summary="Archive a customer")
def archive_customer(
    request: Asked,
    code: Code,
    wanted: Why,
    response: HttpResponse,
    match: IfMatch = "",
    key: IdempotencyKey = "",
) -> CustomerOut:
    """Lists leave it out until it is brought back; nothing is deleted."""
    customer = actions.archive(
        request.user,
        one(request, code),
        expected_version=expected(match),
        key=key,
        reason=wanted.reason,
    )
    return answer(customer, response)


@router.post("/{code:code}/restore", response=CustomerOut, summary="Bring back a customer")
def restore_customer(
    request: Asked,
    code: Code,
    wanted: Why,
    response: HttpResponse,
    match: IfMatch = "",
    key: IdempotencyKey = "",
) -> CustomerOut:
    """Bring an archived customer back; one that the facts lack stays as one of the site."""
    customer = actions.restore(
        request.user,
        one(request, code),
        expected_version=expected(match),
        key=key,
        reason=wanted.reason,
    )
    return answer(customer, response)
