"""Who is in which class of a run: in pages, or all of it as NDJSON or CSV; and who moved."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Annotated, Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router
from ninja.responses import NinjaJSONEncoder
from pydantic import BaseModel

from kefen_crm.gateway import LAPSED, retention
from kefen_crm.gateway.comparing import comparison
from kefen_crm.gateway.filters import UNRATED
from kefen_crm.gateway.members import moved
from kefen_crm.grading import queries
from kefen_crm.grading.api.runs import Id, finished
from kefen_crm.grading.models import Run
from kefen_crm.grading.tables import Rows, abc_table
from kefen_crm.platform.api.paging import Known, Page, Paged, after, link, split
from kefen_crm.platform.api.parsing import CSV, JSON, NDJSON
from kefen_crm.platform.api.problems import Fault, Refused, pointer
from kefen_crm.platform.api.values import TOOL
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Runs"], by_alias=True)

KEY = "^~?[A-Za-z0-9_-]*$"
FIELDS = (
    "customer", "name", "class", "state", "score", "rank", "value",
    "cumulative_value", "cumulative_share", "cumulative_customers_share",
)  # fmt: skip
AT_ONCE = 5_000


class Member(BaseModel):
    """A customer in a run, as in the ABC table; ranks and shares are null without a class."""

    customer: str = Field(examples=["C0001"])
    name: str | None
    class_: str | None = Field(alias="class")
    state: str = Field(description="`rated`, `lapsed` or `unrated`.", examples=["rated"])
    score: float | None
    rank: int | None
    value: Decimal | None
    cumulative_value: Decimal | None
    cumulative_share: float | None
    cumulative_customers_share: float | None


class MemberPage(Page[Member]):
    pass


class Move(BaseModel):
    """A customer not in the class of the run before.

    Null is unrated, `~lapsed` lapsed, `absent` not in that run.
    """

    customer: str
    name: str | None
    from_: str | None = Field(alias="from")
    to: str | None
    value_from: Decimal
    value_to: Decimal


class MovePage(Page[Move]):
    pass


class Cell(BaseModel):
    from_: str | None = Field(alias="from")
    to: str | None
    customers: int
    value_from: Decimal
    value_to: Decimal


class Direction(BaseModel):
    customers: int
    value_from: Decimal
    value_to: Decimal


class Comparison(BaseModel):
    """Who went where between two runs, and the money with them."""

    before: int
    after: int
    same_classes: bool = Field(description="Only then is there an up and a down.")
    stable: float | None = Field(description="Share of those rated twice who kept their class.")
    psi: float | None = Field(description="Population stability index of the classes' shares.")
    text: str
    matrix: list[Cell]
    directions: dict[str, Direction]


class MemberQuery(Paged):
    class_: str = Field(
        "", alias="class", pattern=KEY, max_length=80, description="`~lapsed`; `none`: unrated."
    )


Since = Annotated[int, Field(ge=1, le=2**62)] | None
SINCE = "The run before; by default the one before this of the same scheme."


class SinceQuery(Known):
    since: Since = Field(None, description=SINCE)


class MovedQuery(Paged):
    since: Since = Field(None, description=SINCE)


EXPORTS = {
    "responses": {
        200: {
            "content": {
                NDJSON[0]: {"schema": {"type": "string"}},
                CSV: {"schema": {"type": "string"}},
            }
        }
    }
}


@router.get(
    "/{int:run_id}/classes",
    response=MemberPage,
    summary="Classes of a run",
    openapi_extra=EXPORTS,
)
def list_classes(
    request: Asked, run_id: Id, query: Query[MemberQuery]
) -> MemberPage | HttpResponseBase:
    """Every customer with its class, most valuable first, those without one last.

    `Accept: application/x-ndjson` or `text/csv` streams all of it at once, without pages.
    """
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    rows = abc_table(finished(run_id), request.GET)
    form = request.get_preferred_type([JSON, *NDJSON, CSV])
    if form in NDJSON or form == CSV:
        require(request.user, Permit.EXPORT)
        return _streamed(rows, form)
    start = _start(query.cursor)
    items, more = split(rows[start : start + query.limit + 1], query.limit)
    return MemberPage(
        items=[Member(**_member(row)) for row in items],
        next=link(request, [start + query.limit]) if more else None,
    )


@router.get(
    "/{int:run_id}/comparison", response=Comparison, summary="Compare two runs", openapi_extra=TOOL
)
def compare_runs(request: Asked, run_id: Id, query: Query[SinceQuery]) -> Comparison:
    """How customers moved from an earlier run to this one."""
    before, run = _pair(request, run_id, query.since)
    found = comparison(before.engine_id, run.engine_id)
    return Comparison(before=before.pk, after=run.pk, **found)


@router.get(
    "/{int:run_id}/comparison/moved", response=MovePage, summary="Who moved", openapi_extra=TOOL
)
def list_moved(request: Asked, run_id: Id, query: Query[MovedQuery]) -> MovePage:
    """The customers who are not in the class of the run before, most money moved first."""
    before, run = _pair(request, run_id, query.since)
    start = _start(query.cursor)
    found = moved(before.engine_id, run.engine_id).slice(start, query.limit + 1).to_dicts()
    items, more = split(found, query.limit)
    following = {"since": before.pk}
    return MovePage(
        items=[Move(**_move(row)) for row in items],
        next=link(request, [start + query.limit], following) if more else None,
    )


def _pair(request: Asked, run_id: int, since: int | None) -> tuple[Run, Run]:
    """The run before, as asked for or the one just before, and the run itself."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    run = finished(run_id)
    if since is None:
        others = queries.comparable(run)
        if not others:
            raise Refused(409, "nothing-to-compare", _("There is no other run of this scheme."))
        return others[0], run
    before = Run.objects.filter(pk=since, status=Run.Status.FINISHED).first()
    if before is None:
        detail = _("There is no finished run %(run)s.") % {"run": since}
        fault = Fault(code="unknown-run", detail=detail, part="query", pointer=pointer(["since"]))
        raise Refused(422, "unknown-run", detail, [fault])
    retention.compared(before.engine_id, run.engine_id)
    return before, run


