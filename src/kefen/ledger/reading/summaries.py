"""Tables that are no list of facts: pivots, ageing reports, tables that lie on their side.

None of them can be read as documents, and each has a remedy of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kefen.ledger.reading import beside, candidates
from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.partial_dates import IS_YEAR, YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.ledger.reading.samples import Look, Sample

_PIVOT = re.compile(
    r"行标签|列标签|(?:求和|计数|平均值)项[:：]?.*|rowlabels|columnlabels|(?:sum|count|average)of.+"
)
_AGE = re.compile(
    r"(?:账龄|逾期|超期|overdue|past ?due)?\s*(?:"
    r"\d{1,3}\s*(?:天|日|个月|年|days?|months?)?\s*(?:-|–|—|~|～|至|到|to)\s*\d{1,3}\s*(?:天|日|个?月|年|days?|months?)?"
    r"|\d{1,3}\s*(?:天|日|个月|年|days?)?\s*(?:以内|以下|以上|及以上|内|\+|and over|or more|over)"
    r"|(?:>|≥|>=|over|超过|大于)\s*\d{1,3}\s*(?:天|日|个月|年|days?)?)",
    re.IGNORECASE,
)
_OF_DOCUMENTS = frozenset({"order_id", "product_name", "product_id", "invoice_id"})
_FEW, _MOST = 2, 300
_LONGEST = 40
_MOST_BESIDE = 4
_FIELD = frozenset(
    map(normal, ("字段", "项目", "名称", "栏目", "field", "item", "name", "key", "属性"))
)


def summary(
    headings: Sequence[str], looks: Mapping[str, Look], sample: Sample
) -> tuple[str, dict[str, Any]] | None:
    """The code and data of why a table is no list of facts; None where it may be one."""
    some = list(headings[:_MOST])
    listed = any(column in _OF_DOCUMENTS for h in some for _, column in columns_known(h))
    ages = [] if listed else [h for h in some if _AGE.fullmatch(h.strip()[:_LONGEST])]
    if len([h for h in ages if h in looks and looks[h].is_number]) >= _FEW:
        return "ageing-report", {"headings": ages}
    if pivoted := [h for h in some if _PIVOT.fullmatch(normal(h))]:
        return "pivot-table", {"headings": pivoted}
    if fields := _on_its_side(some, sample):
        return "table-on-its-side", {"headings": fields}
    if tables := beside.unlike(some):
        return "tables-side-by-side", {"headings": tables[0], "others": tables[1]}
    dated = any(looks[h].is_date for h in some if h in looks) or any(
        column == "ordered_on" for h in some for _, column in columns_known(h)
    )
    if not dated and (long := _only_years(some, sample)):
        return "period-too-long", long
    periods = [] if dated else candidates.periods(looks)
    if len(some) - len(periods) > _MOST_BESIDE and not all(map(candidates.is_period, periods)):
        periods = []  # customers with what they bought by year among much else
    return ("months-as-columns", {"periods": periods}) if periods else None


def _only_years(headings: Sequence[str], sample: Sample) -> dict[str, Any]:
    """The heading of years beside money, and one of them, where no month or day is named."""
    if not any(pair == ("orders", "amount") for h in headings for pair in columns_known(h)):
        return {}
    for heading in headings:
        cells = [text.strip() for row in sample if (text := row.get(heading)) and text.strip()]
        years = sum(bool(IS_YEAR.fullmatch(cell[:_LONGEST])) for cell in cells)
        if YEAR.fullmatch(normal(heading)) and years and years >= len(cells) - 1:
            return {"heading": heading, "example": cells[0]}
    return {}


def _on_its_side(headings: Sequence[str], sample: Sample) -> list[str]:
    """The headings that stand below each other in the first column, beside their values."""
    if not headings or not sample:
        return []
    first, *others = headings
    below = [text.strip() for row in sample if (text := row.get(first)) and text.strip()]
    named = [text for text in (first, *below) if columns_known(text[:_LONGEST])]
    if normal(first) in _FIELD:
        named = [text for text in below if columns_known(text[:_LONGEST])]
    elsewhere = sum(bool(columns_known(heading)) for heading in others)
    enough = len(named) > _FEW and 2 * len(named) > len(below) and elsewhere < _FEW
    return named if enough else []
