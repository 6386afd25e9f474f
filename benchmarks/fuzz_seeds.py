"""Small valid files of every format that Kefen reads, for `fuzz` to damage."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import polars as pl
import xlsxwriter

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

HEADINGS = ["订单号", "客户编号", "客户名称", "下单日期", "金额", "数量", "备注"]
Row = list[Any]


def rows_of(dice: random.Random) -> list[Row]:
    """A few orders, some with blanks."""
    return [
        [
            f"SO{dice.randrange(10**6):06}",
            f"C{dice.randrange(50):03}",
            dice.choice(["明达商贸", "华联", "Acme & Söhne", "永昌"]),
            dt.date(2024, 1, 1) + dt.timedelta(days=dice.randrange(365)),
            round(dice.random() * 10_000, 2),
            dice.randrange(1, 90),
            dice.choice(["", "急", "x" * 40]),
        ]
        for _ in range(dice.randrange(2, 12))
    ]


def csv_file(dice: random.Random) -> bytes:
    delimiter = dice.choice([",", ";", "\t", "|"])
    lines = [HEADINGS, *rows_of(dice)]
    text = "\r\n".join(delimiter.join(str(cell) for cell in line) for line in lines)
    encoding = dice.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
    return text.encode(encoding)


def xlsx_file(dice: random.Random) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        share = book.add_format({"num_format": "0%"})
        for _ in range(dice.randrange(1, 4)):
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, HEADINGS)
            for number, row in enumerate(rows_of(dice), start=1):
                for place, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(
                            number, place, dt.datetime.combine(cell, dt.time()), day
                        )
                    else:
                        sheet.write(number, place, cell)
                sheet.write_formula(number, 8, f"=E{number + 1}*2", share, 2)
            if dice.random() < 0.5:
                sheet.merge_range(1, 3, 2, 3, "2024-05-06")
    return out.getvalue()


def xls_file(dice: random.Random) -> bytes:
    import xlwt

    book = xlwt.Workbook()
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for number in range(dice.randrange(1, 3)):
        sheet = book.add_sheet(f"表{number}")
        for line, row in enumerate([HEADINGS, *rows_of(dice)]):
            for place, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write(line, place, cell, day)
                else:
                    sheet.write(line, place, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods_file(dice: random.Random) -> bytes:
    def cell(value: object) -> str:
        if isinstance(value, dt.date):
            kind = f'office:value-type="date" office:date-value="{value}"'
        elif isinstance(value, int | float):
            kind = f'office:value-type="float" office:value="{value}"'
        else:
            kind = 'office:value-type="string"'
            value = str(value).replace("&", "&amp;")
        return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"

    body = "".join(
        f"<table:table-row>{''.join(cell(value) for value in row)}"
        '<table:table-cell table:number-columns-repeated="3"/></table:table-row>'
        for row in [HEADINGS, *rows_of(dice)]
    )
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces}>'
        f'<office:body><office:spreadsheet><table:table table:name="订单">{body}'
        '<table:table-row table:number-rows-repeated="20"><table:table-cell/></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    return zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def xlsb_file(dice: random.Random) -> bytes:
    """A binary workbook of one sheet: [MS-XLSB] 2.1.7, with its texts in the cells."""
    rows = [HEADINGS, *rows_of(dice)]
    book = (
        _record(131)
        + _record(143)
        + _record(156, struct.pack("<II", 0, 1) + _text("rId1") + _text("订单"))
        + _record(144)
        + _record(132)
    )
    cells = b""
    for number, row in enumerate(rows):
        cells += _record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0))
        for place, value in enumerate(row):
            start = struct.pack("<II", place, 0)
            if isinstance(value, int | float):
                cells += _record(5, start + struct.pack("<d", float(value)))
            else:
                cells += _record(6, start + _text(str(value)))
    extent = struct.pack("<IIII", 0, len(rows) - 1, 0, len(HEADINGS) - 1)
    sheet = _record(129) + _record(148, extent) + _record(145) + cells + _record(146) + _record(130)
    link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    opening = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    links = {
        "_rels/.rels": ("officeDocument", "xl/workbook.bin"),
        "xl/_rels/workbook.bin.rels": ("worksheet", "worksheets/sheet1.bin"),
    }
    related = {
        name: f'{opening}<Relationship Id="rId1" Type="{link}/{kind}" Target="{target}"/>'
        "</Relationships>"
        for name, (kind, target) in links.items()
    }
    return zipped({**related, "xl/workbook.bin": book, "xl/worksheets/sheet1.bin": sheet})


def parquet_file(dice: random.Random) -> bytes:
    frame = pl.DataFrame(rows_of(dice), schema=HEADINGS, orient="row")
    if dice.random() < 0.5:
        frame = frame.with_columns(pl.col("客户名称").cast(pl.Categorical))
    if dice.random() < 0.3:
        frame = frame.with_columns(pl.col("下单日期").cast(pl.Datetime("us", "Asia/Shanghai")))
    if dice.random() < 0.3:
        frame = frame.with_columns(pl.col("金额").cast(pl.Decimal(18, 2)))
    out = io.BytesIO()
    frame.write_parquet(
        out,
        compression=dice.choice(["snappy", "zstd", "uncompressed", "gzip"]),
        use_pyarrow=dice.random() < 0.5,
    )
    return out.getvalue()


def zipped(entries: dict[str, str | bytes]) -> bytes:
    """A ZIP archive of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def _record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(content), b""
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return head + length + content


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


SEEDS: dict[str, Callable[[random.Random], bytes]] = {
    "csv": csv_file,
    "xlsx": xlsx_file,
    "xls": xls_file,
    "xlsb": xlsb_file,
    "ods": ods_file,
    "parquet": parquet_file,
}
