"""What the pages of uplift say."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import QueryDict

from kefen_crm.gateway.words import span
from kefen_crm.grading.models import in_language

register = template.Library()


@register.filter
def said(text: Any) -> str:
    """Words in both languages, in the one of this request."""
    return in_language(text)


@register.filter
def window_of(indicator: str) -> str:
    """The window of an indicator such as `sales@12m`, in words."""
    return span(indicator.partition("@")[2] or "12m")


@register.filter
def class_title(told: dict[str, Any], key: str) -> str:
    """What a class is called."""
    found = (one["title"] for one in told["classes"] if one["key"] == key)
    return in_language(next(found, key))


@register.filter
def class_query(scheme: str, key: str) -> str:
    """The address of a customer list of a class."""
    query = QueryDict(mutable=True)
    query["class"] = f"{scheme}:{key}"
    return query.urlencode()
