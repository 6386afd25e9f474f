"""A file behind an address: an export of a program, or a Google Sheet shared by its link."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.sources.base import Asked, Fetched, Setting, Source, got

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHEET = re.compile(r"https://docs\.google\.com/spreadsheets/d/(?P<id>[\w-]+)")
_SUFFIXES = {
    "text/csv": ".csv",
    "text/plain": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.apache.parquet": ".parquet",
}


def fetch(asked: Asked) -> Fetched:
    """The file, unless it is the one that was fetched last."""
    headers = {"Authorization": f"Bearer {asked.secret}"} if asked.secret else {}
    if etag := asked.cursor.get("etag"):
        headers["If-None-Match"] = etag
    answer, last = got(exported(asked.settings["url"]), headers)
    digest = hashlib.sha256(answer.body).hexdigest()
    if answer.status == 304 or digest == asked.cursor.get("digest"):
        return Fetched(cursor=dict(asked.cursor))
    cursor = {"digest": digest}
    if etag := answer.headers.get("etag"):
        cursor["etag"] = etag
    name = _name(answer.headers, last)
    return Fetched(files=[(name, answer.body)], cursor=cursor)


def exported(url: str) -> str:
    """Where the CSV of a Google Sheet is, for the address that a browser shows; others as they are.

    https://developers.google.com/sheets: `/export?format=csv&gid=` gives one sheet.
    """
    found = _SHEET.match(url)
    if not found or "/export" in url or "/pub" in url:
        return url
    parts = urlsplit(url)
    gid = (parse_qs(parts.fragment).get("gid") or parse_qs(parts.query).get("gid") or ["0"])[0]
    return f"https://docs.google.com/spreadsheets/d/{found['id']}/export?format=csv&gid={gid}"


def _name(headers: Mapping[str, str], url: str) -> str:
    disposition = headers.get("content-disposition", "")
    plain = re.search(r"filename\*=UTF-8''([^;]+)", disposition)
    quoted = re.search(r'filename="?([^";]+)"?', disposition)
    name = unquote(plain[1]) if plain else quoted[1] if quoted else ""
    name = PurePosixPath(name or unquote(urlsplit(url).path)).name or "file"
    if PurePosixPath(name).suffix:
        return name
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return name + _SUFFIXES.get(kind, ".csv")


SOURCE = Source(
    name="address",
    title=_("A file behind an address"),
    text=_("CSV or Excel that a program exports, or a Google Sheet shared by its link"),
    icon="link",
    fetch=fetch,
    settings=(Setting("url", _("Address"), placeholder="https://", url=True),),
    secret=_("Token"),
    secret_help=_("Sent as a bearer token; leave it empty where none is needed."),
    secret_required=False,
)
