"""Brings answers into the ledger as feedback: satisfaction with its score, all else without.

A score of feedback is a satisfaction from 0 to 100: 1 of 5 is 0, 5 of 5 is 100.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kefen_crm.platform.parts import LedgerFeed
from kefen_crm.surveys.models import Answer, Survey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.platform.models import Event


def rows_of(found: Sequence[Event]) -> dict[str, list[Mapping[str, Any]]]:
    """The row of each answer as it stands now, by its number."""
    answers = Answer.objects.filter(pk__in=[one.object_id for one in found])
    answers = answers.select_related("invite__survey", "invite__customer")
    return {f"S-{one.pk:06d}": [_row(one)] for one in answers}


def _row(one: Answer) -> dict[str, Any]:
    survey = one.invite.survey
    row = {
        "feedback_id": f"S-{one.pk:06d}",
        "customer_id": one.invite.customer.code,
        "given_on": timezone.localdate(one.at).isoformat(),
        "topic": survey.title,
        "note": one.comment[:500],
    }
    if one.score is None:
        row |= {"type": "questionnaire"}
    elif survey.kind == Survey.Kind.CSAT:
        row |= {"type": "satisfaction", "score": str((one.score - 1) * 25)}
    else:
        row |= {"type": "recommendation", "note": f"{one.score}/10 {one.comment[:480]}".strip()}
    return {name: value for name, value in row.items() if value}


FEED = LedgerFeed("feedback", ("survey.answered",), rows_of, prefix="S-")
