"""Customers: the site's list, one of them, their classes and why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Query
from pydantic import BaseModel

from kefen_crm.customer_pages.api.known_classes import unknown_names
from kefen_crm.customer_pages.api.measured import indicators_of, measured_pages
from kefen_crm.customer_pages.api.routes import router
from kefen_crm.customer_pages.api.shapes import (
    NAME,
    Code,
    CustomerOut,
    Grade,
    SchemeName,
    customer_out,
    fetched,
    grades,
    one,
    titles,
)
from kefen_crm.customer_pages.filters import CustomerFilter
from kefen_crm.customers.queries import in_reach_of
from kefen_crm.gateway.explaining import explanation
from kefen_crm.grading.models import CustomerClass
from kefen_crm.grading.queries import ledger_version_in_force
from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.platform.api.problems import Fault, Refused, pointer
from kefen_crm.platform.api.values import TOOL, Day, read_from
from kefen_crm.team.sign_in import Asked

NUMBER = r"(-?[0-9]{1,15}(\.[0-9]{1,6})?)?"
PLAIN = r"^[^\x00]*$"

OfClass = Annotated[str, Field(pattern=f"^{NAME}:~?[A-Za-z0-9_-]+$", max_length=200)]
OfCell = Annotated[str, Field(pattern=f"^{NAME}:([rfm][0-9])+$", max_length=200)]
OfScore = Annotated[str, Field(pattern=f"^{NAME}:{NUMBER}-{NUMBER}$", max_length=200)]
OfMove = Annotated[
    str, Field(pattern=f"^{NAME}:(up|down|~?[A-Za-z0-9_-]*>~?[A-Za-z0-9_-]*)$", max_length=200)
]
OfHold = Annotated[str, Field(pattern=f"^{NAME}:(cap|hysteresis|override)$", max_length=200)]
Month = Annotated[str, Field(pattern="^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$", max_length=200)]


class CustomerQuery(Paged):
    """The filters of the customer list on the site; several narrow each other."""

    q: str = Field(
        "", max_length=200, pattern=PLAIN, description="Name, code, phone, pinyin, order number."
    )
    class_: list[OfClass] = Field(
        [],
        alias="class",
        description="`scheme:class`; `none` is unrated, `~lapsed` lapsed. Classes of one scheme "
        "widen the list.",
        examples=[["abc:A"]],
    )
    cell: list[OfCell] = Field([], description="Scores of RFM.", examples=[["rfm:r5f4"]])
    score: list[OfScore] = Field(
        [],
        description="`scheme:from-to`; either may be left out.",
        examples=[["weighted:60-80"]],
    )
    moved: list[OfMove] = Field(
        [], description="Since the run before: `up`, `down`, `from>to`.", examples=[["abc:B>A"]]
    )
    held: list[OfHold] = Field([], description="What holds the class.", examples=[["abc:override"]])
    bought: list[Month] = Field([], description="Bought in a month.", examples=[["2025-11"]])
    silent: str = Field(
        "", pattern=r"^([0-9]{1,3}(\.[0-9])?)?$", description="Silent for so many usual intervals."
    )
    tag: list[Annotated[str, Field(pattern="^([0-9]{1,18}|none)$")]] = Field(
        [], description="The number of a tag, several widen the list; `none`: without tags."
    )
    picked: str = Field(
        "", pattern="^([0-9]{1,18})?$", description="Added by hand to the view of this number."
    )
    standing: Literal["", "site", "archived", "merged", "all"] = Field(
        "", description="Empty: those in the facts or typed in on the site."
    )
    edits: Literal["", "any", "choose"] = Field(
        "", description="Of whom people wrote fields; `choose`: where imports bring something else."
    )
    region: str = Field("", max_length=120, pattern=PLAIN)
    province: str = Field("", max_length=120, pattern=PLAIN)
    industry: str = Field("", max_length=120, pattern=PLAIN)
    size: str = Field("", max_length=120, pattern=PLAIN)
    customer_type: str = Field("", max_length=120, pattern=PLAIN)
    source_channel: str = Field("", max_length=120, pattern=PLAIN)
    owner: str = Field("", pattern="^([0-9]{1,9}|null)?$", description="A user's id; `null`: none.")
    sales_min: Decimal | None = Field(None, max_digits=18, description="Sales of 12 months.")
    sales_max: Decimal | None = Field(None, max_digits=18, description="Sales of 12 months.")
    measure: str = Field(
        "",
        max_length=200,
        pattern=PLAIN,
        description="`scheme:indicator` of the run in force or `~:indicator`, for the bounds that "
        "follow and for `sort`.",
        examples=["weighted:growth"],
    )
    indicator: list[Annotated[str, Field(max_length=200, pattern=PLAIN)]] = Field(
        [],
        max_length=10,
        description="`scheme:indicator` of the run in force or `~:indicator` as it was asked for "
        "(`GET /indicators`): told of each customer.",
        examples=[["weighted:growth"]],
    )
    sort: Literal["", "measure", "-measure"] = Field(
        "", description="By the indicator in `measure`, `-` the most first; empty: by code."
    )
    measure_min: Decimal | None = Field(None, max_digits=18)
    measure_max: Decimal | None = Field(None, max_digits=18)
    last_from: Day | None = Field(None, description="Last purchase on this day or later.")
    last_to: Day | None = Field(None, description="Last purchase on this day or earlier.")


class CustomerPage(Page[CustomerOut]):
    pass


class Step(BaseModel):
    """One step of the arithmetic: a code with its numbers, and the same in words."""

    code: str = Field(examples=["explain-cut"])
    data: dict[str, Any]
    text: str = Field(examples=["Sales 8,000 is 80 % of all."])


class Explanation(BaseModel):
    """Why a customer has its class, and what is missing to the next better one."""

    customer: str
    scheme: str
    run: int
    as_of: date
    class_: str | None = Field(alias="class")
    title: str | None
    score: float | None
    cut: Any = Field(description="The bound the score reached; null where no number decides.")
    steps: list[Step]
    next_class: str | None
    next_title: str | None
    to_next: list[Step]
    notes: list[Step]


@router.get("", response=CustomerPage, summary="List customers", openapi_extra=TOOL)
def list_customers(
    request: Asked, query: Query[CustomerQuery], response: HttpResponse
) -> CustomerPage:
    """Customers you may see, by code. Representatives see their own.

    The header `Kefen-Ledger-Version` says of which version of the facts figures and classes are.
    """
    read_from(response, ledger_version_in_force())
    customers = filtered(request, request.GET)
    if query.sort:
        found, key_of = measured_pages(customers, query.measure, query.sort, query.cursor)
    else:
        found, key_of = customers.order_by("code"), lambda each: [each.code]
        if key := after(query.cursor, str):
            found = found.filter(code__gt=key[0])
    items, more = split(list(fetched(found)[: query.limit + 1]), query.limit)
    named = titles()
    values = indicators_of([each.code for each in items], query.indicator)
    return CustomerPage(
        items=[
            customer_out(each, named).model_copy(update={"indicators": values[each.code]})
            for each in items
        ],
        next=link(request, key_of(items[-1])) if more else None,
    )


@router.get(
    "/{code:code}/classes",
    response=list[Grade],
    summary="Classes of a customer",
    openapi_extra=TOOL,
)
def list_customer_classes(request: Asked, code: Code, response: HttpResponse) -> list[Grade]:
    """The class a customer has now in each scheme."""
    read_from(response, ledger_version_in_force())
    named = titles()
    return grades(one(request, code), named)


@router.get(
    "/{code:code}/classes/{scheme}/explanation",
    response=Explanation,
    summary="Why a customer has its class",
    openapi_extra=TOOL,
)
def explain_class(request: Asked, code: Code, scheme: SchemeName) -> Explanation:
    """The arithmetic from the value to the class, and the way to the next better class."""
    customer = one(request, code)
    graded = get_object_or_404(
        CustomerClass.objects.select_related("scheme__run_in_force__run"),
        customer=customer,
        scheme__name=scheme,
    )
    found = explanation(customer.code, graded.run.engine_id)
    return Explanation(
        customer=customer.code, scheme=scheme, run=graded.run.pk, as_of=graded.run.as_of, **found
    )


def filtered(request: Asked, given: QueryDict) -> Any:
    """The customers of the site's own filters; what they cannot read is refused."""
    params = QueryDict(mutable=True)
    for name in given:
        if name not in {"limit", "cursor", "sort", "indicator"}:
            params.setlist(name, given.getlist(name))
    if unknown := list(unknown_names(params)):
        raise Refused(422, "not-valid", unknown[0].detail, unknown)
    chosen = CustomerFilter(params, queryset=in_reach_of(request.user), request=request)
    errors = chosen.form.errors.as_data()
    if errors:
        faults = [
            Fault(code="not-valid", detail=text, part="query", pointer=pointer([name]))
            for name, listed in errors.items()
            for error in listed
            for text in error.messages
        ]
        raise Refused(422, "not-valid", _("Some values are missing or not valid."), faults)
    return chosen.qs
