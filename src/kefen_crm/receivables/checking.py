"""How far what was expected of past months was off what came in."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django.db import transaction

from kefen_crm.gateway.debts import debts
from kefen_crm.receivables.models import CashCheck, Promise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kefen_crm.gateway.debts import Debts

MONTHS: Final = 6
"""Past months that are looked at."""
Promised = list[tuple[date, Decimal]]


def check_one(today: date) -> CashCheck | None:
    """Look at the newest past month that nobody looked at; None where nothing is left or was open.

    One each night, for it reads what was owed on two days.
    """
    firsts = firsts_of_months(today)
    known = set(CashCheck.objects.values_list("month", flat=True))
    spans = [one for one in pairwise(firsts) if one[0] not in known]
    if not spans:
        return None
    month, end = spans[-1]
    before = debts(month)
    if not before.invoices:
        return None
    left = {(one.code, one.number): one.open for one in debts(end).invoices}
    came = sum(
        (one.open - min(one.open, left.get((one.code, one.number), Decimal(0))))
        for one in before.invoices
    )
    expected = expected_within(before, _promised(month), month, end)
    with transaction.atomic():
        made, _new = CashCheck.objects.get_or_create(
            month=month, defaults={"expected": expected, "came": Decimal(came)}
        )
    return made


def expected_within(
    found: Debts, promised: Mapping[str, Promised], start: date, end: date
) -> Decimal:
    """What was to come within some days by promises, and by how late each payer is used to pay.

    As `queries.expected` tells it of today: a promise covers its customer's oldest invoices.
    """
    total = Decimal(0)
    left: dict[str, Decimal] = defaultdict(Decimal)
    for code, ones in promised.items():
        for due, amount in ones:
            left[code] += amount
            total += amount if start <= due < end else 0
    for one in sorted(found.invoices, key=lambda one: (one.due_on is None, one.due_on)):
        covered = min(left[one.code], one.open)
        left[one.code] -= covered
        if one.due_on is None:
            continue
        payer = found.payers.get(one.code)
        late = max(0, round(payer.days_late or 0)) if payer else 0
        if start <= one.due_on + timedelta(late) < end:
            total += one.open - covered
    return total


def error_of(checks: Iterable[CashCheck]) -> float | None:
    """How far the months were off, each way, as a share of what came; None where nothing did."""
    found = list(checks)
    came = sum((one.came for one in found), Decimal(0))
    return float(sum(abs(one.expected - one.came) for one in found) / came) if came else None


def firsts_of_months(today: date) -> list[date]:
    """The first days of the last months, the oldest first, and of this one."""
    month = today.year * 12 + today.month - 1
    return [date(one // 12, one % 12 + 1, 1) for one in range(month - MONTHS, month + 1)]


def _promised(day: date) -> dict[str, Promised]:
    """The promises that stood on a day, by the customer's code."""
    found: dict[str, Promised] = defaultdict(list)
    standing = Promise.objects.filter(given_on__lt=day, due_on__gte=day)
    rows = standing.exclude(state=Promise.State.WITHDRAWN)
    for code, due, amount in rows.values_list("customer__code", "due_on", "amount"):
        found[code].append((due, amount))
    return found
