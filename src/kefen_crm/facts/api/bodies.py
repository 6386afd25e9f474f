"""Bodies full of facts: JSON, NDJSON or CSV, as a file the ledger reads."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from kefen_crm.gateway import facts
from kefen_crm.platform.api.parsing import CSV, JSON, NDJSON, parsed
from kefen_crm.platform.api.problems import Fault, Refused, pointer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MEDIA = (JSON, *NDJSON, CSV)


_DENSE = 8
"""Cells of a table for each value sent, at most; rows of differing fields would need more."""
_MOST_FIELDS = 1_000
_CHUNK_CELLS = 1_000_000
_MOST_FAULTS = 100


_DAY = re.compile(r"[12][0-9]{7}")
_EXPONENT = re.compile(r"(?i)e[+-]?0*[0-9]{1,2}$")
_NUMBERS = ("money", "number", "integer")
_THOUSANDS = 3


class Number(str):
    """A number of a JSON body as it was written: its point stands before decimals."""

    __slots__ = ()


class NamedFile(io.BytesIO):
    """Bytes with the name the ledger's history shows, and the fields that were left out.

    `table`: they are a Parquet file of texts, made here.
    """

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name
        self.ignored: list[str] = []
        self.table = False


def as_file(media: str, body: bytes, name: str, kind: str, decimal: str = "") -> NamedFile:
    """The body as a file; CSV as it came, rows of JSON as Parquet whose columns are all text.

    Its size is in proportion to the body, however the fields of the rows differ. `decimal` is the
    sign that numbers in texts are said to have.
    """
    if not body.strip():
        raise Refused(422, "empty-file", _("There are no facts in the body."))
    if media == CSV:
        return NamedFile(body, name)
    rows = _rows(media, body, kind)
    counts = Counter(name for row in rows for name in row)
    if not counts:
        raise Refused(422, "empty-file", _("There are no facts in the body."))
    written = NamedFile(b"", name)
    written.table = True
    columns = _columns(counts, len(rows), kind)
    if len(columns) < len(counts):
        rare = counts.keys() - set(columns)
        if kind == "customers":
            rows = [_folded(row, rare) for row in rows]
            columns = list(dict.fromkeys([*columns, "attributes"]))
        else:
            written.ignored = [name for name in counts if name in rare]
    _write(written, rows, {name: facts.type_of(kind, name) for name in columns}, decimal)
    written.seek(0)
    return written


def _columns(counts: Counter[str], height: int, kind: str) -> list[str]:
    """The fields that become columns: all, or those that are known or that many rows have."""
    dense = height * len(counts) <= _DENSE * counts.total() + _CHUNK_CELLS
    if dense and len(counts) <= _MOST_FIELDS:
        return list(counts)
    kept = [
        name
        for name, count in counts.most_common()
        if count * _DENSE >= height or facts.knows(kind, name)
    ]
    chosen = set(kept[:_MOST_FIELDS])
    return [name for name in counts if name in chosen]


def _folded(row: dict[str, Any], rare: Collection[str]) -> dict[str, Any]:
    """The row with its rare fields as one document of attributes, as the ledger keeps them."""
    further = {name: _text(value) for name, value in row.items() if name in rare}
    kept = {name: value for name, value in row.items() if name not in rare}
    if not further:
        return kept
    if (own := kept.get("attributes")) is not None:
        further = {"attributes": _text(own), **further}
    return kept | {"attributes": json.dumps(further, ensure_ascii=False)}


def _write(
    file: NamedFile, rows: list[dict[str, Any]], types: dict[str, str], decimal: str
) -> None:
    columns = list(types)
    schema = pa.schema([(name, pa.string()) for name in columns])
    size = max(1, _CHUNK_CELLS // len(columns))
    with pq.ParquetWriter(file, schema) as writer:
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            texts = {
                name: [_cell(row.get(name), types[name], decimal) for row in part]
                for name in columns
            }
            writer.write_table(pa.table(texts, schema=schema))


def _rows(media: str, body: bytes, kind: str) -> list[dict[str, Any]]:
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
    found = [_flat(row) for row in found]
    faults = list(islice(_wrong_values(found, kind), _MOST_FAULTS))
    if faults:
        raise Refused(422, "not-valid", faults[0].detail, faults)
    return found


def _wrong_values(rows: list[dict[str, Any]], kind: str) -> Iterator[Fault]:
    """A fault for each value of a column that is no single value, or of a type that is not its.

    As text it would land as a number or a name of its own.
    """
    for place, row in enumerate(rows):
        for name, value in row.items():
            if not isinstance(value, dict | list | bool | Number) or name == "attributes":
                continue
            if not (type_ := facts.type_of(kind, name)):
                continue
            if isinstance(value, Number):
                if type_ != "date" or _DAY.fullmatch(value):
                    continue
                detail = _("%(name)s has to be a date such as 2026-01-31, not a number.")
            elif isinstance(value, bool):
                if type_ == "boolean":
                    continue
                detail = _("%(name)s has to be a text or a number, not true or false.")
            else:
                detail = _("%(name)s has to be a single value, not a list or an object.")
            yield _fault([place, name], detail % {"name": name})


def _parsed(text: bytes) -> Any:
    return parsed(text, parse_float=Number, parse_int=Number)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    further = row.get("attributes")
    if not isinstance(further, dict):
        return row
    return {name: value for name, value in row.items() if name != "attributes"} | further


def _cell(value: Any, type_: str, decimal: str) -> str | None:
    """A value as a text that is read as what it means, whatever its neighbours are."""
    if not isinstance(value, Number) or type_ not in _NUMBERS:
        return _text(value)
    text = str(value)
    if _EXPONENT.search(text):
        text = format(Decimal(text), "f")
    whole, point, parts = text.partition(".")
    if len(parts) == _THOUSANDS:  # 1.500 could be thousands, 1.5000 could not
        parts += "0"
    return whole + ("," if point and decimal == "," else point) + parts


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _fault(place: list[Any], detail: str) -> Fault:
    return Fault(code="not-valid", detail=detail, part="body", pointer=pointer(place))
