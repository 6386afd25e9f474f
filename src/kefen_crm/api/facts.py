"""Facts: read them newest first, send them in bulk."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from ninja import Field, Query, Router, Status

from kefen_crm.api import actions
from kefen_crm.api.batches import Batch, Rejection, counts, rejection
from kefen_crm.api.bodies import CSV, MEDIA, NDJSON
from kefen_crm.api.paging import Known, Page, Paged, after, link, split
from kefen_crm.api.parsing import JSON, require_media
from kefen_crm.api.sign_in import Asked
from kefen_crm.api.values import Day
from kefen_crm.customers.queries import visible_to
from kefen_crm.engine import facts
from kefen_crm.engine.facts import Blanks, DateOrder, Decimal, KnownKeys, RepeatedLines
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from kefen_crm.team.models import User

router = Router(tags=["Facts"])

Kind = StrEnum("Kind", {name: name for name in facts.NAMES})  # type: ignore[misc]

ROWS = [{"order_id": "SO1", "customer_id": "C0001", "ordered_on": "2025-01-03", "amount": "120"}]
ROW_SCHEMA = {"type": "object", "additionalProperties": True}
LINES = {"type": "string", "description": "One JSON object a line."}
BODY = {
    "required": True,
    "content": {
        JSON: {"schema": {"type": "array", "items": ROW_SCHEMA}, "example": ROWS},
        NDJSON[0]: {"schema": LINES},
        CSV: {"schema": {"type": "string", "description": "With a heading row."}},
    },
}


class FactQuery(Paged):
    customer: str = Field(
        "", max_length=120, pattern=r"^[^\x00]*$", description="A customer's code."
    )
    since: Day | None = Field(None, description="Of this day or later.")
    until: Day | None = Field(None, description="Before this day.")


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
    blanks: Blanks | None = Field(
        None, description="Whether empty cells of customers `keep` (default) or `erase`."
    )
    prefix: str = Field("", max_length=20, description="Put before every number.")
    status: list[str] = Field(
        [], description="`STATUS=yes` or `STATUS=no`: whether orders of a status are sales."
    )

    def options(self) -> dict[str, Any]:
        """How the body is read and lands, as far as that was said."""
        pairs = [text.rpartition("=") for text in self.status]
        statuses = {name: answer == "yes" for name, _equals, answer in pairs if name}
        plain = self.model_dump(exclude={"source", "status"})
        return dict(facts.given(**plain, statuses=statuses or None))


class FactPage(Page[dict[str, Any]]):
    pass


class Landed(Batch):
    """The batch, the first of its rejected rows, and what follows from it."""

    rejections: list[Rejection] = Field(description="At most 100; see the batch for all.")
    ignored: list[str] = Field(description="Fields that this kind of fact does not have.")
    runs: list[int] = Field(description="Runs that were queued to grade everyone again.")


@router.get("/{kind}", response=FactPage, summary="List facts")
def list_facts(request: Asked, kind: Kind, query: Query[FactQuery]) -> FactPage:
    """Facts of a kind, newest first; customers and contacts by key. Money is text.

    Representatives see those of their own customers.
    """
    key = after(query.cursor, *facts.key_types(kind.value))
    wanted = facts.Wanted(_codes(request.user, query.customer), query.since, query.until)
    rows, places = facts.page(kind.value, wanted, key, query.limit + 1)
    items, more = split(rows, query.limit)
    return FactPage(items=items, next=link(request, places[query.limit - 1]) if more else None)


@router.post(
    "/{kind}",
    response={200: Landed, 201: Landed},
    summary="Send facts",
    openapi_extra={"requestBody": BODY},
)
def send_facts(
    request: Asked, kind: Kind, query: Query[SendQuery], response: HttpResponse
) -> Status[Landed]:
    """Land facts of one kind as one batch: up to 32 MiB of JSON, NDJSON or CSV.

    Fields are the columns of the kind, in English or Chinese. Rows that cannot be taken are
    refused one by one, the others land; a row whose key is known replaces it. The same content
    again changes nothing and answers 200 with `already`. Everyone is graded afterwards.
    `notices` tell what was assumed and left out; the query says how to read, where the evidence
    in the body misleads.
    """
    require(request.user, Permit.IMPORT)
    media = require_media(request, *MEDIA)
    loaded, runs = actions.load_facts(
        request.user, kind.value, media, request.body, query.source, query.options()
    )
    landed = Landed(
        **counts(loaded.batch),
        rejections=[rejection(one) for one in loaded.rejections],
        ignored=loaded.ignored,
        runs=[run.pk for run in runs],
    )
    response["Location"] = f"/api/v1/batches/{landed.id}"
    return Status(200 if landed.already else 201, landed)


def _codes(user: User, customer: str) -> list[str] | None:
    """The customers whose facts may be read; None for all."""
    if may(user, Permit.SEE_ALL_CUSTOMERS):
        return [customer] if customer else None
    own = visible_to(user)
    if customer:
        own = own.filter(code=customer)
    return list(own.values_list("code", flat=True))
