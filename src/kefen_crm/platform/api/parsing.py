"""Reads JSON bodies, refusing what the database could not keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from ninja.parser import Parser

from kefen_crm.platform.api.problems import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest

JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/jsonl", "application/ndjson")
CSV = "text/csv"


class JsonParser(Parser):
    """Ninja's parser, minding the content type and the characters."""

    def parse_body(self, request: HttpRequest) -> Any:
        require_media(request, JSON)
        return parsed(request.body)


def require_media(request: HttpRequest, *known: str) -> str:
    """The content type of the body; 415 when it is not one of these, or the body is packed."""
    packed = request.headers.get("Content-Encoding", "").strip().lower()
    if packed not in ("", "identity"):
        detail = _("A body packed by %(given)s is not understood. Send it as it is.")
        raise Refused(415, "unknown-format", detail % {"given": packed[:40]})
    media = request.content_type or known[0]
    if media not in known:
        detail = _("%(given)s is not understood here. Send %(known)s.") % {
            "given": media, "known": ", ".join(known),
        }  # fmt: skip
        raise Refused(415, "unknown-format", detail)
    return media


def parsed(body: bytes, **reading: Any) -> Any:
    """JSON as Python data; 400 when it is none, or has characters that no text has."""
    try:
        text = body.decode("utf-8-sig")
        data = json.loads(text, parse_constant=_refuse, **reading)
        # Only an escape brings what no text has: half a surrogate pair, or NUL.
        whole = json.dumps(data, ensure_ascii=False).encode() if "\\u" in text else b""
    except (ValueError, RecursionError) as error:
        place = f" ({error.lineno}:{error.colno})" if isinstance(error, _Decode) else ""
        detail = _("The body is not readable as JSON.") + place
        raise Refused(400, "not-readable", detail) from error
    if b"\\u0000" in whole:
        raise Refused(400, "not-readable", _("The body has a NUL character."))
    return data


_Decode = json.JSONDecodeError


def _refuse(constant: str) -> None:
    raise ValueError(constant)
