"""Numbers, percentages and windows in words: the one place that writes them.

Both languages group digits and set the point alike, as Python does; all else is written by Babel.
Halves are rounded up, away from zero, as people do it on paper.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from kefen.period import PeriodError, Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from babel import Locale
    from babel.numbers import NumberPattern

_UNITS: Final = {
    "d": "duration-day",
    "w": "duration-week",
    "m": "duration-month",
    "y": "duration-year",
}
_EVER: Final = {"zh": "全部历史", "en": "all history"}
_TOUCHING: Final = re.compile(r"(?<=\d)(?=[\u4e00-\u9fff])")
_PRECISION: Final = 60


def locale_of(lang: str) -> str:
    """What Babel calls the language.

    >>> locale_of("zh-hans"), locale_of("en")
    ('zh_Hans', 'en')
    """
    return "zh_Hans" if lang.startswith("zh") else "en"


def exact(value: Any) -> Decimal:
    """A number as it is written: 0.145 is 0.145, not the double next to it."""
    whole = isinstance(value, int | Decimal)
    return Decimal(value) if whole else Decimal(repr(float(value)))


def number(value: Any, digits: int = 0, lang: str = "en", *, trimmed: bool = False) -> str:
    """A number in groups of three, with this many digits after the point; `trimmed`, at most.

    >>> number(1234.565, 2), number(2.5), number(1234.5, 2, trimmed=True)
    ('1,234.57', '3', '1,234.5')
    """
    written = exact(value)
    if not written.is_finite():
        return _without_digits(written, lang)
    with localcontext() as context:
        context.rounding, context.prec = ROUND_HALF_UP, _PRECISION
        told = f"{written:,.{digits}f}"
    if trimmed and digits:
        told = told.rstrip("0").rstrip(".")
    return _unsigned(told)


def measure(value: Any, lang: str = "en") -> str:
    """A number of no unit: three digits that count, whole from 1,000 on.

    >>> measure(0.123456), measure(12.3456), measure(12345.6)
    ('0.123', '12.3', '12,346')
    """
    return number(value, max(2 - exact(value).adjusted(), 0), lang, trimmed=True)


_STEPS: Final = {
    "zh": ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万")),
    "en": ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K")),
}
_SHORT: Final = 10_000
"""From here on money is told in short."""


def short(value: Any, lang: str = "en") -> str:
    """Money in short; below 10,000 in whole units.

    >>> short(128400), short(128400, "zh"), short(9999.5), short(99_999_999, "zh")
    ('128.4K', '12.8万', '10,000', '1亿')
    """
    whole = exact(value)
    size = abs(whole)
    steps = _STEPS["zh" if lang.startswith("zh") else "en"]
    if size < _SHORT:
        return number(whole, 0, lang)
    at = next(place for place, (step, _unit) in enumerate(steps) if size >= step)
    digits = 2 if size < 10 * steps[at][0] else 1
    if at and round_half_up(size / steps[at][0], digits) * steps[at][0] >= steps[at - 1][0]:
        at, digits = at - 1, 2
    step, unit = steps[at]
    return f"{number(whole / step, digits, lang, trimmed=True)}{unit}"


def round_half_up(value: Decimal, digits: int) -> Decimal:
    """With so many digits after the point, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def percent(value: Any, digits: int = 1, lang: str = "en", *, trimmed: bool = False) -> str:
    """A share of one as a percentage; `trimmed`, with no more digits than it needs.

    >>> percent(0.12345), percent(0.75, trimmed=True), percent(0.00125, 2), percent(-0.0001)
    ('12.3%', '75%', '0.13%', '0.0%')
    """
    from babel.numbers import format_percent

    return _written(
        format_percent, value, f"#,##0{_places(digits, '#' if trimmed else '0')}%", lang
    )


def window(text: str | Window, lang: str = "en") -> str:
    """A window in words.

    >>> window("12m"), window("1m"), window("90d", "zh"), window("all")
    ('12 months', '1 month', '90 天', 'all history')
    >>> window("fy4"), window("fy1", "zh")
    ('fiscal year to date (from April)', '财年至今（1 月起）')
    """
    from babel.units import format_unit

    try:
        span = Window.parse(text)
    except PeriodError:
        return str(text)
    if span.length is None:
        return _EVER["zh" if lang.startswith("zh") else "en"]
    if span.unit == "f":
        return _fiscal(span.length, lang)
    told = format_unit(span.length, _UNITS[span.unit], "long", locale=locale_of(lang))
    return _TOUCHING.sub(" ", told)


def _fiscal(month: int, lang: str) -> str:
    """The fiscal year to date and the month it begins with."""
    if lang.startswith("zh"):
        return f"财年至今（{month} 月起）"
    from babel.dates import get_month_names

    name = get_month_names("wide", locale="en")[month]
    return f"fiscal year to date (from {name})"


def _places(digits: int, sign: str = "0") -> str:
    return f".{sign * digits}" if digits else ""


def _without_digits(value: Decimal, lang: str) -> str:
    """What is larger than any number, or none, as Babel writes it."""
    from babel.numbers import format_decimal  # costs a tenth of a second, which hardly any need

    return _written(format_decimal, value, "#,##0", lang)


def _written(write: Callable[..., str], value: Any, pattern: str, lang: str) -> str:
    with localcontext() as context:
        context.rounding, context.prec = ROUND_HALF_UP, _PRECISION
        return _unsigned(write(exact(value), _pattern(pattern), locale=_locale(lang)))


def _unsigned(told: str) -> str:
    """A number as it is written, without the sign of what was rounded to nothing."""
    return told if any(digit in "123456789" for digit in told) else told.removeprefix("-")


@cache
def _pattern(text: str) -> NumberPattern:
    """The pattern as Babel reads it, which is more than half of what writing a number costs."""
    from babel.numbers import parse_pattern

    return parse_pattern(text)


@cache
def _locale(lang: str) -> Locale:
    from babel import Locale

    return Locale.parse(locale_of(lang))
