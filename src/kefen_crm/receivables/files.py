"""Receivables as files: the open invoices, and a customer's statement of account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kefen_crm.platform.downloads import download

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from django.http import HttpResponse

    from kefen_crm.customers.models import Customer
    from kefen_crm.receivables.models import OpenInvoice


def invoices(rows: Iterable[OpenInvoice], day: date, form: str) -> HttpResponse:
    """A download of open invoices, each with its customer, owner and days late on a day."""
    return download(_listed(rows, day), _("Open invoices"), form)


def statement(
    customer: Customer, rows: Iterable[OpenInvoice], day: date, form: str
) -> HttpResponse:
    """A customer's statement of account: its open invoices with their running sum."""
    return download(_stated(rows, day), _("Statement %(name)s") % {"name": customer.name}, form)


def _listed(rows: Iterable[OpenInvoice], day: date) -> Iterator[list[Any]]:
    yield [
        _("Code"), _("Name"), _("Owner"), _("Invoice"), _("Issued"), _("Due"), _("Days late"),
        _("Open"),
    ]  # fmt: skip
    for one in rows:
        customer = one.customer
        yield [
            customer.code, customer.name, customer.owner_title, one.number, one.issued_on,
            one.due_on, one.days_late(day), one.open,
        ]  # fmt: skip


def _stated(rows: Iterable[OpenInvoice], day: date) -> Iterator[list[Any]]:
    yield [_("Invoice"), _("Issued"), _("Due"), _("Days late"), _("Open"), _("Together")]
    total: Any = 0
    for one in rows:
        total += one.open
        yield [one.number, one.issued_on, one.due_on, one.days_late(day), one.open, total]
