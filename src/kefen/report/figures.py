"""Numbers as people read them in each language."""

from __future__ import annotations

from typing import Any, Final

from kefen import formats

ZH: Final = ((10**8, "亿"), (10**4, "万"))
EN: Final = ((10**9, "B"), (10**6, "M"), (10**3, "K"))


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
    return _short(float(value), lang)


def _short(value: float, lang: str) -> str:
    for size, name in ZH if lang == "zh" else EN:
        if abs(value) >= size:
            return f"{value / size:,.4g}{name}" if lang == "zh" else f"{value / size:.3g}{name}"
    return f"{value:,.0f}"
