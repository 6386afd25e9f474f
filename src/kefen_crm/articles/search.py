"""Finds articles while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from kefen_crm.articles.queries import articles_for, holding
from kefen_crm.platform.parts import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_LISTED = 5


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Articles that whoever asks may read, those with the words in their title first."""
    user: Any = request.user
    found = holding(articles_for(user), text).select_related(None)
    for one in found.only("title_zh", "title_en", "topic")[:_LISTED]:
        yield Hit(one.title, one.topic, reverse("articles:article", args=[one.pk]))
