"""Facts: read them newest first, send them in bulk."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from django.http import HttpResponse
from ninja import Field, Header, Path, Query, Router, Status

from kefen_crm.customers.queries import visible_to
from kefen_crm.facts.answers import said
from kefen_crm.facts.api.batches import Landed
from kefen_crm.facts.api.bodies import MEDIA, as_file
from kefen_crm.facts.api.writes import Write, write_out
from kefen_crm.facts.models import FactWrite
from kefen_crm.facts.writing import LONGEST_WAIT, Wanted, attend, take
from kefen_crm.gateway import facts
from kefen_crm.gateway.facts import (
    Blanks,
    DateOrder,
    Decimal,
    KnownKeys,
    RepeatedLines,
    SharedCodes,
)
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.platform.api.paging import Known, OfCustomer, Page, after, link, split
from kefen_crm.platform.api.parsing import CSV, JSON, NDJSON, require_media
from kefen_crm.platform.api.problems import MEDIA_TYPE
from kefen_crm.platform.api.values import Day, IdempotencyKey, read_from
from kefen_crm.platform.customer_codes import stepped
from kefen_crm.team.roles import Permit, may, require
from kefen_crm.team.sign_in import Asked

if TYPE_CHECKING:
    from kefen_crm.team.models import User

router = Router(tags=["Facts"])
files = Router(tags=["Facts"])

Kind = StrEnum("Kind", {name: name for name in facts.NAMES})  # type: ignore[misc]

WAIT = re.compile(r"\bwait=([0-9]{1,6})\b")
ROWS = [{"order_id": "SO1", "customer_id": "C0001", "ordered_on": "2025-01-03", "amount": "120"}]
ROW_SCHEMA = {"type": "object", "additionalProperties": True}
FILE = {"type": "string", "format": "binary"}


def described(media: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of an operation, for the description of the API.

    One form of body an operation: generated clients tell forms apart by their type alone.
    """
    return {"requestBody": {"required": True, "content": {media: {"schema": schema, **more}}}}


class FactQuery(OfCustomer):
    since: Day | None = Field(None, description="Of this day or later.")
    until: Day | None = Field(None, description="Before this day.")


StatusCounts = Annotated[str, Field(pattern=r"^.*\S.*=(yes|no)$")]


class SendQuery(Known):
    source: str = Field(
        "API", max_length=120, pattern=r"^[^\x00-\x1f/\\]+$", description="A name for the history."
    )
    encoding: str = Field("", max_length=40, description="Encoding of CSV, such as `gb18030`.")
    delimiter: str = Field("", max_length=5, description="Of CSV: one character, or `tab`.")
    header_row: int | None = Field(None, ge=1, description="Of CSV: the line of the headings.")
    decimal: Decimal | None = Field(None, description="The decimal sign of numbers in text.")
    date_order: DateOrder | None = Field(None, description="Of dates such as 3/4/25.")
    repeated_lines: RepeatedLines | None = Field(
        None, description="Whether equal lines of one order count `once` (default) or `all`."
    )
    known_keys: KnownKeys | None = Field(
        None,
        description="Numbers known of another customer and day: `ask` refuses (default), "
        "`replace` corrects, `new` keeps both.",
    )
    shared_codes: SharedCodes | None = Field(
        None,
        description="Customer codes of several names in the body: `ask` refuses (default), "
        "`one` is one customer, `apart` one of each name.",
    )
    blanks: Blanks | None = Field(
        None, description="Whether empty cells of customers `keep` (default) or `erase`."
    )
    prefix: str = Field("", max_length=20, description="Put before every number.")
    status: list[StatusCounts] = Field(
        [], description="`STATUS=yes` or `STATUS=no`: whether orders of a status are sales."
    )

    def options(self) -> dict[str, Any]:
        """How the body is read and lands, as far as that was said."""
        pairs = [text.rpartition("=") for text in self.status]
        statuses = {name.strip(): answer == "yes" for name, _equals, answer in pairs}
        plain = self.model_dump(exclude={"source", "status"})
        return dict(facts.given(**plain, statuses=statuses or None))


class FactPage(Page[dict[str, Any]]):
    pass


@router.get("/{kind}", response=FactPage, summary="List facts")
def list_facts(
    request: Asked, kind: Kind, query: Query[FactQuery], response: HttpResponse
) -> FactPage:
    """Facts of a kind, newest first; customers and contacts by key. Money is text.

    Representatives see those of their own customers. What was written is read at once: the header
    `Kefen-Ledger-Version` says up to which version.
    """
    read_from(response, newest_version())
    key = after(query.cursor, *facts.key_types(kind.value))
    wanted = facts.Wanted(_codes(request.user, query.customer), query.since, query.until)
    rows, places = facts.page(kind.value, wanted, key, query.limit + 1)
    items, more = split(rows, query.limit)
    return FactPage(items=items, next=link(request, places[query.limit - 1]) if more else None)


Prefer = Annotated[
    str,
    Header(
        alias="Prefer",
        max_length=100,
        description="`wait=10`: wait so many seconds, at most 30, for those before; "
        "`respond-async`: answer 202 at once.",
    ),
]
Key = Annotated[
    str,
    Path(max_length=200, pattern=r"^[^\x00]+$", description="The number of the fact."),
]
ANSWERS: Any = {200: Landed, 201: Landed, 202: Write}


