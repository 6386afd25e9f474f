"""Payments that name no invoice, for programs: listed, applied, unapplied."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from django.shortcuts import get_object_or_404
from ninja import Field, Path, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.platform.api.values import IdempotencyKey
from kefen_crm.receivables import applying
from kefen_crm.receivables.applying import APPLY
from kefen_crm.receivables.models import AppliedPayment
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Receivables"])

Id = Annotated[int, Path(ge=1, le=2**62)]
Number = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class LooseOut(BaseModel):
    """Money that names no invoice, less what was applied of it; in the base currency."""

    customer: str
    number: str
    paid_on: date
    amount: Decimal
    method: str


class ApplicationOut(BaseModel):
    """A part of a payment that was applied to an invoice."""

    id: int
    invoice: str
    amount: Decimal


class AppliedOut(BaseModel):
    customer: str
    number: str
    paid_on: date
    amount: Decimal
    applications: list[ApplicationOut]


class ApplyIn(Schema, extra="forbid"):
    number: Number
    invoice: Number
    amount: Decimal | None = Field(
        None, gt=0, max_digits=18, decimal_places=2, description="What is left of it by default."
    )


@router.get("", response=list[LooseOut], summary="List payments without invoice")
def list_loose_payments(request: Asked) -> list[LooseOut]:
    """Of customers you may see, within a year, the newest first, at most 1,000."""
    return [
        LooseOut(**{**one._asdict(), "customer": customer.code})
        for one, customer in applying.loose_for(request.user)
    ]


@router.post("/apply", response={201: AppliedOut}, summary="Apply a payment to an invoice")
def apply_payment(request: Asked, wanted: ApplyIn, key: IdempotencyKey = "") -> Status[AppliedOut]:
    """The ledger has it as payments that name their invoices; the figures follow in a minute."""
    require(request.user, APPLY)
    applied = applying.apply(request.user, wanted.number, wanted.invoice, wanted.amount, key=key)
    return Status(201, _applied(applied))


@router.delete("/applications/{int:application_id}", response=AppliedOut, summary="Undo it")
def unapply_payment(request: Asked, application_id: Id) -> AppliedOut:
    """That part of the payment names no invoice again."""
    require(request.user, APPLY)
    mine = applying.applications_of(request.user).filter(undone_at=None)
    application = get_object_or_404(mine, pk=application_id)
    return _applied(applying.unapply(request.user, application))


def _applied(one: AppliedPayment) -> AppliedOut:
    return AppliedOut(
        customer=one.customer.code,
        number=one.number,
        paid_on=one.paid_on,
        amount=one.amount,
        applications=[
            ApplicationOut(id=each.pk, invoice=each.invoice, amount=each.amount)
            for each in one.applications.filter(undone_at=None)
        ],
    )
