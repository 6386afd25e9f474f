"""What the page of one import shows in each of its states."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kefen_crm.gateway import reading, say_reason
from kefen_crm.gateway.kinds import as_given
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.grading import queries as grading
from kefen_crm.imports import queries, stages
from kefen_crm.imports.forms import MappingForm, ReadingForm, delimiter_titles
from kefen_crm.imports.models import Import
from kefen_crm.platform.numbers import moment
from kefen_crm.platform.paging import Pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    Cells = Mapping[int, Mapping[str, str]]

Status = Import.Status
SHOWN = 20
"""Columns of the sample."""
FAULTS = 10
MENDED = 100
"""Rejected rows that are mended on one page."""
_CONFIDENT = 0.5
_DAMAGED = ("broken-workbook", "broken-parquet")
_SHARED, _KNOWN_DAYS = "codes-of-several-names", "rows-of-known-days"
_WRITTEN = "numbers-written-otherwise"
_OTHERWISE = ("rows-known-without-numbers", "rows-known-as-lines")
_DAY_ORDER, _NEEDS_RATE = "date-order-assumed-", "currency-needs-rate"
_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "gb18030": "GB18030",
    "cp1252": "Windows-1252",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
}


@dataclass(frozen=True)
class Step:
    """One step of the way: `done`, `now` or neither yet."""

    title: str
    state: str


@dataclass(frozen=True)
class Outcome:
    """How many rows fare so; `tone` names the colour, `share` is of all rows of the file."""

    tone: str
    title: str
    hint: str
    count: int
    share: float
    start: float


def kind_title(kind: str) -> str:
    """What people call a kind; nothing while it is not known."""
    return reading.kinds().get(kind, kind)


def steps(record: Import, *, at_columns: bool) -> list[Step]:
    """The way of an import, and where it is."""
    place = {
        Status.UPLOADED: 1,
        Status.CHECKING: 2,
        Status.CHECKED: 2,
        Status.COMMITTING: 3,
        Status.COMMITTED: 4,
        Status.UNDOING: 4,
        Status.UNDONE: 4,
    }.get(Status(record.status), _failed_at(record))
    place = 1 if at_columns else place
    titles = [_("File"), pgettext("step of an import", "Columns"), _("Check"), _("Import")]
    states = ["done" if n < place else "now" if n == place else "" for n in range(len(titles))]
    return [Step(title, state) for title, state in zip(titles, states, strict=True)]


def _failed_at(record: Import) -> int:
    return {"look": 0, Status.CHECKING: 2}.get(record.reason.get("stage", ""), 3)


def read(record: Import, *, columns: bool, form: MappingForm | None) -> dict[str, Any]:
    """Everything the page needs; `columns` asks for the mapping again."""
    may_map = bool(record.preview) and not record.busy and not record.batch_id
    at_columns = may_map and (columns or form is not None or record.status == Status.UPLOADED)
    context: dict[str, Any] = {
        "import": record,
        "kind_title": kind_title(record.kind),
        "steps": steps(record, at_columns=at_columns),
        "reason": say_reason(record.reason) if record.reason else "",
        "may_map": may_map,
        "at_columns": at_columns,
    }
    readable = record.reason.get("code") not in _DAMAGED  # no way of reading mends those
    if record.reason.get("stage") == "look" and record.file and readable:
        context["reading"] = ReadingForm(record)
        context["sheets"] = record.reason["data"].get("sheets") or []
    if at_columns:
        context |= mapping(record, form)
    elif record.busy:
        context |= progress(record)
    elif record.status == Status.CHECKED:
        context |= counted(record)
    elif record.batch_id:
        context |= counted(record) | {"busy_runs": list(grading.busy())}
        context["newest"] = newest_version()
    return context


def progress(record: Import) -> dict[str, Any]:
    """How far the background work is."""
    return {
        "import": record,
        "waiting": queries.waiting(record) or "holder" in record.progress,
        "waits_for": _waits_for(record),
        "stages": stages.stages(record),
        "way": stages.share(record),
        "seconds": record.progress.get("seconds"),
    }


def _waits_for(record: Import) -> str:
    """For whom an import waits, as far as that is known."""
    if holder := record.progress.get("holder"):
        return writer(holder)
    other = queries.ahead(record)
    return _("%(name)s, which is being imported") % {"name": other.name} if other else ""


def writer(holder: dict[str, Any]) -> str:
    """Who has been writing to the ledger, and since when."""
    since = holder.get("since")
    told = {
        "by": holder.get("by") or _("another process"),
        "pid": holder.get("pid") or "?",
        "since": moment(datetime.fromisoformat(since)) if since else "?",
    }
    return _("%(by)s (process %(pid)s), who has been writing since %(since)s") % told


def mapping(record: Import, form: MappingForm | None = None) -> dict[str, Any]:
    """The file as it was understood, and which column each heading stands for."""
    preview = record.preview
    return {
        "import": record,
        "form": form or MappingForm(record),
        "reading": ReadingForm(record),
        "kinds": reading.kinds(),
        "kind_title": kind_title(record.kind),
        "sure": preview["confidence"] >= _CONFIDENT,
        "understood": _understood(preview),
        "assumed": reading.say_briefly(preview.get("notices") or []),
        "question": say_reason(preview["question"]) if preview.get("question") else "",
        "headings": preview["headings"][:SHOWN],
        "sheets_found": _sheets_found(record),
        "sample": [
            [row.get(heading) or "" for heading in preview["headings"][:SHOWN]]
            for row in preview["sample"]
        ],
    }


def _sheets_found(record: Import) -> str:
    """The sheets that are read where none is asked for, as far as that is known."""
    found = [] if record.sheet else record.preview.get("taken") or []
    return _("found: %(value)s") % {"value": ", ".join(found)} if found else _("by the evidence")


def _understood(preview: dict[str, Any]) -> list[tuple[str, str]]:
    delimiters = delimiter_titles()
    encoding = preview["encoding"]
    told = [(_("Format"), preview["format"].upper())]
    if encoding:
        told.append((_("Encoding"), _ENCODINGS.get(encoding, encoding)))
    if preview["delimiter"]:
        told.append((_("Delimiter"), delimiters.get(preview["delimiter"], preview["delimiter"])))
    if len(preview["sheets"]) == 1:
        told.append((_("Sheet"), preview["sheet"]))
    if preview["header_row"]:
        row = _("line %(line)s") % {"line": preview["header_row"]}
        told.append((_("Headings"), row))
    return told


def counted(record: Import) -> dict[str, Any]:
    """What a check or an import counted, what would be stored, and what was rejected."""
    report = record.report
    titles = {one.name: one for one in reading.columns(record.kind)} if record.kind else {}
    names = report.get("columns") or []
    already = queries.landed_as(report.get("already") or "", record)
    notices = report.get("notices") or []
    day_order = next((one for one in notices if one["code"].startswith(_DAY_ORDER)), None)
    known = next((one for one in notices if one["code"] == "known-keys"), None)
    shared = next((one for one in notices if one["code"] == _SHARED), None)
    days = next((one for one in notices if one["code"] == _KNOWN_DAYS), None)
    written = next((one for one in notices if one["code"] == _WRITTEN), None)
    otherwise = next((one for one in notices if one["code"] in _OTHERWISE), None)
    return {
        "outcomes": outcomes(report),
        "read_rows": _all_rows(report),
        "landing": (report.get("added") or 0) + (report.get("replaced") or 0),
        "columns": [titles[name].title if name in titles else _further(name) for name in names],
        "sample": [
            [
                _further_fields(value) if name == "attributes" else _cell(as_given(name, value))
                for name, value in one
            ]
            for one in (zip(names, row, strict=True) for row in report.get("sample") or [])
        ],
        "faults": [
            fault | {"told": reading.say_fault(fault)}
            for fault in report.get("faults", [])[:FAULTS]
        ],
        "more_faults": record.rejected - min(record.rejected, FAULTS),
        "notices": reading.say_briefly(
            notice
            for notice in notices
            if notice not in (day_order, known, shared, days, written, otherwise)
            or record.status != Status.CHECKED
        ),
        "day_order": day_order["data"] if day_order else None,
        "known": known["data"] if known else None,
        "shared": shared["data"] if shared else None,
        "known_days": days["data"] if days else None,
        "written": written["data"] if written else None,
        "otherwise": otherwise["data"] if otherwise else None,
        "unclear": reading.UNCLEAR in (report.get("asks") or ()),
        "foreign": _foreign(report),
        "mendings": (mendings := queries.mendings(record)),
        "mended": any(one.status == Import.Status.COMMITTED for one in mendings),
        "statuses": statuses(record),
        "repeats": repeats(record),
        "already": already,
        "already_batch": report.get("already"),
    }


def _foreign(report: dict[str, Any]) -> dict[str, Any] | None:
    """The base currency, where every row was rejected for being in another one."""
    faults = report.get("faults") or []
    others = report.get("rows") or any(one["code"] != _NEEDS_RATE for one in faults)
    return None if others or not faults else dict(faults[0]["data"])


@dataclass(frozen=True)
class OrderStatus:
    """What orders of a status, or documents of a type, come to, and whether they count."""

    name: str
    rows: int
    money: str
    counts: bool
    known: bool
    asked: bool = False


def statuses(record: Import) -> list[OrderStatus]:
    """Rows and money of every status that a check told."""
    told = reading.OF_STATUSES
    notices = record.report.get("notices") or []
    return [
        OrderStatus(
            one["data"]["status"],
            one["data"]["rows"],
            one["data"]["money"],
            *told[code],
            asked=code == reading.UNCLEAR,
        )
        for one in notices
        if (code := one["code"]) in told
    ]


def repeats(record: Import) -> dict[str, Any]:
    """The first rows that were left out as repeated; whether they are equal lines of orders."""
    rows = record.report.get("repeats") or []
    headings = list(dict.fromkeys(name for row in rows for name in row["row"]))[:SHOWN]
    codes = {notice["code"] for notice in record.report.get("notices") or []}
    return {
        "headings": headings,
        "rows": [
            {"line": row["line"], "cells": [row["row"].get(name) or "" for name in headings]}
            for row in rows
        ],
        "lines": "lines-repeated" in codes and record.status == Status.CHECKED,
    }


def mending(record: Import, number: Any, cells: Cells) -> dict[str, Any]:
    """A page of the rejected rows, each cell to be mended in place; `cells` are mended so far."""
    rows = reading.refused_rows(record.batch_id, None if record.batch_id else record.rejected_path)
    page = Pages(rows, MENDED).get_page(number)
    shown = list(page)
    headings = dict.fromkeys(name for row in shown for name in row.row)
    at_fault = {
        heading for row in shown for heading in (row.heading, *(one.heading for one in row.also))
    }
    mapped = [name for name in headings if name in at_fault or record.mapping.get(name)]
    return {
        "import": record,
        "kind_title": kind_title(record.kind),
        "headings": mapped,
        "rows": [_broken(row, mapped, cells.get(row.line, {})) for row in shown],
        "page": page,
    }


def _broken(row: Any, headings: list[str], mended: Mapping[str, str]) -> dict[str, Any]:
    faults = [row, *row.also]
    wrong = {fault.heading for fault in faults}
    return {
        "line": reading.line_of(row),
        "key": row.line,
        "told": [reading.say_fault({"code": one.code, "data": dict(one.data)}) for one in faults],
        "cells": [
            {
                "heading": name,
                "name": f"cell-{row.line}-{place}",
                "came": row.row.get(name) or "",
                "value": mended.get(name, row.row.get(name) or ""),
                "wrong": name in wrong and name not in mended,
            }
            for place, name in enumerate(headings)
        ],
    }


def _all_rows(report: dict[str, Any]) -> int:
    return int(report.get("rows") or 0) + int(report.get("rejected") or 0)


def outcomes(report: dict[str, Any]) -> list[Outcome]:
    """The rows of the file by what becomes of them."""
    words = {
        "added": (_("New"), _("not in the ledger yet")),
        "replaced": (_("Replaced"), _("known, with other content")),
        "unchanged": (_("Unchanged"), _("known, and the same")),
        "repeated": (_("Repeated"), _("more than once in the file")),
        "rejected": (_("Rejected"), _("cannot be taken")),
    }
    whole = _all_rows(report)
    found, start = [], 0.0
    for name, (title, hint) in words.items():
        count = int(report.get(name) or 0)
        share = count / whole if whole else 0.0
        found.append(Outcome(name, title, hint, count, 100 * share, start))
        start += 100 * share
    return found


def _further(name: str) -> str:
    return _("Further fields") if name == "attributes" else name


def _further_fields(value: Any) -> str:
    """Further fields of a customer, which are stored as one JSON text, as people write them."""
    fields = json.loads(value) if value else {}
    return " · ".join(f"{heading}: {text}" for heading, text in fields.items())


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)
