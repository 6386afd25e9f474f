"""Files of a bucket of Amazon S3, or of what speaks as it does, such as MinIO, OSS, COS or R2.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, signed by
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.sources.base import (
    Asked,
    Fetched,
    Setting,
    Source,
    SourceError,
    ask,
)
from kefen_crm.connectors.sources.listing import changed_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_PAGES: Final = 50
"""Pages of a thousand names each that are looked at."""
REGION: Final = "us-east-1"
NOTHING: Final = hashlib.sha256(b"").hexdigest()


def fetch(asked: Asked) -> Fetched:
    """The files that are not as they were fetched before, by their ETag."""

    def read(key: str, _size: int) -> tuple[str, bytes]:
        return PurePosixPath(key).name, _got(asked, key, {})

    return changed_files(asked, _files(asked), read)


def signed(
    url: str, secret: str, key: str, region: str, at: datetime, more: Mapping[str, str]
) -> dict[str, str]:
    """The headers of a GET as Signature Version 4 asks; `more` are signed as well."""
    parts = urlsplit(url)
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "host": parts.netloc,
        "x-amz-content-sha256": NOTHING,
        "x-amz-date": stamp,
        **{name.lower(): value for name, value in more.items()},
    }
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        [
            "GET",
            parts.path or "/",
            "&".join(sorted(parts.query.split("&"))) if parts.query else "",
            *(f"{name}:{headers[name].strip()}" for name in sorted(headers)),
            "",
            names,
            NOTHING,
        ]
    )
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    derived = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    signature = hmac.digest(derived, to_sign.encode(), "sha256").hex()
    told = f"Credential={key}/{scope},SignedHeaders={names},Signature={signature}"
    del headers["host"]  # the request brings it
    return {**headers, "Authorization": f"AWS4-HMAC-SHA256 {told}"}


def _got(asked: Asked, key: str, query: Mapping[str, str]) -> bytes:
    base = asked.settings["url"].strip().rstrip("/")
    url = f"{base}/{quote(key, safe='/~')}"
    if query:
        url += "?" + "&".join(
            f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in query.items()
        )
    region = asked.settings.get("region", "").strip() or REGION
    headers = signed(url, asked.secret, asked.settings["key"], region, datetime.now(UTC), {})
    return ask("GET", url, headers).body


def _files(asked: Asked) -> Iterator[tuple[str, str, int]]:
    """The key, the mark and the size of each file of the bucket below the prefix."""
    query = {"list-type": "2", "prefix": asked.settings.get("prefix", "").strip()}
    for _page in range(MOST_PAGES):
        listed = _read(_got(asked, "", query))
        for one in listed.findall("{*}Contents"):
            key = one.findtext("{*}Key") or ""
            size = one.findtext("{*}Size") or "0"
            name = PurePosixPath(key).name
            if key and not key.endswith("/") and not name.startswith("."):
                yield key, one.findtext("{*}ETag") or "", int(size) if size.isdecimal() else 0
        following = listed.findtext("{*}NextContinuationToken")
        if listed.findtext("{*}IsTruncated") != "true" or not following:
            return
        query = {**query, "continuation-token": following}


def _read(body: bytes) -> ET.Element:
    if b"<!DOCTYPE" in body[:4096] or b"<!ENTITY" in body:
        raise SourceError("not-read")
    try:
        return ET.fromstring(body)  # noqa: S314  # without a document type there are no entities
    except ET.ParseError:
        raise SourceError("not-read") from None


SOURCE = Source(
    name="s3",
    title="S3",
    text=_("Files of a bucket of Amazon S3, MinIO, OSS, COS and others"),
    icon="bucket",
    fetch=fetch,
    settings=(
        Setting(
            "url",
            _("Address of the bucket"),
            _("With the bucket in the name of the host or as the first part of the path."),
            placeholder="https://bucket.s3.eu-central-1.amazonaws.com",
            url=True,
        ),
        Setting("region", _("Region"), required=False, placeholder=REGION),
        Setting("prefix", _("Begin of the names"), required=False, placeholder="exports/"),
        Setting("key", _("Access key ID")),
    ),
    secret=_("Secret access key"),
)
