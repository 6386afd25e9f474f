"""What leads became, by the grade they came with."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.leads.queries import conversions
from kefen_crm.platform import differences, numbers
from kefen_crm.platform.parts import Proof, ProofRow, ProofTable

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.grading.models import Scheme

YEAR: Final = timedelta(days=365)
GRADES: Final = ("A", "B", "C", "D")


def grades(request: HttpRequest, _scheme: Scheme | None) -> list[ProofTable]:
    """The share of the ended leads of twelve months that were converted, by first grade."""
    user: Any = request.user
    found = conversions(user, "grade", timezone.now() - YEAR)
    if not found:
        return []
    rows = []
    for one in found:
        within = numbers.NOTHING
        if one.low is not None and one.high is not None:
            within = f"{numbers.percent(one.low)} – {numbers.percent(one.high)}"
        ended = one.converted + one.dropped
        told = (numbers.whole(ended), numbers.whole(one.converted), numbers.percent(one.share))
        rows.append(ProofRow((*told, within), "", one.title))
    counts = {one.title: (one.converted, one.converted + one.dropped) for one in found}
    return [
        ProofTable(
            _("Conversion by grade"),
            (_("Ended"), _("Converted"), _("Share"), _("95 % interval")),
            rows,
            [differences.of_shares([counts.get(grade, (0, 0)) for grade in GRADES], "more")],
        )
    ]


PROOFS: Final = (
    Proof(
        "leads", gettext_lazy("Leads"),
        gettext_lazy("Leads of twelve months, by the grade that each came with. Better grades are "
                     "to be converted more often."),
        70, grades,
    ),
)  # fmt: skip
