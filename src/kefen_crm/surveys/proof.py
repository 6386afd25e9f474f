"""How many answer surveys, and what they say, by class."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.customers.queries import visible_to
from kefen_crm.grading.by_class import counted, rated, share_rows, with_class
from kefen_crm.platform import differences, numbers
from kefen_crm.platform.parts import Proof, ProofRow, ProofTable
from kefen_crm.surveys.models import Answer, Invite, Survey
from kefen_crm.surveys.results import results

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.grading.models import Scheme

YEAR: Final = timedelta(days=365)


def answers(request: HttpRequest, scheme: Scheme | None) -> list[ProofTable]:
    """Invitations of twelve months that were answered; then the recommendation score."""
    user: Any = request.user
    since = timezone.now() - YEAR
    asked = Invite.objects.filter(customer__in=visible_to(user), created__gte=since)
    rows = with_class(asked, scheme).order_by().values_list("class_key", "answer")
    counts = counted((key, answer is not None) for key, answer in rows)
    if not counts:
        return []
    rate = ProofTable(
        _("Response rate"),
        (_("Asked"), _("Answered"), _("Share")),
        share_rows(scheme, counts),
        [differences.of_shares(rated(scheme, counts, (0, 0)), "more")],
    )
    return [rate, *(_score(request, scheme, one) for one in Survey.objects.filter(kind="nps"))]


def _score(request: HttpRequest, scheme: Scheme | None, survey: Survey) -> ProofTable:
    user: Any = request.user
    rows = [
        ProofRow(
            (
                numbers.whole(one.answered),
                numbers.whole(one.score) if one.score is not None else _("too few answers"),
                f"± {numbers.whole(one.margin)}" if one.margin is not None else numbers.NOTHING,
            ),
            one.key,
            "" if one.key else one.title,
        )
        for one in results(user, survey)
    ]
    given = Answer.objects.filter(invite__survey=survey, invite__customer__in=visible_to(user))
    scores: dict[str, list[float]] = {}
    found = with_class(given, scheme, "invite__customer").order_by()
    for key, score in found.values_list("class_key", "score"):
        scores.setdefault(key, []).append(score)
    return ProofTable(
        _("Recommendation score: %(survey)s") % {"survey": survey},
        (_("Answered"), _("Score"), _("95 % interval")),
        rows,
        [differences.of_figures(rated(scheme, scores, []), "more")],
    )


PROOFS: Final = (
    Proof(
        "answers", gettext_lazy("Satisfaction"),
        gettext_lazy("Invitations of twelve months, and the recommendation score with its "
                     "interval, from 30 answers on. Better classes are to answer more often and "
                     "to be more satisfied."),
        60, answers,
    ),
)  # fmt: skip
