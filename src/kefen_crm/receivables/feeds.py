"""Brings applied payments into the ledger: their parts, each naming its invoice, and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kefen_crm.platform.parts import LedgerFeed
from kefen_crm.receivables.models import AppliedPayment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from kefen_crm.platform.models import Event

APPLIED: Final = ("payment.applied", "payment.unapplied", "payment.followed")
REST: Final = "rest"


def rows_of(found: Sequence[Event]) -> dict[str, list[Mapping[str, Any]]]:
    """The rows of each payment by their numbers.

    The first part has the payment's own number, so that the payment is not there twice.
    """
    payments = AppliedPayment.objects.filter(pk__in=[one.object_id for one in found])
    told: dict[str, list[Mapping[str, Any]]] = {}
    for one in payments.select_related("customer").prefetch_related("applications"):
        told |= _parts(one)
    return told


def _parts(payment: AppliedPayment) -> dict[str, list[Mapping[str, Any]]]:
    every = list(payment.applications.all())
    live = [] if payment.gone else [one for one in every if one.undone_at is None]
    rest = payment.amount - sum(one.amount for one in live)
    told: dict[str, list[Mapping[str, Any]]] = {part_number(payment, REST): []}
    for one in every:
        number = part_number(payment, one.pk)
        told[number] = [row(payment, number, one.amount, one.invoice)] if one in live[1:] else []
    if payment.gone:
        told[payment.number] = []
    elif not live:
        told[payment.number] = [row(payment, payment.number, payment.amount, None)]
    else:
        first = live[0]
        told[payment.number] = [row(payment, payment.number, first.amount, first.invoice)]
        if rest:
            number = part_number(payment, REST)
            told[number] = [row(payment, number, rest, None)]
    return told


def part_number(payment: AppliedPayment, part: int | str) -> str:
    """The number of a part in the ledger."""
    return f"{payment.number}/{part}"


def row(
    payment: AppliedPayment, number: str, amount: Decimal, invoice: str | None
) -> dict[str, Any]:
    """A part as the ledger has it."""
    return {
        "payment_id": number,
        "customer_id": payment.customer.code,
        "paid_on": payment.paid_on,
        "amount": amount,
        "invoice_id": invoice,
        "method": payment.method,
    }


FEED: Final = LedgerFeed("payments", APPLIED, rows_of)
