"""The discount that a class may have without anybody's leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import Field

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.scopes import divided, facts_of
from kefen_crm.platform import rules
from kefen_crm.platform.registry import declared
from kefen_crm.platform.scoped_rules import Preview, ScopedRule, decide
from kefen_crm.quotes.models import Quote

if TYPE_CHECKING:
    from collections.abc import Sequence

DISCOUNT_CEILING: Final = "discount_ceiling"
NAMED: Final = 20


class DiscountCeiling(ScopedRule):
    """Quotes for customers of the scope may be so much below list prices without approval."""

    percent: int = Field(
        default=5, ge=0, le=100, title=gettext_noop("Discount without approval, in percent"),
        description=gettext_noop("Of the whole quote. Customers that no rule holds for have none."),
    )  # fmt: skip


def ceiling_of(customer: Customer) -> int | None:
    """The discount that a customer may have, in percent; None where nothing limits it.

    Of these rules and of what other apps allow at most, the least holds.
    """
    found: Sequence[DiscountCeiling] = rules.in_force(DISCOUNT_CEILING)
    rule = decide(found, facts_of(customer)).rule if found else None
    own = [rule.percent if rule else 0] if found else []
    others = [one.most(customer) for one in declared("ceilings") if one.of == "discount"]
    return min([*own, *(one for one in others if one is not None)], default=None)


def preview(found: Sequence[DiscountCeiling]) -> Preview:
    """How many customers each rule holds for, and which open quotes would need approval."""
    customers = Customer.objects.filter(standing__in=CURRENT)
    open_quotes = Quote.objects.filter(state__in=("draft", "asked")).select_related("customer")
    rows, names, touched = [], [], 0
    for rule, held in divided(found, customers):
        over = [one for one in open_quotes.filter(customer__in=held) if one.discount > rule.percent]
        rows.append((rule.name, held.count(), len(over)))
        touched += len(over)
        names += [
            (one.customer.code, one.customer.name, reverse("quotes:detail", args=[one.pk]),
             _("%(quote)s: %(percent)s %% below list prices")
             % {"quote": one.number, "percent": one.discount})
            for one in over
        ]  # fmt: skip
    return Preview(touched, customers.count(), tuple(rows), tuple(names[:NAMED]))
