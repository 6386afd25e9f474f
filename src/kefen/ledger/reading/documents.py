"""Refuses what is no table by its first bytes, and calls it by its true name."""

from __future__ import annotations

import re

from kefen.errors import ReadingError

_DOCUMENTS = {
    b"{\\rtf": "RTF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\x00": "TIFF",
    b"\x1f\x8b": "GZIP",
    b"BZh91AY": "BZIP2",
    b"\xfd7zXZ": "XZ",
    b"Rar!\x1a": "RAR",
    b"7z\xbc\xaf": "7-Zip",
    b"PK\x05\x06": "ZIP",
    b"PK\x07\x08": "ZIP",
    b"SQLite format 3": "SQLite",
    b"%!PS": "PostScript",
    b"BEGIN:VCARD": "vCard",
    b"BEGIN:VCALENDAR": "iCalendar",
    b"\x00\x01\x00\x00Standard": "Access",
    b"Obj\x01": "Avro",
    b"ARROW1": "Arrow",
}
_FIELD = re.compile(rb"[A-Za-z-]{2,40}: ")
_MAIL = re.compile(rb"^(?:mime-version|content-type): ", re.IGNORECASE | re.MULTILINE)
"""A web archive (MHT) or a message begins with fields; one of them says so."""
_JSON = re.compile(rb"\{\s*[\"}]|\[\s*[\[{\"\]]")


def refuse_documents(start: bytes, name: str) -> None:
    """ReadingError `web-page` or `not-this-format` where the first bytes show what it is."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:4].lower().startswith((b"<", b"%pdf")) or (_FIELD.match(text) and _MAIL.search(text)):
        raise ReadingError("web-page", name=name)
    found = next((what for mark, what in _DOCUMENTS.items() if start.startswith(mark)), None)
    if found is None and _JSON.match(text):
        found = "JSON"
    if found:
        raise ReadingError("not-this-format", name=name, format=found)
