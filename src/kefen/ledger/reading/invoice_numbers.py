"""Numbers of invoices that stand in two columns: that of paper, and that of today's e-invoices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kefen.ledger.reading.joined_columns import JoinedColumns
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.texts import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kefen.ledger.reading.reshaping import Row

_CODE = re.compile(r"发票代码")
_PAPER = re.compile(r"发票号码?")
_ELECTRONIC = re.compile(r"(?:数电|全电|数字化电子|电子)(?:发?票)?(?:发票)?号码?")


class InvoiceNumbers(JoinedColumns):
    """The number of an invoice in one of two columns."""

    def whole(self, cells: Sequence[str | None]) -> str | None:
        """The first number that there is."""
        told = ((cell or "").strip() for cell in cells)
        return next((text for text in told if text not in NOTHING), None)


class InvoiceCodes(JoinedColumns):
    """The code and the number of an invoice, which only together belong to one invoice."""

    def whole(self, cells: Sequence[str | None]) -> str | None:
        """The code before the number; a number that has no code alone."""
        code, number = (text if text not in NOTHING else "" for text in map(_text, cells))
        return f"{code}-{number}" if code and number else number or None


def invoice_codes(
    headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()
) -> InvoiceCodes | None:
    """How to read 发票代码 beside 发票号码: numbers come again under another code.

    >>> rows = [{"发票代码": "044001", "发票号码": "12"}, {"发票代码": "", "发票号码": "13"}]
    >>> invoice_codes(["发票代码", "发票号码"], rows).sample(rows)
    [{'发票号码': '044001-12'}, {'发票号码': '13'}]
    """
    free = [heading for heading in headings if heading not in set(given)]
    code = next((h for h in free if _CODE.fullmatch(normal(h))), None)
    number = next((h for h in free if _PAPER.fullmatch(normal(h))), None)
    if code is None or number is None or not any(_text(row.get(code)) for row in rows):
        return None
    return InvoiceCodes(headings, [code, number], number, "invoice-codes-joined")


def _text(cell: str | None) -> str:
    return (cell or "").strip().lstrip("'`")


def invoice_numbers(
    headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()
) -> InvoiceNumbers | None:
    """How to read the two columns; None where one of them has all numbers, or is not there.

    `given` are headings of which a person said what they are.

    >>> rows = [{"发票号码": "1", "数电发票号码": ""}, {"发票号码": "", "数电发票号码": "2"}]
    >>> invoice_numbers(["发票号码", "数电发票号码"], rows).sample(rows)
    [{'发票号码': '1'}, {'发票号码': '2'}]
    """
    free = [heading for heading in headings if heading not in set(given)]
    paper = next((h for h in free if _PAPER.fullmatch(normal(h))), None)
    other = next((h for h in free if _ELECTRONIC.fullmatch(normal(h))), None)
    if paper is None or other is None:
        return None
    if not any(row.get(other) and not row.get(paper) for row in rows):
        return None
    return InvoiceNumbers(headings, [paper, other], paper, "numbers-in-two-columns")
