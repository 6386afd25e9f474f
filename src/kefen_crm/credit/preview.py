"""What terms of credit would do to customers now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.credit.models import Block, CreditAccount
from kefen_crm.credit.reckoning import accounts
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway.credit import figures
from kefen_crm.platform.calendar import current
from kefen_crm.platform.scoped_rules import Preview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.credit.terms import CreditRule

NAMED: Final = 20


def preview(found: Sequence[CreditRule]) -> Preview:
    """Whose orders terms would block now that pass today, and the sum of the limits."""
    day = current().today(timezone.now())
    told = figures(day)
    customers = Customer.objects.filter(standing__in=CURRENT)
    codes = dict(customers.values_list("code", "pk"))
    known = {
        codes[code]: (one.monthly_sales, one.not_invoiced)
        for code, one in told.items()
        if code in codes
    }
    made = [one for one in accounts(customers, found, known, day) if one.rule]
    before = dict(CreditAccount.objects.exclude(blocks=[]).values_list("customer", "blocks"))
    blocked = [one for one in made if one.blocks]
    new = [one for one in blocked if one.customer_id not in before]
    new.sort(key=lambda one: (-(one.open + one.not_invoiced), one.customer_id))
    named = Customer.objects.in_bulk([one.customer_id for one in new[:NAMED]])
    holds, touches = Counter(one.rule for one in made), Counter(one.rule for one in new)
    return Preview(
        affected=len(new),
        population=customers.count(),
        rules=tuple((rule.name, holds[rule.name], touches[rule.name]) for rule in found),
        names=tuple(
            (
                named[one.customer_id].code,
                named[one.customer_id].name,
                reverse("customers:detail", args=[named[one.customer_id].code]),
                _why(one),
            )
            for one in new[:NAMED]
        ),
        notes=_notes(made, blocked, before),
    )


def _notes(
    made: Sequence[CreditAccount], blocked: Sequence[CreditAccount], before: dict[int, list[str]]
) -> tuple[str, ...]:
    free = len(before.keys() - {one.customer_id for one in blocked})
    limits = sum((one.limit or 0) for one in made)
    used = sum((one.open + one.not_invoiced) for one in made)
    told = {"limits": f"{limits:,.0f}", "used": f"{used:,.0f}"}
    return (
        _("Limits come to %(limits)s, of which %(used)s are used.") % told,
        ngettext(
            "Orders of %(n)s customer would be blocked in all.",
            "Orders of %(n)s customers would be blocked in all.",
            len(blocked),
        )
        % {"n": len(blocked)},
        *(
            [
                ngettext(
                    "%(n)s customer that is blocked today would pass.",
                    "%(n)s customers that are blocked today would pass.",
                    free,
                )
                % {"n": free}
            ]
            if free
            else []
        ),
    )


def _why(one: CreditAccount) -> str:
    words = [str(Block(each).label) for each in one.blocks]
    told = {"used": f"{one.open + one.not_invoiced:,.0f}", "limit": f"{one.limit or 0:,.0f}"}
    return _(", ").join([*words, _("uses %(used)s of %(limit)s") % told])
