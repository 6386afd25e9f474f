"""Numbers and dates as people read them, in the language of this request."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from django.utils import timezone
from django.utils.translation import get_language

from kefen_crm.gateway import formats

Number: TypeAlias = Decimal | float | int | str | None
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


def whole(value: Number, places: int = 0) -> str:
    """`1234567` as `1,234,567`."""
    number = decimal(value)
    return NOTHING if number is None else formats.number(number, places, _language())


def money(value: Number) -> str:
    """Money in short: `128400` is `12.8万` in Chinese and `128.4K` in English.

    Below 10 000 whole units are shown.
    """
    number = decimal(value)
    return NOTHING if number is None else formats.short(number, _language())


def _language() -> str:
    return get_language() or "en"


def money_full(value: Number) -> str:
    """Money to the cent: `128,400.00`."""
    return whole(value, 2)


def percent(value: Number, places: int | None = None) -> str:
    """A share of 1 as a percentage: `0.1234` is `12.3 %`; below 10 % one more digit counts."""
    number = decimal(value)
    if number is None:
        return NOTHING
    if places is None:
        places = 0 if number * 100 == (number * 100).to_integral_value() else 1
    return formats.percent(number, places, _language())


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
