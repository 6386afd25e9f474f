"""What opportunities came to by stage and by class, and how far forecasts were off."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.grading.by_class import counted, rated, share_rows, with_class
from kefen_crm.opportunities.forecast import chances, past
from kefen_crm.opportunities.queries import opportunities_for
from kefen_crm.platform import differences, numbers
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import Proof, ProofRow, ProofTable

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.grading.models import Scheme

YEAR: Final = timedelta(days=365)


def won(request: HttpRequest, scheme: Scheme | None) -> list[ProofTable]:
    """The share of ended opportunities that were won, by the stages they were at and by class."""
    user: Any = request.user
    today = current().today(timezone.now())
    ended = opportunities_for(user).filter(closed_on__gte=today - YEAR).exclude(state="open")
    found = with_class(ended, scheme).order_by().values_list("class_key", "state")
    counts = counted((key, state == "won") for key, state in found)
    if not counts:
        return []
    stages = [
        ProofRow(
            (
                numbers.whole(one.ended),
                numbers.whole(one.won),
                numbers.percent(one.won / one.ended) if one.ended else numbers.NOTHING,
                f"{numbers.percent(one.low)} – {numbers.percent(one.high)}"
                if one.low is not None and one.high is not None
                else numbers.NOTHING,
            ),
            "",
            str(stage),
        )
        for stage, one in chances(today)
    ]
    columns = (_("Ended"), _("Won"), _("Share"))
    return [
        ProofTable(_("Won by stage"), (*columns, _("95 % interval")), stages),
        ProofTable(
            _("Won by class"),
            columns,
            share_rows(scheme, counts),
            [differences.of_shares(rated(scheme, counts, (0, 0)), "more")],
        ),
    ]


def forecasts(request: HttpRequest, _scheme: Scheme | None) -> list[ProofTable]:
    """The forecasts of the last months as they were on their first days, against what came."""
    user: Any = request.user
    found = past(user, current().today(timezone.now()))
    if not any(one.came or one.forecast.count for one in found):
        return []
    rows = [
        ProofRow(
            (
                numbers.money(one.forecast.expected),
                f"{numbers.money(one.forecast.low)} – {numbers.money(one.forecast.high)}",
                numbers.money(one.came),
                numbers.percent(one.error),
                _("yes") if one.within else _("no"),
            ),
            "",
            f"{one.month:%Y-%m}",
        )
        for one in found
    ]
    wide = sum(abs(one.forecast.expected - one.came) for one in found)
    came = sum(one.came for one in found)
    within = sum(one.within for one in found)
    share = numbers.percent(wide / came) if came else numbers.NOTHING
    told = ("", "", numbers.money(came), share, f"{within}/{len(found)}")
    rows.append(ProofRow(told, "", _("Together, without signs")))
    columns = (_("Forecast"), _("In 8 of 10 cases"), _("Came"), _("Off by"), _("In that range"))
    return [ProofTable(_("Forecast error"), columns, rows)]


PROOFS: Final = (
    Proof(
        "won", gettext_lazy("Opportunities"),
        gettext_lazy("Ended opportunities: by each stage that they were at, of all time; by class, "
                     "of twelve months. Better classes are to be won more often."),
        80, won,
    ),
    Proof(
        "forecasts", gettext_lazy("Forecasts"),
        gettext_lazy("What was forecast on the first day of each month, and what came in it."),
        90, forecasts,
    ),
)  # fmt: skip
