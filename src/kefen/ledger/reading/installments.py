"""Money of an order that stands in parts beside each other: a deposit and the rest."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.joined_columns import JoinedColumns
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.reshaping import han

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kefen.ledger.reading.reshaping import Row

_FIRST = re.compile(
    r"(?:定金|订金|預付款?|预付款?|预收款?|首付款?|首款|头款|deposit|downpayment|advance)"
    r"(?:金额|amount)?"
)
_MIDDLE = re.compile(
    r"(?:中期款|进度款|二期款|第二期款|secondpayment|progresspayment)(?:金额|amount)?"
)
_REST = re.compile(
    r"(?:尾款|余款|balancepayment|finalpayment|remainingpayment|restpayment)"
    r"(?:金额|amount)?"
)
_WHOLE = re.compile(r"额|总价|总计|合计|货款|货值|价款|total|amount|price|value|sum")
_SIGNS = re.compile(r"[\s,，￥¥$元]")
_LONGEST = 40


class Installments(JoinedColumns):
    """The money of an order in parts."""

    def __init__(self, headings: Sequence[str], parts: Sequence[str]) -> None:
        name = "金额" if han(headings) else "Amount"
        super().__init__(headings, parts, name, "amount-in-parts")

    def whole(self, cells: Sequence[str | None]) -> str | None:
        """The sum of the parts; what is no sum as its parts, to be rejected by name."""
        filled = [told for cell in cells if (told := (cell or "").strip()[:_LONGEST])]
        if len(filled) <= 1:
            return filled[0] if filled else None
        numbers = [_number(told) for told in filled]
        if None in numbers:
            return " + ".join(filled)
        return f"{sum(number for number in numbers if number is not None):f}"


def installments(
    headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()
) -> Installments | None:
    """How to read the money of a table in parts; None where it stands in one column, or nowhere.

    `given` are headings of which a person said what they are.

    >>> rows = [{"定金": "300", "尾款": "700"}]
    >>> installments(["定金", "尾款"], rows).sample(rows)
    [{'金额': '1000'}]
    """
    said = set(given)
    called = {heading: normal(heading) for heading in headings}
    kinds = [[h for h in headings if of.fullmatch(called[h])] for of in (_FIRST, _MIDDLE, _REST)]
    parts = [heading for found in kinds for heading in found]
    if not kinds[0] or not kinds[-1] or said & set(parts):
        return None
    others = [heading for heading in headings if heading not in parts]
    if any(_WHOLE.search(called[h]) or ("orders", "amount") in columns_known(h) for h in others):
        return None
    cells = [cell for row in rows for part in parts if (cell := row.get(part)) and cell.strip()]
    numbers = sum(_number(cell[:_LONGEST]) is not None for cell in cells)
    return Installments(headings, parts) if cells and 2 * numbers > len(cells) else None


def _number(cell: str) -> Decimal | None:
    try:
        found = Decimal(_SIGNS.sub("", cell))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < _LONGEST else None
