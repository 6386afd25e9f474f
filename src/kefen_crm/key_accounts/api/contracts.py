"""Contracts for programs: written down, renewed, ended."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.api_named import customer_of, user_of
from kefen_crm.key_accounts import contracts
from kefen_crm.key_accounts.api.accounts import Text
from kefen_crm.key_accounts.api.tenders import Money, Number, Title
from kefen_crm.key_accounts.models import Contract
from kefen_crm.key_accounts.records import visible
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import (
    Code,
    Day,
    Id,
    IdempotencyKey,
    Reason,
    Short,
    Version,
    Whole,
)
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Key accounts"])

ContractState = Literal["draft", "signed", "notice", "ended"]
AtItsEnd = Literal["automatic", "agreed", "none"]
Days = Annotated[Whole, Field(ge=0, le=3650)]
Months = Annotated[Whole, Field(ge=0, le=600)]


class ContractOut(BaseModel):
    """A contract as it is now."""

    id: int
    number: str = Field(examples=["K-000012"])
    customer: str = Field(examples=["C0001"])
    title: str
    reference: str = Field(description="Its number, as both sides call it.")
    begins_on: date
    ends_on: date | None
    notice_days: int
    notice_by: date | None = Field(description="The last day to give notice or to agree anew.")
    value: Decimal | None = Field(description="In the base currency.")
    renewal: AtItsEnd
    renew_months: int
    state: ContractState
    reason: str
    owner: str | None = Field(description="A user name.", examples=["carol"])
    note: str
    version: int


class ContractPage(Page[ContractOut]):
    pass


class ContractQuery(Paged):
    customer: Short = Field("", description="Its code.")
    owner: Short = Field("", description="A user name.")
    state: ContractState | None = None


class _Said(Schema, extra="forbid"):
    reference: Number | None = None
    ends_on: Day | None = None
    notice_days: Days | None = None
    value: Money | None = None
    renewal: AtItsEnd | None = None
    renew_months: Months | None = None
    owner: Short | None = Field(None, description="A user name; empty for nobody.")
    note: Text | None = None


class ContractIn(_Said, extra="forbid"):
    customer: Code
    title: Title
    begins_on: Day
    draft: bool = Field(False, description="Not signed yet.")


class ContractChange(_Said, extra="forbid"):
    title: Title | None = None
    begins_on: Day | None = None
    version: Version = None


class ContractSigning(Schema, extra="forbid"):
    version: Version = None


class ContractRenewal(Schema, extra="forbid"):
    ends_on: Day
    value: Money | None = None
    version: Version = None


class ContractEnd(Schema, extra="forbid"):
    reason: Annotated[Reason, Field(min_length=1)]
    at_once: bool = Field(False, description="It has ended already; else notice is given.")
    version: Version = None


@router.get("", response=ContractPage, summary="List contracts")
def list_contracts(request: Asked, query: Query[ContractQuery]) -> ContractPage:
    """With customers you may see, the newest first."""
    found = visible(Contract, request.user).select_related("customer", "owner")
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.owner:
        found = found.filter(owner__username=query.owner)
    if query.state:
        found = found.filter(state=query.state)
    items, last = newest(request, found, query)
    return ContractPage(items=[_out(one) for one in items], next=last)


@router.post("", response={201: ContractOut}, summary="Note a contract")
def note_contract(
    request: Asked, wanted: ContractIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[ContractOut]:
    """It is yours unless `owner` says otherwise."""
    require(request.user, SELL)
    customer = customer_of(request, wanted.customer)
    one = contracts.note(request.user, customer, _values(wanted), key=key)
    response["Location"] = f"/api/v1/contracts/{one.pk}"
    return Status(201, _out(one))


@router.get("/{int:contract_id}", response=ContractOut, summary="One contract")
def get_contract(request: Asked, contract_id: Id) -> ContractOut:
    """As it is now."""
    return _out(_one(request, contract_id))


@router.patch("/{int:contract_id}", response=ContractOut, summary="Change a contract")
def change_contract(
    request: Asked, contract_id: Id, wanted: ContractChange, key: IdempotencyKey = ""
) -> ContractOut:
    """What the body does not speak of stays; null empties the end or the value."""
    require(request.user, SELL)
    one, version = _one(request, contract_id), wanted.version
    return _out(
        contracts.change(request.user, one, _values(wanted), expected_version=version, key=key)
    )


@router.post("/{int:contract_id}/sign", response=ContractOut, summary="Sign a contract")
def sign_contract(
    request: Asked, contract_id: Id, wanted: ContractSigning, key: IdempotencyKey = ""
) -> ContractOut:
    """A draft was signed, or the notice is taken back."""
    require(request.user, SELL)
    one = _one(request, contract_id)
    return _out(contracts.sign(request.user, one, expected_version=wanted.version, key=key))


@router.post("/{int:contract_id}/renew", response=ContractOut, summary="Renew a contract")
def renew_contract(
    request: Asked, contract_id: Id, wanted: ContractRenewal, key: IdempotencyKey = ""
) -> ContractOut:
    """It goes on until a later day."""
    require(request.user, SELL)
    one = contracts.renew(
        request.user, _one(request, contract_id), wanted.ends_on, wanted.value,
        expected_version=wanted.version, key=key,
    )  # fmt: skip
    return _out(one)


@router.post("/{int:contract_id}/end", response=ContractOut, summary="End a contract")
def end_contract(
    request: Asked, contract_id: Id, wanted: ContractEnd, key: IdempotencyKey = ""
) -> ContractOut:
    """Notice was given, so that it ends on its day; or it has ended already."""
    require(request.user, SELL)
    one = contracts.end(
        request.user, _one(request, contract_id), wanted.reason, at_once=wanted.at_once,
        expected_version=wanted.version, key=key,
    )  # fmt: skip
    return _out(one)


_PLAIN = (
    "number", "title", "reference", "begins_on", "ends_on", "notice_days", "notice_by", "value",
    "renewal", "renew_months", "state", "reason", "note", "version",
)  # fmt: skip


def _values(wanted: ContractIn | ContractChange) -> dict[str, Any]:
    """What a body says; null of a text or a number of days says nothing."""
    said = wanted.dict(exclude_unset=True, exclude={"customer", "version"})
    emptied = {"ends_on", "value"}
    values = {name: one for name, one in said.items() if one is not None or name in emptied}
    if "owner" in values:
        values["owner"] = user_of(values["owner"]) if values["owner"] else None
    return values


def _one(request: Asked, pk: int) -> Contract:
    found = visible(Contract, request.user).select_related("customer", "owner")
    return get_object_or_404(found, pk=pk)


def _out(one: Contract) -> ContractOut:
    plain: dict[str, Any] = {name: getattr(one, name) for name in _PLAIN}
    owner = one.owner.username if one.owner else None
    return ContractOut(id=one.pk, customer=one.customer.code, owner=owner, **plain)
