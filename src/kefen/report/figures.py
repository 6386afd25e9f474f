"""Numbers as people read them in each language."""

from __future__ import annotations

from typing import Any

from kefen import formats


def figure(value: Any, unit: str = "money", lang: str = "en") -> str:
    """A number in its unit: `money` (two digits), `short` (万/亿, K/M), `percent`, `count`.

    >>> figure(1234567.5, "short", "zh"), figure(1234567.5, "short", "en")
    ('123.5万', '1.23M')
    >>> figure(0.0421, "percent"), figure(1234.5, "money"), figure(None)
    ('4.2%', '1,234.50', '–')
    """
    if value is None:
        return "–"
    if unit == "percent":
        return formats.percent(value, lang=lang)
    if unit in ("count", "money"):
        return formats.number(value, 2 if unit == "money" else 0, lang)
    return formats.short(value, lang)
