"""What the panel of offers says."""

from __future__ import annotations

from typing import Any

from django import template

from kefen_crm.grading.models import in_language

register = template.Library()


@register.filter
def offer_text(text: Any) -> str:
    """Words in both languages, in the one of this request."""
    return in_language(text)
