"""What is late by class over time, and which promises were kept."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.customers.queries import visible_to
from kefen_crm.gateway.debts import ledger_version, owed_on
from kefen_crm.grading.by_class import counted, in_order, rated, share_rows, with_class
from kefen_crm.platform import differences, numbers
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import Proof, ProofRow, ProofTable
from kefen_crm.receivables.models import Promise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from kefen_crm.grading.models import Scheme

MONTHS: Final = 6
YEAR: Final = timedelta(days=365)
Owed = tuple[Decimal, Decimal]


def overdue(request: HttpRequest, scheme: Scheme | None) -> list[ProofTable]:
    """The share of what is owed that is late, by class, on the first days of months and today."""
    user: Any = request.user
    today = current().today(timezone.now())
    days = (*_firsts(today), today)
    owed = owed_on(days, ledger_version())
    if not any(owed):
        return []
    codes = set().union(*owed)
    seen = with_class(visible_to(user).filter(code__in=codes), scheme, "pk")
    classes = dict(seen.order_by().values_list("code", "class_key"))
    sums = [_sums(of_day, classes) for of_day in owed]
    keys = in_order(scheme, set(classes.values()))
    rows = [
        ProofRow(tuple(_late(of_day.get(key)) for of_day in sums), key, "" if key else _("Unrated"))
        for key in keys
    ]
    together = tuple(_late(_add(of_day.values())) for of_day in sums)
    rows.append(ProofRow(together, "", _("Together")))
    late = counted(
        (classes[code], late > 0) for code, (_owed, late) in owed[-1].items() if code in classes
    )
    return [
        ProofTable(
            _("Share of what is owed that is late"),
            tuple(numbers.day(day) for day in days),
            rows,
            [differences.of_shares(rated(scheme, late, (0, 0)), "less")],
        )
    ]


def promises(request: HttpRequest, scheme: Scheme | None) -> list[ProofTable]:
    """Promises to pay of the last twelve months that were kept, of those that ended."""
    user: Any = request.user
    since = current().today(timezone.now()) - YEAR
    states = (Promise.State.KEPT, Promise.State.BROKEN)
    ended = Promise.objects.filter(
        customer__in=visible_to(user), state__in=states, due_on__gte=since
    )
    rows = with_class(ended, scheme).order_by().values_list("class_key", "state")
    counts = counted((key, state == Promise.State.KEPT) for key, state in rows)
    if not counts:
        return []
    return [
        ProofTable(
            _("Promises kept"),
            (_("Promises"), _("Kept"), _("Share")),
            share_rows(scheme, counts),
            [differences.of_shares(rated(scheme, counts, (0, 0)), "more")],
        )
    ]


def _firsts(today: date) -> list[date]:
    """The first days of this month and of those before it, the oldest first."""
    month = today.year * 12 + today.month - 1
    return [
        date(one // 12, one % 12 + 1, 1) for one in range(month - MONTHS + 1, month + 1)
        if date(one // 12, one % 12 + 1, 1) != today
    ]  # fmt: skip


def _sums(owed: Mapping[str, Owed], classes: Mapping[str, str]) -> dict[str, Owed]:
    found: dict[str, Owed] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for code, one in owed.items():
        if code in classes:
            found[classes[code]] = _add([found[classes[code]], one])
    return dict(found)


def _add(pairs: Any) -> Owed:
    owed, late = Decimal(0), Decimal(0)
    for one, other in pairs:
        owed, late = owed + one, late + other
    return owed, late


def _late(one: Owed | None) -> str:
    return numbers.percent(one[1] / one[0]) if one and one[0] else numbers.NOTHING


PROOFS: Final = (
    Proof(
        "overdue", gettext_lazy("What is late"),
        gettext_lazy("By the classes of today. Better classes are to be late less often: tested on "
                     "how many of those who owe something today are late."),
        10, overdue,
    ),
    Proof(
        "promises", gettext_lazy("Promises to pay"),
        gettext_lazy("Promises of twelve months that were kept or broken. Better classes are to "
                     "keep more of them."),
        20, promises,
    ),
)  # fmt: skip
