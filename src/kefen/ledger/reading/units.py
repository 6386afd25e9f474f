"""Units and currencies named in a heading, in a title above the table, a sheet's or file's name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from kefen.deferred import deferred_pattern
from kefen.ledger.reading import currencies

CENT = Decimal("0.01")
_LONGEST = 200
_SCALES: dict[str, int | Decimal] = {
    "cent": CENT, "cents": CENT, "pence": CENT, "分": CENT,
    "千": 10**3, "仟": 10**3, "万": 10**4, "萬": 10**4, "十万": 10**5, "百万": 10**6, "百萬": 10**6,
    "千万": 10**7, "亿": 10**8, "億": 10**8, "十亿": 10**9,
    "thousand": 10**3, "thousands": 10**3, "k": 10**3, "000": 10**3, "'000": 10**3, "000s": 10**3,
    "000's": 10**3, "'000s": 10**3, "tsd": 10**3, "tsd.": 10**3, "teur": 10**3, "tys.": 10**3,
    "lakh": 10**5, "lakhs": 10**5, "lac": 10**5, "crore": 10**7, "crores": 10**7,
    "million": 10**6, "millions": 10**6, "mn": 10**6, "mm": 10**6, "mio": 10**6, "mio.": 10**6,
    "mln": 10**6, "billion": 10**9, "billions": 10**9, "bn": 10**9,
}  # fmt: skip
_SCALE = "|".join(re.escape(word) for word in sorted(_SCALES, key=len, reverse=True))
_CODES = (
    "|".join(code.lower() for code in currencies.CODES if code not in ("TRY", "COP")) + "|rmb|cnh"
)
_MONEY = rf"{currencies.PATTERN}|元|块"
_NAME = "人民币|美元|美金|港币|港元|欧元|英镑|日元|新台币|台币|韩元|澳元|加元"
_PART = deferred_pattern(
    rf"(?:(?P<scale>{_SCALE})(?![a-z])|(?P<money>{_MONEY})(?![a-z])|(?P<percent>[%％])|(?P<gap>[\s/:：,，.\-_·]|in\b|of\b|unit|单位|單位|币种|幣種|货币|currency|amounts?))"
)
_BRACKETS = deferred_pattern(r"[(\[【<〔]([^)\]】>〕]{1,40})[)\]】>〕]")
_WORDED = deferred_pattern(
    rf"\bin\s+((?:{_CODES}|[$€£¥₹])?\s?(?:{_SCALE})(?![a-z])(?:\s?(?:of\s)?(?:{_CODES}|[$€£¥₹])\b)?|(?:{_CODES})\b)"
)
_SUFFIX = deferred_pattern(
    rf"(?<=[^\s_\-])(?:[\s_\-]+({_CODES}|(?:{_SCALE}|[十百千]?[万亿])元?)|((?:[十百千]?[万亿]|千)元|{_NAME}))\s*\*?$"
)
_PREFIX = deferred_pattern(rf"^(?:({_CODES})[\s_\-]+|({_NAME}))(?=\S)")
_STATED = deferred_pattern(
    rf"(?:单位|單位|币种|幣種|货币|currency|unit)s?\s*[:：]?\s*((?:{_SCALE}|{_MONEY}|[\s/,，.\-])+)"
)
_TITLED = deferred_pattern(
    rf"[_\-\s.](({_SCALE})?(?:元|{_NAME})|usd|eur|gbp|hkd|jpy|cny|rmb|chf|inr|krw|twd|sgd|aud|pln)(?=[_\-\s.]|$)"
)
_SCALED_REMARK = deferred_pattern(
    r"(?:单位|金额|数据|价格|数字|以上|均)(?:[:：]|\D){0,8}(?:[十百千]?[万亿]|[百千])元"
    r"|\b(?:in|of) (?:\w{1,8} )?(?:thousands?|millions?|lakhs?|crores?)\b|(?:rmb|usd|eur)'?000"
)
_PERCENT = deferred_pattern(r"[%％]|(?:率|percent|percentage|pct)$|\bpct\b|\bpercent")


@dataclass(frozen=True)
class Unit:
    """What amounts are in: `scale` units of one of `currencies`, or percent; `text` names it."""

    scale: Decimal = Decimal(1)
    currencies: frozenset[str] | None = None
    text: str = ""
    percent: bool = False

    def or_else(self, other: Unit | None) -> Unit:
        """This unit, with what it leaves open taken from another."""
        if other is None or self.percent:
            return self
        own = self.scale != 1 or "元" in self.text
        scale = self.scale if own else other.scale
        return Unit(scale, self.currencies or other.currencies, self.text or other.text)


def of_heading(heading: str) -> Unit | None:
    """The unit that a heading names; None when it names none.

    >>> of_heading("金额(万元)").scale, of_heading("amount_usd").currencies
    (Decimal('10000'), frozenset({'USD'}))
    >>> of_heading("Sales in thousands").scale, of_heading("Amount") is None
    (Decimal('1000'), True)
    """
    text = _plain(heading)
    for inside in _BRACKETS.findall(text):
        if unit := _parts(inside):
            return unit
    for pattern in (_STATED, _WORDED, _SUFFIX, _PREFIX):
        if (match := pattern.search(text)) and (unit := _parts(_first(match))):
            return unit
    return Unit(percent=True, text=heading.strip()) if _PERCENT.search(text) else None


def of_title(*titles: str) -> Unit | None:
    """The unit that a title row, a sheet's or a file's name states for the whole table.

    >>> of_title("销售明细  单位：千元").scale, of_title("明达万科 2025") is None
    (Decimal('1000'), True)
    """
    for title in titles:
        text = _plain(title)
        for pattern in (_STATED, _WORDED):
            if (match := pattern.search(text)) and (unit := _parts(_first(match))):
                return unit
        for inside in _BRACKETS.findall(text):
            if (unit := _parts(inside)) and not unit.percent:
                return unit
        if (match := _TITLED.search(text)) and (unit := _parts(_first(match))):
            return unit
    return None


def named(name: str) -> str:
    """The name of a sheet or a file as a title; one that is a unit and nothing else states it.

    >>> named("美元"), named("3月")
    ('单位: 美元', '3月')
    """
    unit = _parts(_plain(name))
    return f"单位: {name}" if unit and not unit.percent and unit.currencies else name


def in_base(unit: Unit | None, base: str) -> tuple[Decimal, frozenset[str] | None]:
    """The scale and the currencies of a unit; what names none is in the base currency.

    >>> in_base(of_title("单位：元"), "CNY") == in_base(None, "CNY")
    True
    """
    if unit is None:
        return Decimal(1), None
    own = unit.currencies is None or base in unit.currencies
    return unit.scale, None if own else unit.currencies


def names_scale(text: str) -> bool:
    """Whether a remark says that amounts are in thousands or more.

    >>> names_scale("备注：以上金额均为万元"), names_scale("备注：万元户客户")
    (True, False)
    """
    return bool(_SCALED_REMARK.search(_plain(text)))


def is_scale(word: str) -> bool:
    """Whether a word multiplies the number before it: thousand, k, 万."""
    return word.casefold() in _SCALES


def is_unit(text: str) -> bool:
    """Whether a text is a unit of money and nothing else.

    >>> is_unit("万元"), is_unit("USD"), is_unit("甲公司"), is_unit("")
    (True, True, False, False)
    """
    unit = _parts(_plain(text))
    return unit is not None and not unit.percent


def without_unit(heading: str) -> str:
    """A heading without the unit at its end or beginning: amount_usd → amount, 金额_万 → 金额.

    >>> without_unit("amount_usd"), without_unit("金额_万"), without_unit("focus")
    ('amount', '金额', 'focus')
    """
    text = _plain(heading)
    for pattern in (_WORDED, _SUFFIX, _PREFIX):
        bare = pattern.sub("", text, count=1).strip(" _-")
        if bare and bare != text:
            return bare
    return heading


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:_LONGEST]).replace("’", "'").casefold().strip()


def _first(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)


def _parts(text: str) -> Unit | None:
    """A text that is wholly made of scales and currencies: 万元, USD k, $'000, %."""
    scale, money, percent, place = Decimal(1), None, False, 0
    text = text.partition("/")[0].strip()
    while place < len(text):
        part = _PART.match(text, place)
        if part is None:
            return None
        place = part.end()
        scale *= _SCALES.get(part["scale"] or "", 1)
        percent |= bool(part["percent"])
        if part["money"]:
            each = currencies.meant(part["money"])
            money = each if money is None else (money & each) or money
    if scale == 1 and money is None and not percent:
        return None
    return Unit(scale, money, text, percent=percent)
