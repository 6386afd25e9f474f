"""The pool as a file, with nothing that its page hides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kefen_crm.platform.downloads import download

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import HttpResponse

    from kefen_crm.holdings.queries import Pooled


def response(customers: Iterable[Pooled], form: str) -> HttpResponse:
    """A download named by the day."""
    return download(_rows(customers), _("Pool"), form)


def _rows(customers: Iterable[Pooled]) -> Iterator[list[Any]]:
    yield [
        _("Code"), _("Name"), _("Contact"), _("Phone"), _("E-mail"), _("Address"), _("Province"),
        _("City"), _("Industry"), _("Sales, 12 months"), _("Last purchase"), _("Pool"),
        _("In the pool since"), _("Why"), _("Reason"), _("Held before by"),
    ]  # fmt: skip
    for one in customers:
        customer, entry, fields = one.customer, one.entry, one.fields
        yield [
            customer.code, fields["name"], fields["contact"], fields["phone"], fields["email"],
            fields["address"], customer.province, customer.city, customer.industry,
            customer.sales, customer.last_order_on, entry.pool.name, entry.since.date(),
            entry.get_why_display(), entry.reason, one.former,
        ]  # fmt: skip
