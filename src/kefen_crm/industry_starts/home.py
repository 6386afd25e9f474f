"""The starts on the first page of a company that has no classes yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.grading.home import overview
from kefen_crm.industry_starts.models import ChosenStart
from kefen_crm.industry_starts.permits import CHOOSE
from kefen_crm.industry_starts.queries import offered
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from django.http import HttpRequest


def tile(request: HttpRequest) -> dict[str, Any] | None:
    """The starts to choose from, until anybody is graded or somebody says that none is wanted."""
    if overview(request).standing or not may(request.user, CHOOSE):
        return None
    if ChosenStart.objects.filter(name=ChosenStart.WITHOUT).exists():
        return None
    starts = offered()
    return {"starts": starts, "chosen": [one for one in starts if one.chosen]}
