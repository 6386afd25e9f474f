"""Bodies full of facts: JSON, NDJSON or CSV, as a file the ledger reads."""

from __future__ import annotations

import io
import json
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from kefen_crm.api.parsing import JSON, parsed
from kefen_crm.api.problems import Fault, Refused, pointer

NDJSON = ("application/x-ndjson", "application/jsonl", "application/ndjson")
CSV = "text/csv"
MEDIA = (JSON, *NDJSON, CSV)


class NamedFile(io.BytesIO):
    """Bytes with the name the ledger's history shows."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


def as_file(media: str, body: bytes, name: str) -> NamedFile:
    """The body as a file; CSV as it came, rows of JSON as Parquet whose columns are all text."""
    if not body.strip():
        raise Refused(422, "empty-file", _("There are no facts in the body."))
    if media == CSV:
        return NamedFile(body, name)
    rows = _rows(media, body)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if not columns:
        raise Refused(422, "empty-file", _("There are no facts in the body."))
    texts = {name: [_text(row.get(name)) for row in rows] for name in columns}
    written = NamedFile(b"", name)
    pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String)).write_parquet(written)
    written.seek(0)
    return written


def _rows(media: str, body: bytes) -> list[dict[str, Any]]:
    """Rows with numbers as they were written; further attributes beside the fields."""
    if media == JSON:
        found = _parsed(body)
        if not isinstance(found, list):
            detail = _("The body has to be a list of facts.")
            raise Refused(422, "not-valid", detail, [_fault([], detail)])
    else:
        found = [_parsed(line) for line in body.splitlines() if line.strip()]
    wrong = [place for place, row in enumerate(found) if not isinstance(row, dict)]
    if wrong:
        detail = _("A fact has to be an object.")
        faults = [_fault([place], detail) for place in wrong[:100]]
        raise Refused(422, "not-valid", detail, faults)
    return [_flat(row) for row in found]


def _parsed(text: bytes) -> Any:
    return parsed(text, parse_float=str, parse_int=str)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    further = row.get("attributes")
    if not isinstance(further, dict):
        return row
    return {name: value for name, value in row.items() if name != "attributes"} | further


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _fault(place: list[Any], detail: str) -> Fault:
    return Fault(code="not-valid", detail=detail, part="body", pointer=pointer(place))
