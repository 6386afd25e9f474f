from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.tags.models import Tag

if TYPE_CHECKING:
    from django.http import HttpRequest


def tags_of(request: HttpRequest) -> list[Tag]:
    """Every tag, read once for all parts of a page."""
    known: list[Tag] | None = getattr(request, "tags_known", None)
    if known is None:
        known = list(Tag.objects.all())
        request.tags_known = known  # type: ignore[attr-defined]
    return known
