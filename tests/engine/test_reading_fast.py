"""What is read in bulk is what is read cell by cell: rows, rejections and notices.

No cell here begins with a plain blank: the `csv` module leaves it out of what a rejection shows.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from messy_files import TODAY

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader, quotes, regular, repeated, texts

if TYPE_CHECKING:
    import pytest

HEADINGS = ["order_id", "customer_id", "ordered_on", "amount", "quantity", "category", "note"]
ODD = [
    "",
    "\u3000",
    "-",
    "NULL",
    "无",
    "'7",
    "`7",
    '="7"',
    "&amp;",
    "a  b",
    "\u200b7",
    "7\xa0",
    "〃",
]
WORDS = st.sampled_from(["tools", "办公 用品", "tools, small", 'the "best"', "a\nb", "Total", *ODD])
IDS = st.one_of(
    st.integers(1, 40).map("O{:03}".format),
    st.sampled_from(["Ｏ００１", "\u3000O001", "o001 ", "1.0", "2.02501E+17", "合计", *ODD]),
    st.sampled_from(["13800138000", "138-0013-8000", "0", "N/A", "b/f", "1e5", "A-1.0", "O 01"]),
)
DAYS = st.one_of(
    st.dates().map(str),
    st.sampled_from(["2025-01-03", "2025/1/3", "2025年1月3日", "3/1/25", "13/1/2025", "45660"]),
    st.sampled_from(["２０２５-01-03", "2025-02-30", "soon", "9999-12-31", *ODD]),
    st.sampled_from(["1900-01-01", "1000-01-01", "2025-1-003", "2099-01-01", "114/03/05"]),
)
NUMBERS = st.one_of(
    st.decimals(-9999, 9999, places=2).map(str),
    st.decimals(-(10**7), 10**7, places=2).map("{:,.2f}".format),
    st.decimals(0, 999, places=3).map("({})".format),
    st.sampled_from(["¥5", "12.345", "１２.５", "1.5万", "5-", "1e3", "007", "2盒", "free", *ODD]),
    st.sampled_from(["-0", "+5", "9007199254740993", "99999999999999999999", "1_0", "5.", ".5"]),
)
PLAIN = st.tuples(
    st.integers(1, 40).map("O{:03}".format),
    st.integers(1, 9).map("C{}".format),
    st.dates().map(str),
    st.decimals(0, 9999, places=2).map(str),
    st.integers(1, 9).map(str),
    st.sampled_from(["tools", "tools, small"]),
    st.just("x"),
)
ROWS = st.one_of(PLAIN, PLAIN, PLAIN, st.tuples(IDS, IDS, DAYS, NUMBERS, NUMBERS, WORDS, WORDS))


def read(content: bytes, kind: str) -> Any:
    """All that a file says, or why it is refused."""
    try:
        chunks = list(open_reader(io.BytesIO(content), kind, today=TODAY).chunks())
    except ReadingError as error:
        return error.code, error.data
    return [
        replace(chunk, rows=(dict(chunk.rows.schema), chunk.rows.to_dicts()), totals=None)
        for chunk in chunks
    ]


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes
)
@given(
    st.sampled_from(["orders", "order_lines"]),
    st.lists(ROWS, min_size=4, max_size=24),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2),
)
@example("orders", [("O1", "C1", "2025-01-03", "1.5", "1", "a, b", "x")] * 6, True, True, 0)
@example("order_lines", [("O1", "C1", "2025-01-03", "1.5", "1", "", "")] * 6, False, False, 1)
def test_in_bulk_as_cell_by_cell(
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    rows: list[tuple[str, ...]],
    marked: bool,
    quoted: bool,
    ragged: int,
) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerows(
        [HEADINGS, *rows, *[["O1", "C1"]] * ragged]
    )
    content = text.getvalue().encode("utf-8-sig" if marked else "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(repeated, "_LOOKED_AT", 4)
        patch.setattr(regular, "_LOOKED_AT", 4)
        in_bulk = read(content, kind)
    with monkeypatch.context() as patch:
        patch.setattr(quotes, "cut", lambda *_: None)
        patch.setattr(repeated, "_LOOKED_AT", 10**9)
        patch.setattr(regular.Regular, "of", lambda *_, **__: None)
        patch.setattr(texts, "are_figures", lambda _: False)
        patch.setattr(texts, "PLAIN", r"[^\s\S]")
        by_cell = read(content, kind)
    assert in_bulk == by_cell
