"""Rows as a file: CSV that Excel opens rightly, or XLSX."""

from __future__ import annotations

import csv
import io
import itertools
import re
import tempfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import xlsxwriter
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from kefen_crm.gateway.cells import safe_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import IO

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576
"""Rows that a sheet of Excel holds."""
_AT_ONCE = 500
"""Rows of a CSV file that are written together."""
_NOT_IN_SHEETS = re.compile(r"[\[\]:*?/\\]|^'|'$")


def name_of(title: str, form: str, at: datetime) -> str:
    """What a file of that time is called."""
    return f"{title}-{timezone.localdate(at):%Y%m%d}.{form}"


def download(rows: Iterable[list[Any]], title: str, form: str) -> HttpResponse:
    """A file named by `title` and the day; the first row is the heading; `form` is csv or xlsx."""
    name = name_of(title, form, timezone.now())
    if form == "csv":
        stream = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
        return _named(stream, name)
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    _workbook(rows, title, file)
    file.seek(0)
    return _named(FileResponse(file, content_type=XLSX), name)


def write(rows: Iterable[list[Any]], title: str, form: str, path: Path) -> None:
    """Write what `download` gives to a file."""
    if form == "csv":
        with path.open("w", encoding="utf-8", newline="") as text:
            text.writelines(_lines(rows))
    else:
        with path.open("wb") as file:
            _workbook(rows, title, file)


def _lines(rows: Iterable[list[Any]]) -> Iterator[str]:
    """The text of a CSV file, some rows at a time."""
    yield "\ufeff"
    remaining = iter(rows)
    while part := [safe_row(row) for row in itertools.islice(remaining, _AT_ONCE)]:
        text = io.StringIO()
        csv.writer(text).writerows(part)
        yield text.getvalue()


def _workbook(rows: Iterable[list[Any]], title: str, file: IO[bytes]) -> None:
    """Write an XLSX file; what does not fit on a sheet goes on the next under the same heading."""
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    remaining = iter(rows)
    heading = next(remaining, [])
    name = _NOT_IN_SHEETS.sub(" ", title)[:28]
    with xlsxwriter.Workbook(file, {**options, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True})
        money = book.add_format({"num_format": "#,##0.00"})
        for number in itertools.count(1):
            sheet = book.add_worksheet(f"{name} {number}" if number > 1 else name)
            sheet.freeze_panes(1, 2)
            sheet.set_column(0, max(len(heading) - 1, 0), 14)
            for place, value in enumerate(heading):
                sheet.write_string(0, place, str(value), bold)
            count = 0
            for count, row in enumerate(itertools.islice(remaining, MOST_ROWS - 1), 1):
                for place, value in enumerate(row):
                    _put(sheet, count, place, value, money)
            if count < MOST_ROWS - 1:
                return


def _put(sheet: Worksheet, row: int, place: int, value: Any, money: Format) -> None:
    if isinstance(value, Decimal):
        sheet.write_number(row, place, float(value), money)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, float(value))
    elif hasattr(value, "year"):
        sheet.write_datetime(row, place, value)
    elif value not in (None, ""):
        sheet.write_string(row, place, str(value))


def _named(response: Any, name: str) -> HttpResponse:
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response  # type: ignore[no-any-return]
