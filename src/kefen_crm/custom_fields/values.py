"""Values of custom fields: from what people, programs and files say to a text, and shown.

A text is what is stored and what the ledger holds: numbers without separators, money with two
places, dates as 2026-01-31, `yes` or `no`, a choice by its value, several joined by `; `.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kefen_crm.custom_fields.models import CustomField
from kefen_crm.platform import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = 2_000
LARGEST: Final = Decimal(10) ** 16
JOINT: Final = "; "
_YES: Final = frozenset({"yes", "y", "true", "1", "是", "有", "对", "√"})
_NO: Final = frozenset({"no", "n", "false", "0", "否", "无", "不", "×"})
_SPLIT: Final = re.compile(r"\s*[;；,，、|\n]\s*")
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?")
_MARKS: Final = re.compile(r"[\s,¥￥$元]")


def cleaned(field: CustomField, value: Any) -> str:
    """What people, programs or files say as the text that is stored; empty for nothing.

    Raises:
        ValidationError: when it does not fit the type.
    """
    if value is None:
        return ""
    if isinstance(value, list | tuple | set):
        given = [str(one) for one in value]
        return _several(field, given) if given else ""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, datetime):
        value = value.date()
    text = unicodedata.normalize("NFKC", str(value)) if field.kind in _PLAIN else str(value)
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) > LONGEST:
        raise ValidationError(_("At most %(most)s characters are kept.") % {"most": LONGEST})
    return _READ[CustomField.Kind(field.kind)](field, text) if text else ""


def fits(field: CustomField, value: Any) -> str:
    """As `cleaned`; empty where it does not fit."""
    try:
        return cleaned(field, value)
    except ValidationError:
        return ""


def parts(text: str) -> list[str]:
    """The choices of a text of several."""
    return [one for one in text.split(JOINT) if one]


def shown(field: CustomField, text: str) -> str:
    """A stored text as people read it."""
    if not text:
        return ""
    if field.kind == CustomField.Kind.YES_NO:
        return _("yes") if text == "yes" else _("no")
    if field.kind == CustomField.Kind.MONEY:
        return numbers.money_full(Decimal(text))
    if field.kind == CustomField.Kind.DATE:
        return numbers.day(date.fromisoformat(text))
    if field.kind == CustomField.Kind.NUMBER:
        return f"{Decimal(text):,f}"
    if field.has_choices:
        titles = field.titles()
        return ", ".join(titles.get(one, one) for one in parts(text))
    return text


def _number(_field: CustomField, text: str) -> str:
    try:
        number = Decimal(_MARKS.sub("", text))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= LARGEST:
        raise ValidationError(_("“%(value)s” is no number.") % {"value": text})
    plain = f"{round(number, 6):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _money(field: CustomField, text: str) -> str:
    return f"{Decimal(_number(field, text)):.2f}"


def _date(_field: CustomField, text: str) -> str:
    if found := _DAY.fullmatch(text):
        year, month, day = map(int, found.groups())
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            pass
    raise ValidationError(_("“%(value)s” is no date; write it as 2026-01-31.") % {"value": text})


def _yes_no(_field: CustomField, text: str) -> str:
    folded = text.casefold()
    if folded in _YES or folded in _NO:
        return "yes" if folded in _YES else "no"
    raise ValidationError(_("“%(value)s” is neither yes nor no.") % {"value": text})


def _choice(field: CustomField, text: str) -> str:
    known: dict[str, str] = {
        name.casefold(): one["value"]
        for one in field.choices
        for name in (one.get("en"), one.get("zh"), one["value"])
        if name
    }
    if text.casefold() not in known:
        offered = ", ".join(field.titles().values())
        raise ValidationError(
            _("“%(value)s” is none of the choices: %(choices)s.")
            % {"value": text, "choices": offered}
        )
    return known[text.casefold()]


def _several(field: CustomField, given: Iterable[str]) -> str:
    return JOINT.join(dict.fromkeys(_choice(field, one.strip()) for one in given if one.strip()))


_PLAIN: Final = frozenset({"number", "money", "date", "yes_no"})
_READ: Final = {
    CustomField.Kind.TEXT: lambda _field, text: text,
    CustomField.Kind.NUMBER: _number,
    CustomField.Kind.MONEY: _money,
    CustomField.Kind.DATE: _date,
    CustomField.Kind.CHOICE: _choice,
    CustomField.Kind.SEVERAL: lambda field, text: _several(field, _SPLIT.split(text)),
    CustomField.Kind.YES_NO: _yes_no,
}
