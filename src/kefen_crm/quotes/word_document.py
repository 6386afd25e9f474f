"""A quote as a DOCX document, which says the same as the PDF."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import docx
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from kefen_crm.quotes.document import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docx.document import Document
    from docx.table import _Cell

    from kefen_crm.quotes.models import Quote

MEDIA: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LATIN, CHINESE = "Calibri", "Microsoft YaHei"
"""Fonts that a reader's machine has or puts another in place of."""
LANGUAGES: Final = {"zh": "zh-CN", "en": "en-US"}
WIDTHS: Final = (1.0, 6.6, 2.2, 2.5, 2.5, 2.7)
"""Of the columns of the table, in centimetres; the page has 17.5."""
_MARGIN, _GREY = 1.75, RGBColor(0x66, 0x66, 0x66)
_NUMBERS_FROM = 2
RIGHT = WD_ALIGN_PARAGRAPH.RIGHT


def download(quote: Quote) -> HttpResponse:
    """A download of a quote as DOCX."""
    response = HttpResponse(content(quote), content_type=MEDIA)
    name = f"{quote.number} {quote.customer.name}.docx"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def content(quote: Quote) -> bytes:
    """A quote as the bytes of a DOCX file."""
    told = words_of(quote)
    page = docx.Document()
    _set_up(page, told["lang"])
    properties = page.core_properties
    properties.title, properties.author = f"{told['title']} {quote.number}", told["head"]["name"]
    properties.created = properties.modified = quote.sent_at or quote.made_at
    _letterhead(page, told["head"])
    title = page.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(title, told["title"], size=16, bold=True)
    for left, right in told["facts"]:
        line = page.add_paragraph(f"{left}\t{right}" if right else left)
        line.paragraph_format.tab_stops.add_tab_stop(Cm(sum(WIDTHS)), WD_TAB_ALIGNMENT.RIGHT)
    _table(page, told["heading"], told["rows"])
    for one in told["totals"]:
        line = page.add_paragraph()
        line.alignment = RIGHT
        _write(line, one["text"], bold=one["strong"])
    for text in filter(None, (told["terms"], told["bank"])):
        page.add_paragraph().paragraph_format.space_before = Pt(6)
        for part in text.splitlines():
            page.add_paragraph(part)
    _signs(page, told["signs"])
    stream = io.BytesIO()
    page.save(stream)
    return stream.getvalue()


def _set_up(page: Document, lang: str) -> None:
    """A4, margins, fonts and the language of the text."""
    section = page.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(_MARGIN)
    section.top_margin = section.bottom_margin = Cm(2)
    style: Any = page.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(10.5)
    style.paragraph_format.space_after = Pt(2)
    properties = style.element.get_or_add_rPr()
    properties.rFonts.set(qn("w:eastAsia"), CHINESE)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), LANGUAGES["en"])
    language.set(qn("w:eastAsia"), LANGUAGES["zh"])
    if lang == "en":
        language.set(qn("w:eastAsia"), LANGUAGES["en"])
    properties.append(language)


def _letterhead(page: Document, head: dict[str, Any]) -> None:
    """The company at the head of every page, above a line."""
    header = page.sections[0].header
    first = header.paragraphs[0]
    _write(first, head["name"], size=15, bold=True)
    last = first
    for text in filter(None, head["lines"]):
        last = header.add_paragraph()
        _write(last, text, size=9).font.color.rgb = _GREY
    border = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "4"), ("color", "999999")):
        line.set(qn(f"w:{name}"), value)
    border.append(line)
    last._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001  # python-docx has no borders
        border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _table(page: Document, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """What is offered; the heading is repeated on the pages that follow."""
    table = page.add_table(rows=1, cols=len(heading))
    table.style, table.autofit = "Table Grid", False
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001  # as above
    _fill(table.rows[0].cells, heading, bold=True)
    for row in rows:
        _fill(table.add_row().cells, row)
    page.add_paragraph()


def _fill(cells: Sequence[_Cell], texts: Sequence[str], *, bold: bool = False) -> None:
    for at, (cell, text, width) in enumerate(zip(cells, texts, WIDTHS, strict=True)):
        cell.width = Cm(width)
        _write(cell.paragraphs[0], text, bold=bold)
        if at >= _NUMBERS_FROM:
            cell.paragraphs[0].alignment = RIGHT


def _signs(page: Document, signs: Sequence[str]) -> None:
    """Room for both to sign."""
    page.add_paragraph().paragraph_format.space_before = Pt(18)
    table = page.add_table(rows=1, cols=len(signs))
    for cell, text in zip(table.rows[0].cells, signs, strict=True):
        _write(cell.paragraphs[0], text).font.color.rgb = _GREY


def _write(paragraph: Any, text: str, *, size: float = 0, bold: bool = False) -> Any:
    """Add text to a paragraph; gives it, to be dressed further."""
    run = paragraph.add_run(text)
    run.bold = bold or None
    if size:
        run.font.size = Pt(size)
    return run
