"""Whatever the bytes: every row is accounted for, or the file is refused with a worded reason."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st
from messy_files import TODAY

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader
from kefen.wording import catalogue

if TYPE_CHECKING:
    from kefen.ledger.reading.model import Notice

CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    st.sampled_from(
        ["2025-01-03", "45660", "1,234.50", "合计", "Total", "", "-", '"', "\n", "3/1/25"]
    ),
)
HEADINGS = ["订单号", "客户名称", "下单日期", "金额", "备注"]


@settings(max_examples=150)
@example([["", ":"], ["000/0/0"]])
@example([["000"]])
@example([["KES"], ["", "", "USD"]])
@example([["0", "", "", "", ""], ["0", "", "", "0", ""]])
@example([["", "", "合计", "1", ""]])
@given(st.lists(st.lists(CELLS, min_size=1, max_size=7), max_size=12))
def test_every_row_is_taken_or_rejected_or_noticed(table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *table])
    filled = sum(
        any(cell.strip() for cell in row) for row in csv.reader(io.StringIO(text.getvalue()))
    )
    rows = rejections = totals = 0
    source = io.BytesIO(text.getvalue().encode("utf-8", "replace"))
    for chunk in open_reader(source, "orders", today=TODAY).chunks():
        rows += chunk.rows.height
        rejections += len(chunk.rejections)
        totals += sum(map(_left_out, chunk.notices))
        assert all(rejection.code in catalogue() for rejection in chunk.rejections)
    assert rows + rejections + totals == filled - 1


LEFT_OUT = ("-row-skipped", "-row-doubted", "-row-left", "-row-of-currency", "group-row-empty")


def _left_out(notice: Notice) -> int:
    """How many rows a notice says are none: a total, a note, a group's own row, part of another."""
    if notice.code == "order-rows-joined":
        return int(notice.data["rows"])
    if notice.code == "group-rows" or notice.code.startswith("more-"):
        return int(notice.data["count"])
    return int(notice.code.endswith(LEFT_OUT))


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_worded_refusal(content: bytes) -> None:
    refused = None
    try:
        list(open_reader(io.BytesIO(content), today=TODAY).chunks())
    except ReadingError as error:
        refused = error.code
    assert refused is None or refused in catalogue()


@settings(max_examples=100)
@given(st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=6))
def test_any_cells_are_read_for_customers(table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["客户编号", "客户名称", "账期", "信用额度", "生日"], *table])
    source = io.BytesIO(text.getvalue().encode("utf-8", "replace"))
    for chunk in open_reader(source, "customers", today=TODAY).chunks():
        named = chunk.rows["customer_id"].is_not_null() | chunk.rows["customer_name"].is_not_null()
        assert named.all()


ROWS = st.tuples(
    st.sampled_from(["A-1", "A-2", '"A-3"', " A-4", '"A,5"', '5" x', ""]),
    st.sampled_from(["Ann", '"Lee, Bob"', 'the "best"', '"two\nlines"', '"', "=1", "A &amp; B"]),
    st.sampled_from(["2025-01-03", "3/1/2025", "2025年1月3日", '"2025-01-04"', "soon"]),
    st.sampled_from(["12.50", "¥3", '"1,200.00"', "1,200", "free", "-", "0.005"]),
    st.sampled_from(["", "note", "a,b", '"a,b"', '"open', " "]),
).map(",".join)


@settings(max_examples=40)
@given(st.lists(ROWS, min_size=1, max_size=8))
def test_lines_are_cut_alike_in_bulk_and_one_by_one(rows: list[str]) -> None:
    text = "\n".join([",".join(HEADINGS), *rows])

    def found(content: str) -> tuple[list[object], list[object]]:
        chunks = list(open_reader(io.BytesIO(content.encode()), "orders", today=TODAY).chunks())
        taken = [row for chunk in chunks for row in chunk.rows.rows()]
        return taken, [
            (refused.line, refused.code, refused.value)
            for chunk in chunks
            for refused in chunk.rejections
        ]

    assert found(text) == found(f"{text}\n\n")  # a blank line is not cut in bulk
