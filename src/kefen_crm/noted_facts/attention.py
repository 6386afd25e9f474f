"""What needs attention about facts noted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import ngettext

from kefen_crm.noted_facts.actions import NOTE
from kefen_crm.noted_facts.queries import in_question
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_NAMED = 3


def items(request: HttpRequest) -> Iterator[AttentionItem]:
    """The facts that imports seem to have brought, too, and what they count twice."""
    if not request.user.is_authenticated or not may(request.user, NOTE):
        return
    facts = in_question(request.user)
    count = facts.count()
    if not count:
        return
    told = ngettext(
        "%(count)s fact noted by hand came by an import, too",
        "%(count)s facts noted by hand came by imports, too",
        count,
    )
    yield AttentionItem(
        "copy",
        "orange",
        told % {"count": count},
        ", ".join(f"{one.number} = {one.same_as}" for one in facts[:_NAMED]),
        reverse("noted_facts:imported"),
        money=facts.aggregate(money=Sum("amount"))["money"],
    )
