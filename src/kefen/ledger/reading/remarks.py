"""What remarks say against the figures beside them: another currency, or that goods came back.

A remark is free text, so what it mentions is told, and nothing is changed by it. A remark that is
a currency and nothing else is the currency of its row.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.facts import SALES
from kefen.ledger.reading import texts
from kefen.ledger.reading.currencies import currency_code, is_currency

if TYPE_CHECKING:
    from kefen.ledger.reading.batch import ColumnRules
    from kefen.ledger.reading.work import Rules, Work

_MENTIONED = re.compile(
    r"(?<![A-Za-z])(?:USD|EUR|GBP|HKD|JPY|AUD|CAD|SGD|TWD|KRW|CHF|CNY|RMB|US\$|HK\$|NT\$)(?![A-Za-z])"
    r"|美元|美金|欧元|英镑|港币|港元|日元|日圆|澳元|加元|新台币|台币|韩元|新加坡元|瑞士法郎|人民币|€|£",
    re.IGNORECASE,
)
_BACK = r"退货|退款|退回|已退|作废|(?i:\b(?:returned|refunded|return|refund|voided|cancelled)\b)"
_NOT = r"无退|不退|未退|非退|可退|退货地址|(?i:no (?:return|refund)|non-?refundable)"
_BACK_FOR = (
    r"^(?:退货|退款|退回)|^(?i:refund|returned|return of|credit for|reversal)\b"
    r"|^(?:Gutschrift|Rückerstattung|Avoir|Remboursement|返品|返金)"
)
_INSURED = "险"
_LONGEST = 500
_NAMED = 12


@lru_cache(4096)
def foreign(text: str, base: str) -> str | None:
    """The currency other than `base` that a text mentions; None where it mentions base, too.

    >>> foreign("以上均为美元", "CNY"), foreign("折合人民币，原币美元", "CNY")
    ('USD', None)
    """
    found = [currency_code(word) for word in _MENTIONED.findall(text[:_LONGEST])]
    return None if not found or base in found else found[0]


def currencies(work: Work, rules: ColumnRules) -> pl.Series | None:
    """The remarks that are a currency and nothing else, where no column names currencies."""
    heading = rules.heading("note")
    if heading is None or not rules.kind.has("currency"):
        return None
    cells = texts.trimmed(texts.as_text(work.raw[heading]))
    named = [
        word
        for word in cells.drop_nulls().unique()
        if len(word) <= _NAMED and is_currency(word) and foreign(word, rules.currency)
    ]
    return cells.set(~cells.is_in(named).fill_null(value=False), None) if named else None


def look(work: Work, rules: Rules, landing: pl.Series) -> None:
    """Count remarks of rows that land: of another currency, or of goods that came back."""
    heading = rules.heading("note")
    amount = work.values.get("amount")
    if amount is None:
        return
    _tell_products(work, rules, amount, landing)
    if heading is None:
        return
    cells = texts.trimmed(texts.as_text(work.raw[heading])).str.slice(0, _LONGEST)
    if work.texts.get("currency") is None:
        said = [word for word in cells.drop_nulls().unique() if foreign(word, rules.currency)]
        mask = cells.is_in(said).fill_null(value=False) & landing
        mask &= ~cells.map_elements(is_currency, return_dtype=pl.Boolean).fill_null(value=False)
        rules.tally.cells(
            "currency-in-remark", heading, mask, work.lines, cells, base=rules.currency
        )
    if rules.kind.name in SALES:
        back = cells.str.contains(_BACK) & ~cells.str.contains(_NOT) & (amount > 0)
        plain = work.none() if "_further" not in work.values else work.values["_further"]
        mask = back.fill_null(value=False) & landing & ~plain
        types = work.values.get("entry_type")
        if types is not None:
            mask &= types.is_null()
        rules.tally.cells("return-in-remark", heading, mask, work.lines, cells)


def _tell_products(work: Work, rules: Rules, amount: pl.Series, landing: pl.Series) -> None:
    """Count lines whose product is called a refund or a return, and whose money is not negative."""
    heading = rules.heading("product_name")
    if heading is None or rules.kind.name not in SALES or "entry_type" in work.values:
        return
    cells = texts.trimmed(texts.as_text(work.raw[heading])).str.slice(0, _LONGEST)
    back = cells.str.contains(_BACK_FOR) & ~cells.str.contains(_INSURED) & (amount > 0)
    back = back.fill_null(value=False) & landing
    rules.tally.cells("return-in-remark", heading, back, work.lines, cells)
