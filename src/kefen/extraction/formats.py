"""Number formats of XLSX cells that change what a number says: percent, leading zeros, money."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from kefen.extraction.text import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

PERCENT = "%"
CURRENCY = "currency:"
"""Stands before the sign of a currency that a format shows beside the number."""
_BUILT_IN = {"9": "0%", "10": "0.00%"}
_DIGITS = re.compile(r"[0#]")
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|(0)|([-/ .])')
_COLOUR = re.compile(r"\[[^\]]*\]")
_MARK = re.compile(r'\[\$([^\]\-]+)(?:-([0-9A-Fa-f]+))?\]|"([^"]*)"|\\(.)|([$€£₹₩฿₫₽₺₪])')
_MONEY = re.compile(r"[A-Z]{0,3}[$€£₹₩฿₫₽₺₪]|[A-Z]{3}|kr\.?|zł|Kč|Ft|Fr\.?|S?FR", re.IGNORECASE)
_YEN, _JAPAN, _DOLLAR, _AMERICA = ("¥", "￥"), "411", "$", "409"
_QUOTED = re.compile(r'"[^"]*"|\\.')


def telling_formats(styles: bytes) -> dict[str, str]:
    """The cell styles of `xl/styles.xml` by number, to `%`, `currency:$` or leading zeros.

    The yuan sign is passed over: whole workbooks have it, and it may mean two currencies.
    """
    root = ET.fromstring(styles)  # noqa: S314  # in a process of its own, bounded
    codes = dict(_BUILT_IN)
    for format_ in root.iterfind("./{*}numFmts/{*}numFmt"):
        codes[format_.get("numFmtId", "")] = format_.get("formatCode", "")
    told: dict[str, str] = {}
    for number, style in enumerate(root.iterfind("./{*}cellXfs/{*}xf")):
        code = codes.get(style.get("numFmtId", ""), "").partition(";")[0]
        if PERCENT in _QUOTED.sub("", code):
            told[str(number)] = PERCENT
        elif _zeros(code) > 1:
            told[str(number)] = code
        elif mark := _currency(code):
            told[str(number)] = CURRENCY + mark
    return told


def struck_styles(styles: bytes) -> frozenset[str]:
    """The numbers of the cell styles of `xl/styles.xml` whose font is struck through."""
    root = ET.fromstring(styles)  # noqa: S314  # in a process of its own, bounded
    fonts = [font.find("{*}strike") for font in root.iterfind("./{*}fonts/{*}font")]
    struck = {
        str(number)
        for number, strike in enumerate(fonts)
        if strike is not None and strike.get("val", "1") not in ("0", "false")
    }
    cells = enumerate(root.iterfind("./{*}cellXfs/{*}xf"))
    return frozenset(str(number) for number, style in cells if style.get("fontId") in struck)


def _currency(code: str) -> str | None:
    """The sign of the currency that a format shows.

    >>> _currency('[$$-409]#,##0.00'), _currency('#,##0.00\\\\ "€"'), _currency('#,##0 "pcs"')
    ('USD', '€', None)
    """
    if not _DIGITS.search(code):
        return None
    for mark, place, quoted, escaped, bare in _MARK.findall(code):
        text = (mark or quoted or escaped or bare).strip()
        if text in _YEN:
            if place == _JAPAN:
                return "JPY"
        elif text == _DOLLAR and place == _AMERICA:
            return "USD"
        elif _MONEY.fullmatch(text) and (
            mark or not text.isascii() or text.isupper() or "$" in text
        ):
            return str(text)
    return None


def _zeros(code: str) -> int:
    """How many zeros a format of zeros and fixed characters has; 0 for any other format."""
    parts = list(_parts(code))
    if any(zero is None and fixed is None for zero, fixed in parts):
        return 0
    return sum(zero is not None for zero, _ in parts)


def _parts(code: str) -> Iterator[tuple[str | None, str | None]]:
    """`("0", None)` for each zero, `(None, text)` for fixed text, `(None, None)` for the rest."""
    place, bare = 0, _COLOUR.sub("", code)
    while place < len(bare):
        token = _TOKEN.match(bare, place)
        if token is None or token[4] == ".":
            yield None, None
            return
        place = token.end()
        if token[3]:
            yield "0", None
        else:
            yield None, token[1] or token[2] or token[4] or ""


def shown(value: object, code: str) -> str | None:
    """A number as its format shows it; None where the format adds nothing.

    >>> shown(0.1, "%"), shown(12.0, "00000"), shown(12.0, '"KH"0000'), shown("x", "%")
    ('10%', '00012', 'KH0012', None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if code.startswith(CURRENCY):
        return None
    if code == PERCENT:
        text = number_text(float(format(float(value) * 100, ".15g")))
        return None if text is None else f"{text}%"
    if value != int(value) or value < 0:
        return None
    zeros = _zeros(code)
    digits = str(int(value)).zfill(zeros)
    first = len(digits) - zeros + 1
    written, taken = "", 0
    for zero, fixed in _parts(code):
        if zero is None:
            written += fixed or ""
        else:
            end = first + taken
            written += digits[:end] if taken == 0 else digits[end - 1 : end]
            taken += 1
    return written