def _start(cursor: str) -> int:
    """Where a page begins. A run never changes, so a place in it is a key."""
    key = after(cursor, int)
    return max(0, min(key[0], 2**31)) if key else 0


def _member(row: dict[str, Any]) -> dict[str, Any]:
    key = row["class"]
    state = "unrated" if key is None else "lapsed" if key == LAPSED else "rated"
    said = {"customer": row["customer_id"], "class": None if key == LAPSED else key, "state": state}
    return said | {name: row[name] for name in FIELDS if name not in said}


def _move(row: dict[str, Any]) -> dict[str, Any]:
    sides = {side: None if row[side] == UNRATED else row[side] for side in ("from", "to")}
    return {**row, **sides, "customer": row["customer_id"]}


def _streamed(rows: Rows, form: str) -> StreamingHttpResponse:
    def all_rows() -> Iterator[dict[str, Any]]:
        for start in range(0, len(rows), AT_ONCE):
            for row in rows[start : start + AT_ONCE]:
                member = _member(row)
                yield {name: member[name] for name in FIELDS}

    lines = _csv(all_rows()) if form == CSV else _ndjson(all_rows())
    charset = "; charset=utf-8" if form == CSV else ""
    return StreamingHttpResponse(lines, content_type=form + charset)


def _ndjson(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, cls=NinjaJSONEncoder, ensure_ascii=False) + "\n"


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Lines of CSV, the values as they are: this is read by programs, not by a spreadsheet."""
    line = io.StringIO()
    writer = csv.writer(line)
    for values in chain([FIELDS], (row.values() for row in rows)):
        writer.writerow(values)
        yield line.getvalue()
        line.seek(0)
        line.truncate()
