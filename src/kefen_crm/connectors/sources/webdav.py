"""A folder of a WebDAV server (RFC 4918), such as Nextcloud, ownCloud or 坚果云."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree as ET

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.sources.base import (
    Asked,
    Fetched,
    Setting,
    Source,
    SourceError,
    ask,
    basic,
)
from kefen_crm.connectors.sources.listing import changed_files

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAV: Final = "{DAV:}"
_WANTED: Final = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<propfind xmlns="DAV:"><prop><getetag/><getlastmodified/><getcontentlength/><resourcetype/>'
    b"</prop></propfind>"
)
MULTI_STATUS: Final = 207


def fetch(asked: Asked) -> Fetched:
    """The files of the folder that are not as they were fetched before, by their ETag or time."""
    url = asked.settings["url"].rstrip("/") + "/"
    headers = basic(asked.settings.get("user", ""), asked.secret) if asked.secret else {}
    told = {**headers, "Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
    answer = ask("PROPFIND", url, told, _WANTED)

    def read(place: str, _size: int) -> tuple[str, bytes]:
        name = PurePosixPath(unquote(place)).name
        return name, ask("GET", urljoin(url, place), headers).body

    return changed_files(asked, _files(answer.body, url), read)


def _files(body: bytes, url: str) -> Iterator[tuple[str, str, int]]:
    """The path, the mark and the size of each file of a folder."""
    if b"<!DOCTYPE" in body[:4096] or b"<!ENTITY" in body:
        raise SourceError("not-read")
    try:
        read = ET.fromstring(body)  # noqa: S314  # without a document type there are no entities
    except ET.ParseError:
        raise SourceError("not-read") from None
    own = urlsplit(url).path
    for one in read.iter(f"{_DAV}response"):
        place = urlsplit(one.findtext(f"{_DAV}href") or "").path
        name = PurePosixPath(unquote(place)).name
        folder = one.find(f".//{_DAV}resourcetype/{_DAV}collection") is not None
        below = unquote(place).startswith(unquote(own))
        if folder or not name or name.startswith(".") or not below:
            continue
        mark = one.findtext(f".//{_DAV}getetag") or one.findtext(f".//{_DAV}getlastmodified") or ""
        size = one.findtext(f".//{_DAV}getcontentlength") or "0"
        yield place, mark, int(size) if size.isdecimal() else 0


SOURCE = Source(
    name="webdav",
    title="WebDAV",
    text=_("Files of a folder of Nextcloud, ownCloud, 坚果云 and others"),
    icon="cloud-down",
    fetch=fetch,
    settings=(
        Setting("url", _("Address of the folder"), placeholder="https://", url=True),
        Setting("user", _("User name"), required=False),
    ),
    secret=_("Password of the app"),
    secret_required=False,
)
