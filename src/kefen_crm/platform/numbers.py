"""Numbers and dates as people read them, in the language of this request."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TypeAlias

from django.utils import timezone
from django.utils.translation import get_language

Number: TypeAlias = Decimal | float | int | str | None
CHINESE_STEPS = ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万"))
ENGLISH_STEPS = ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))
NOTHING = "–"


def decimal(value: Number) -> Decimal | None:
    """`value` as a Decimal, or None when there is no finite number in it."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def whole(value: Number, places: int = 0) -> str:
    """`1234567` as `1,234,567`."""
    number = decimal(value)
    return NOTHING if number is None else f"{rounded(number, places):,}"


def money(value: Number) -> str:
    """Money in short: `128400` is `12.8万` in Chinese and `128.4K` in English.

    Below 10 000 whole units are shown.
    """
    number = decimal(value)
    if number is None:
        return NOTHING
    size = abs(number)
    if size < 10_000:
        return whole(number)
    steps = CHINESE_STEPS if (get_language() or "").startswith("zh") else ENGLISH_STEPS
    for index, (step, unit) in enumerate(steps):
        if size < step:
            continue
        short = rounded(number / step, 2 if size < 10 * step else 1)
        if index and abs(short) * step >= steps[index - 1][0]:
            step, unit = steps[index - 1]
            short = rounded(number / step, 2)
        return f"{trimmed(short)}{unit}"
    return whole(number)


def trimmed(number: Decimal) -> str:
    """Without zeros after the point: `1.20` is `1.2`, `3.00` is `3`."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money_full(value: Number) -> str:
    """Money to the cent: `128,400.00`."""
    return whole(value, 2)


def percent(value: Number, places: int | None = None) -> str:
    """A share of 1 as a percentage: `0.1234` is `12.3 %`; below 10 % one more digit counts."""
    number = decimal(value)
    if number is None:
        return NOTHING
    hundred = number * 100
    if places is None:
        places = 0 if hundred == hundred.to_integral_value() else 1
    return f"{rounded(hundred, places):,}%"


def change(value: Number) -> str:
    """A growth rate with its sign: `+12.3%`, `-4%`."""
    number = decimal(value)
    if number is None:
        return NOTHING
    return f"+{percent(number)}" if number > 0 else percent(number)


def day(value: date | datetime | str | None) -> str:
    """An ISO date, `2025-06-30`, which both languages read alike."""
    if not value:
        return NOTHING
    if isinstance(value, str):
        return value[:10]
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value.isoformat()


def moment(value: datetime | None) -> str:
    """A time of day with its date, `2025-06-30 14:05`, in the business time zone."""
    if value is None:
        return NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return local.strftime("%Y-%m-%d %H:%M")


def seconds(value: float | None) -> str:
    """How long something took: `0.42 s`, `3.1 s`, `2:05`."""
    if value is None:
        return NOTHING
    if value < 1:
        return f"{value:.2f} s"
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value // 60)}:{int(value % 60):02d}"


def file_size(value: int | None) -> str:
    """Bytes as `3.4 MB`."""
    if value is None:
        return NOTHING
    size = float(value)
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GB"
