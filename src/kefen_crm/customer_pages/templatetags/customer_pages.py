from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from kefen_crm.platform import numbers

register = template.Library()


@register.simple_tag
def indicator(value: Any, unit: str) -> str:
    """The value of an indicator in its unit; a dash where there is none."""
    if value is None:
        return numbers.NOTHING
    if unit == "money":
        return numbers.money(value)
    if unit == "ratio":
        return numbers.percent(value)
    if unit == "days":
        return _("%(days)s days") % {"days": numbers.whole(value)}
    if unit in {"count", "quantity"}:
        return numbers.whole(value)
    return numbers.day(value) if unit == "date" else str(value)
