"""How long it takes from a reminder to a payment, by class."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.customers.queries import visible_to
from kefen_crm.dunning.models import Step
from kefen_crm.gateway.debts import payments_since
from kefen_crm.grading.by_class import counted, rated, share_rows, with_class
from kefen_crm.platform import differences, numbers
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import Proof, ProofTable

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.grading.models import Scheme

YEAR: Final = timedelta(days=365)
WITHIN: Final = 30
"""Days within which a payment counts as the answer to a letter; younger letters wait."""


def answered(request: HttpRequest, scheme: Scheme | None) -> list[ProofTable]:
    """Letters of the last twelve months that money followed, and after how many days."""
    user: Any = request.user
    today = current().today(timezone.now())
    letters = Step.objects.filter(
        customer__in=visible_to(user), state=Step.State.DONE,
        channel__in=(Step.Channel.MAIL, Step.Channel.PRINT),
        moved_at__date__gte=today - YEAR, moved_at__date__lte=today - timedelta(days=WITHIN),
    )  # fmt: skip
    rows = with_class(letters, scheme).order_by("moved_at")
    sent = [
        (key, code, timezone.localdate(at))
        for key, code, at in rows.values_list("class_key", "customer__code", "moved_at")
    ]
    if not sent:
        return []
    paid: dict[str, list[date]] = defaultdict(list)
    for code, day, _amount in payments_since({code for _key, code, _on in sent}, sent[0][2]):
        paid[code].append(day)
    waited: dict[str, list[int]] = defaultdict(list)
    hits = []
    for key, code, on in sent:
        days = next(((day - on).days for day in paid[code] if day >= on), None)
        within = days is not None and days <= WITHIN
        hits.append((key, within))
        if days is not None and within:
            waited[key].append(days)
    counts = counted(hits)
    every = [days for of in waited.values() for days in of]

    def middle(key: str) -> tuple[str]:
        found = waited.get(key, []) if key or "" in counts else every
        return (numbers.whole(median(found), 1) if found else numbers.NOTHING,)

    return [
        ProofTable(
            _("From a letter to money"),
            (_("Letters"), _("Paid within 30 days"), _("Share"), _("Days, median")),
            share_rows(scheme, counts, middle),
            [
                differences.of_shares(rated(scheme, counts, (0, 0)), "more"),
                differences.of_figures(rated(scheme, waited, []), "less"),
            ],
        )
    ]


PROOFS: Final = (
    Proof(
        "reminders", gettext_lazy("Reminders"),
        gettext_lazy("Letters of twelve months, but for the last 30 days, and the first payment "
                     "after each. Better classes are to pay more often, and sooner."),
        30, answered,
    ),
)  # fmt: skip
