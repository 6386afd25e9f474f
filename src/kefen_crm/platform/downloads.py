"""Rows as a file to download: CSV that Excel opens rightly, or XLSX."""

from __future__ import annotations

import csv
import re
import tempfile
from typing import TYPE_CHECKING, Any

import xlsxwriter
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from kefen_crm.gateway.cells import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NOT_IN_SHEETS = re.compile(r"[\[\]:*?/\\]|^'|'$")


def download(rows: Iterable[list[Any]], title: str, form: str) -> HttpResponse:
    """A file named by `title` and the day; the first row is the heading; `form` is csv or xlsx."""
    name = f"{title}-{timezone.localdate():%Y%m%d}.{form}"
    if form == "csv":
        return _csv(rows, name)
    return _xlsx(rows, title, name)


class _Line:
    """A file whose write hands the line back, for `csv.writer`."""

    def write(self, line: str) -> str:
        return line


def _csv(rows: Iterable[list[Any]], name: str) -> HttpResponse:
    writer = csv.writer(_Line())
    lines = ("\ufeff" * (at == 0) + writer.writerow(map(safe, row)) for at, row in enumerate(rows))
    stream = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return _named(stream, name)


def _xlsx(rows: Iterable[list[Any]], title: str, name: str) -> HttpResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(file, {**options, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_NOT_IN_SHEETS.sub(" ", title)[:31])
        sheet.freeze_panes(1, 2)
        bold = book.add_format({"bold": True})
        width = 0
        for at, row in enumerate(rows):
            width = max(width, len(row))
            for place, value in enumerate(row):
                known = isinstance(value, int | float) or hasattr(value, "as_tuple")
                style = bold if at == 0 else None
                if known:
                    sheet.write_number(at, place, float(value))
                elif hasattr(value, "year"):
                    sheet.write_datetime(at, place, value)
                elif value not in (None, ""):
                    sheet.write_string(at, place, str(value), style)
        sheet.set_column(0, max(width - 1, 0), 14)
    file.seek(0)
    return _named(FileResponse(file, content_type=XLSX), name)


def _named(response: Any, name: str) -> HttpResponse:
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response  # type: ignore[no-any-return]