@router.post(
    "/{kind}",
    response=ANSWERS,
    summary="Send facts",
    openapi_extra=described(JSON, {"type": "array", "items": ROW_SCHEMA}, example=ROWS),
)
def send_facts(
    request: Asked,
    kind: Kind,
    query: Query[SendQuery],
    response: HttpResponse,
    idempotency_key: IdempotencyKey = "",
    prefer: Prefer = "",
) -> Any:
    """Land facts of one kind as one batch: up to 32 MiB of JSON; NDJSON and CSV are taken too.

    Fields are the columns of the kind, in English or Chinese. Rows that cannot be taken are
    refused one by one, the others land; a row whose key is known replaces it: the last statement
    about a key holds. The lines of an order are replaced together: send an order with all its
    lines. What changes nothing answers 200 with `already`. Everyone is graded
    afterwards. `notices` tell what was assumed and left out; the query says how to read, where
    the evidence in the body misleads. While others write it is answered 202: kept, and landed in
    its turn; look at the address in `Location`.
    """
    return _sent(request, kind, query, response, idempotency_key, prefer)


@files.post(
    "/{kind}/csv",
    response=ANSWERS,
    summary="Send facts as CSV",
    openapi_extra=described(CSV, {**FILE, "description": "With a heading row."}),
)
def send_csv(
    request: Asked,
    kind: Kind,
    query: Query[SendQuery],
    response: HttpResponse,
    idempotency_key: IdempotencyKey = "",
    prefer: Prefer = "",
) -> Any:
    """The same as sending facts, for programs whose form of body is fixed: CSV."""
    return _sent(request, kind, query, response, idempotency_key, prefer, CSV)


@files.post(
    "/{kind}/ndjson",
    response=ANSWERS,
    summary="Send facts as NDJSON",
    openapi_extra=described(NDJSON[0], {**FILE, "description": "One JSON object a line."}),
)
def send_ndjson(
    request: Asked,
    kind: Kind,
    query: Query[SendQuery],
    response: HttpResponse,
    idempotency_key: IdempotencyKey = "",
    prefer: Prefer = "",
) -> Any:
    """The same as sending facts, for programs whose form of body is fixed: NDJSON."""
    return _sent(request, kind, query, response, idempotency_key, prefer, *NDJSON)


@router.post("/{kind}/{path:key}/cancel", response=ANSWERS, summary="Cancel one fact")
def cancel_fact(
    request: Asked,
    kind: Kind,
    key: Key,
    response: HttpResponse,
    idempotency_key: IdempotencyKey = "",
    prefer: Prefer = "",
) -> Any:
    """Give an order, or the lines of one, the status `cancelled`: it stays and does not count.

    Before a part of the number that has only points stands a `~`: `~..` for `..`.
    """
    wanted = Wanted("cancel", kind.value, stepped(key))
    return _written(request, wanted, response, idempotency_key, prefer)


@router.delete("/{kind}/{path:key}", response=ANSWERS, summary="Remove one fact")
def remove_fact(
    request: Asked,
    kind: Kind,
    key: Key,
    response: HttpResponse,
    idempotency_key: IdempotencyKey = "",
    prefer: Prefer = "",
) -> Any:
    """Take one fact out by its number; of lines, those of one order.

    It is a batch like any other: taking it back brings the fact back. Before a part of the number
    that has only points stands a `~`: `~..` for `..`.
    """
    wanted = Wanted("remove", kind.value, stepped(key))
    return _written(request, wanted, response, idempotency_key, prefer)


def _sent(
    request: Asked,
    kind: Kind,
    query: SendQuery,
    response: HttpResponse,
    key: str,
    prefer: str,
    *forms: str,
) -> Any:
    require(request.user, Permit.IMPORT)
    media = require_media(request, *(forms or MEDIA))
    file = as_file(media, request.body, query.source, kind.value, query.decimal or "")
    wanted = Wanted("send", kind.value, query.source, query.options(), file)
    return _written(request, wanted, response, key, prefer)


def _written(
    request: Asked, wanted: Wanted, response: HttpResponse, key: str, prefer: str
) -> HttpResponse | Status[Any]:
    """The answer to a write: what became of it, or where to look."""
    write, new = take(request.user, wanted, key.strip())
    waits = WAIT.search(prefer)
    seconds = min(int(waits[1]), LONGEST_WAIT) if waits else 0
    write = attend(write, seconds, later="respond-async" in prefer.lower())
    if not new:
        response["Idempotency-Replayed"] = "true"
    if write.status == FactWrite.Status.QUEUED:
        response["Location"] = f"/api/v1/writes/{write.pk}"
        response["Retry-After"] = "1"
        return Status(202, write_out(write))
    answer = said(write)
    if write.status == FactWrite.Status.REFUSED:
        return HttpResponse(
            json.dumps(answer, ensure_ascii=False),
            status=write.code or 500,
            content_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store"},
        )
    response["Location"] = f"/api/v1/batches/{answer['id']}"
    return Status(write.code or 200, answer)


def _codes(user: User, customer: str) -> list[str] | None:
    """The customers whose facts may be read; None for all."""
    if may(user, Permit.SEE_ALL_CUSTOMERS):
        return [customer] if customer else None
    own = visible_to(user)
    if customer:
        own = own.filter(code=customer)
    return list(own.values_list("code", flat=True))
