"""The customer list as a file, streamed row by row."""

from __future__ import annotations

import csv
import tempfile
from typing import TYPE_CHECKING, Any

import xlsxwriter
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from kefen_crm.customers.models import Customer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from kefen_crm.grading.models import Scheme

FIELDS = (
    "code", "name", "contact", "phone", "email", "region", "province", "city", "industry", "size",
    "customer_type", "source_channel", "owner", "credit_limit", "sales", "profit", "orders",
    "recency", "first_order_on", "last_order_on",
)  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_AT_ONCE = 2_000


def response(customers: QuerySet[Customer], schemes: list[Scheme], form: str) -> HttpResponse:
    """A download named by the day; `customers` carry `shown_classes` of `schemes`."""
    name = f"{_('customers')}-{timezone.localdate():%Y%m%d}.{form}"
    rows = _rows(customers, schemes)
    if form == "csv":
        return _csv(rows, name)
    return _xlsx(rows, name)


def _rows(customers: QuerySet[Customer], schemes: list[Scheme]) -> Iterator[list[Any]]:
    meta = Customer._meta  # noqa: SLF001  # Django's documented way to field names
    labels = [str(meta.get_field(field).verbose_name) for field in FIELDS]  # type: ignore[union-attr]
    yield labels + [scheme.title for scheme in schemes]
    titles = {scheme.pk: {one.key: one.title for one in scheme.classes} for scheme in schemes}
    for customer in customers.iterator(chunk_size=_AT_ONCE):
        keys = {one.scheme_id: one.class_key for one in customer.shown_classes}  # type: ignore[attr-defined]
        figures = [getattr(customer, field) for field in FIELDS]
        yield figures + [titles[pk].get(keys.get(pk)) or _("Unrated") for pk in titles]


def _plain(value: object) -> object:
    """Text that a spreadsheet would take for a formula is marked as text."""
    text = "" if value is None else str(value)
    risky = isinstance(value, str) and text.startswith(_FORMULA)
    return f"'{text}" if risky else text


class _Line:
    """A file whose write hands the line back, for `csv.writer`."""

    def write(self, line: str) -> str:
        return line


def _csv(rows: Iterable[list[Any]], name: str) -> HttpResponse:
    writer = csv.writer(_Line())
    lines = ("﻿" * (at == 0) + writer.writerow(map(_plain, row)) for at, row in enumerate(rows))
    stream = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return _named(stream, name)


def _xlsx(rows: Iterable[list[Any]], name: str) -> HttpResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response closes it
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(file, {**options, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_("Customers"))
        sheet.freeze_panes(1, 2)
        bold = book.add_format({"bold": True})
        for at, row in enumerate(rows):
            for place, value in enumerate(row):
                known = value if isinstance(value, int) or hasattr(value, "as_tuple") else None
                style = bold if at == 0 else None
                if known is not None:
                    sheet.write_number(at, place, float(known))
                elif hasattr(value, "year"):
                    sheet.write_datetime(at, place, value)
                elif value not in (None, ""):
                    sheet.write_string(at, place, str(value), style)
        sheet.set_column(0, len(FIELDS), 14)
    file.seek(0)
    return _named(FileResponse(file, content_type=XLSX), name)


def _named(download: Any, name: str) -> HttpResponse:
    download.headers["Content-Disposition"] = content_disposition_header(True, name)
    return download  # type: ignore[no-any-return]
