"""What needs attention about imports."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from kefen_crm.imports.models import Import
from kefen_crm.imports.queries import mended
from kefen_crm.platform.numbers import whole
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_RECENT = timedelta(days=30)
"""Rejected rows of older imports are no news."""
_LISTED = 20


def items(request: HttpRequest) -> Iterator[AttentionItem]:
    """The rows that imports of the last days left out, those since mended aside."""
    if not may(request.user, Permit.IMPORT):
        return
    landed = Import.objects.filter(
        status=Import.Status.COMMITTED,
        report__rejected__gt=0,
        created__gt=timezone.now() - _RECENT,
    ).exclude(pk__in=mended())
    recent = list(landed.order_by("-created")[:_LISTED])
    if not recent:
        return
    rows = sum(one.rejected for one in recent)
    told = ngettext(
        "%(count)s row of an import was rejected", "%(count)s rows of imports were rejected", rows
    )
    yield AttentionItem(
        "file-alert",
        "blue",
        told % {"count": whole(rows)},
        ", ".join(one.name for one in recent[:3]),
        reverse("imports:detail", args=[recent[0].pk])
        if len(recent) == 1
        else reverse("imports:list"),
    )
