"""The parts of an XLSX package: which XML belongs to which sheet, and how its cells are shown."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from typing import IO
from xml.etree import ElementTree as ET

from kefen.extraction.formats import struck_styles, telling_formats
from kefen.extraction.survey import LONGEST_CELL, Looks

DAMAGED = (
    *(EOFError, NotImplementedError, OSError, RuntimeError, ValueError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What reading a damaged ZIP archive raises."""
_LARGEST_INDEX = 32 << 20
_PIECE = 1 << 20
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


class TextTooLongError(Exception):
    """One text of the shared texts is longer than any cell can hold."""


class Package:
    """An XLSX file by its parts. What cannot be made out is left out: calamine will judge it."""

    def __init__(self, path: str) -> None:
        self.archive = zipfile.ZipFile(path)
        self._names = {name.casefold(): name for name in self.archive.namelist()}
        self.main = self._main()
        self.sheets: dict[str, str] = {}
        never_calculated = False
        self.from_1904 = False
        try:
            book = ET.fromstring(self._read(self.main))  # noqa: S314
            never_calculated = any(
                entry.get("fullCalcOnLoad") in ("1", "true") for entry in book.iterfind("{*}calcPr")
            )
            self.from_1904 = any(
                entry.get("date1904") in ("1", "true") for entry in book.iterfind("{*}workbookPr")
            )
            self.sheets = self._parts(book)
        except (KeyError, ET.ParseError, ValueError, OSError, zipfile.BadZipFile):
            pass
        self.looks = Looks(self._formats(), never_calculated, self._struck())

    def unnamed(self) -> list[str]:
        """The parts that look like sheets and belong to none that is named."""
        folder = self._beside("worksheets/").casefold()
        parts = [name for key, name in self._names.items() if key.startswith(folder)]
        known = set(self.sheets.values())
        return [name for name in parts if name.endswith(".xml") and name not in known]

    def open(self, part: str) -> IO[bytes]:
        """The XML of a part."""
        return self.archive.open(part)

    def check_texts(self) -> None:
        """Raises TextTooLongError where a shared text has no end."""
        name = self._names.get(self._beside("sharedStrings.xml").casefold())
        if name is None or self.archive.getinfo(name).file_size < LONGEST_CELL:
            return
        with self.archive.open(name) as stream:
            since = 0
            while piece := stream.read(_PIECE):
                last = piece.rfind(b"</")
                since = since + len(piece) if last < 0 else len(piece) - last
                if since > LONGEST_CELL:
                    raise TextTooLongError

    def _main(self) -> str:
        try:
            root = ET.fromstring(self._read("_rels/.rels"))  # noqa: S314
        except (KeyError, ET.ParseError, ValueError, OSError, zipfile.BadZipFile):
            return "xl/workbook.xml"
        for entry in root.iterfind("{*}Relationship"):
            if entry.get("Type", "").endswith("/officeDocument"):
                return entry.get("Target", "").lstrip("/")
        return "xl/workbook.xml"

    def _beside(self, name: str) -> str:
        return posixpath.join(posixpath.dirname(self.main), name)

    def _parts(self, book: ET.Element) -> dict[str, str]:
        folder, file = posixpath.split(self.main)
        links = ET.fromstring(self._read(f"{folder}/_rels/{file}.rels"))  # noqa: S314
        targets = {
            link.get("Id", ""): link.get("Target", "") for link in links.iterfind("{*}Relationship")
        }
        found = {}
        for sheet in book.iterfind("{*}sheets/{*}sheet"):
            target = targets.get(sheet.get(_ID) or sheet.get(_STRICT_ID) or "", "")
            whole = target if target.startswith("/") else posixpath.join(folder, target)
            part = self._names.get(posixpath.normpath(whole).lstrip("/").casefold())
            if part:
                found[sheet.get("name", "")] = part
        return found

    def _formats(self) -> dict[str, str]:
        try:
            return telling_formats(self._read(self._beside("styles.xml")))
        except (KeyError, ET.ParseError, ValueError, OSError, zipfile.BadZipFile):
            return {}

    def _struck(self) -> frozenset[str]:
        try:
            return struck_styles(self._read(self._beside("styles.xml")))
        except (KeyError, ET.ParseError, ValueError, OSError, zipfile.BadZipFile):
            return frozenset()

    def _read(self, name: str) -> bytes:
        with self.archive.open(self._names[name.casefold()]) as stream:
            content = stream.read(_LARGEST_INDEX + 1)
        if len(content) > _LARGEST_INDEX:
            raise ValueError(name)
        return content
