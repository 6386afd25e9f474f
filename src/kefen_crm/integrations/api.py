"""What changed since the last time: customers, current classes, runs; for copies kept elsewhere."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router
from pydantic import BaseModel

from kefen_crm.customers.api_shapes import CustomerFile, customer_file
from kefen_crm.customers.models import Customer
from kefen_crm.gateway import LAPSED
from kefen_crm.grading.api.runs import Count, Reason, run_out
from kefen_crm.grading.api.schemes import NAMED
from kefen_crm.grading.models import CustomerClass, Run, Scheme
from kefen_crm.grading.queries import ledger_version_in_force
from kefen_crm.integrations import feed
from kefen_crm.platform.api.paging import LIMIT, Known
from kefen_crm.platform.api.values import read_from
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Changes"], by_alias=True)

MOST = 5_000
FIGURES = ("sales", "profit", "orders", "first_order_on", "last_order_on")
PAST = ("last_purchase", "past_worth")
T = TypeVar("T")
D = TypeVar("D")


class ChangesQuery(Known):
    changed_since: str = Field(
        "",
        max_length=2000,
        description="From the answer before; empty begins with everything there is.",
    )
    limit: int = Field(LIMIT, ge=1, le=MOST, description="How many changes at most.")


class ClassChangesQuery(ChangesQuery):
    scheme: Annotated[str, Field(pattern=NAMED, max_length=80)] | None = Field(
        None, description="One scheme only; the cursor holds for it alone."
    )


class Changed(BaseModel, Generic[T, D]):
    """Changes in the order in which they were made; take out `deleted`, then put in `items`."""

    items: list[T] = Field(description="As they are now, whether new or changed.")
    deleted: list[D] = Field(description="What is no more; it may never have been told of.")
    more: bool = Field(description="Whether to ask again at once.")
    changed_since: str = Field(description="Ask with it next time; keep it, never make one up.")


class ChangedFigures(BaseModel):
    """Of twelve months; money in base currency, as text that keeps the cents."""

    sales: Decimal | None
    profit: Decimal | None
    orders: int | None
    first_order_on: date | None
    last_order_on: date | None


class CustomerChange(CustomerFile):
    """A customer without what moves on every day by itself and without its classes."""

    figures: ChangedFigures


class ClassKey(BaseModel):
    """What a class is known by."""

    customer: str = Field(examples=["C0001"])
    scheme: str = Field(examples=["abc"])


class ClassChange(ClassKey):
    """The class a customer has now in a scheme; null without one."""

    class_: str | None = Field(alias="class", examples=["A"])
    state: Literal["rated", "lapsed", "unrated"]
    score: float | None
    computed: str | None = Field(description="The class without a person's decision.")
    held_by: Literal["", "cap", "hysteresis", "override"]
    last_purchase: date | None = Field(description="Of the lapsed.")
    past_worth: str | None = Field(description="Of the lapsed: the sales of all time.")


class RunChange(BaseModel):
    """A run, as the list of runs has it, without its progress."""

    id: int
    scheme: str
    version: int | None
    shadow: bool
    status: Literal["queued", "running", "finished", "failed"]
    as_of: date | None
    ledger_version: int | None
    reason: Reason | None
    counts: list[Count] | None
    duration: float | None
    created: datetime
    finished: datetime | None


class ChangedCustomers(Changed[CustomerChange, str]):
    pass


class ChangedClasses(Changed[ClassChange, ClassKey]):
    pass


class ChangedRuns(Changed[RunChange, int]):
    pass


@router.get("/customers", response=ChangedCustomers, summary="Customers that changed")
def list_changed_customers(
    request: Asked, query: Query[ChangesQuery], response: HttpResponse
) -> ChangedCustomers:
    """Customers that are new, changed or gone since a cursor; none is passed over.

    What is still being written is told later. A cursor that no longer holds is refused with 410:
    start anew without one. For those who may see all customers.
    """
    found = _found(request, response, feed.CUSTOMERS, query)
    rows = Customer.objects.select_related("owner").in_bulk(found.rows)
    return ChangedCustomers(
        items=[_customer(rows[key]) for key in found.rows if key in rows],
        deleted=[key for key, _scheme in found.deleted],
        **_end(found),
    )


@router.get("/classes", response=ChangedClasses, summary="Current classes that changed")
def list_changed_classes(
    request: Asked, query: Query[ClassChangesQuery], response: HttpResponse
) -> ChangedClasses:
    """The class that customers have now in each scheme, where it is another since a cursor.

    A run that leaves class, score and reasons as they were changes nothing here.
    """
    scheme = query.scheme and get_object_or_404(Scheme, name=query.scheme).pk
    found = _found(request, response, feed.CLASSES, query, scheme or None)
    rows = CustomerClass.objects.select_related("customer", "scheme").in_bulk(found.rows)
    return ChangedClasses(
        items=[_class(rows[key]) for key in found.rows if key in rows],
        deleted=[ClassKey(customer=key, scheme=name) for key, name in found.deleted],
        **_end(found),
    )


@router.get("/runs", response=ChangedRuns, summary="Runs that changed")
def list_changed_runs(
    request: Asked, query: Query[ChangesQuery], response: HttpResponse
) -> ChangedRuns:
    """Runs that are new, at work, done or removed since a cursor; progress is no change."""
    found = _found(request, response, feed.RUNS, query)
    rows = Run.objects.select_related("version__scheme", "by").in_bulk(found.rows)
    shown = [run_out(rows[key], request.user).model_dump() for key in found.rows if key in rows]
    return ChangedRuns(
        items=[RunChange.model_validate(_aliased(one)) for one in shown],
        deleted=[int(key) for key, _scheme in found.deleted],
        **_end(found),
    )


def _found(
    request: Asked,
    response: HttpResponse,
    source: feed.Source,
    query: ChangesQuery,
    scheme: int | None = None,
) -> feed.Changes:
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    read_from(response, ledger_version_in_force())
    return feed.changes(source, query.changed_since, query.limit, scheme)


def _end(found: feed.Changes) -> dict[str, Any]:
    return {"more": found.more, "changed_since": found.end.written()}


def _customer(customer: Customer) -> CustomerChange:
    figures = {name: getattr(customer, name) for name in FIGURES}
    return CustomerChange(
        **customer_file(customer),
        figures=ChangedFigures(**figures),
    )


def _class(graded: CustomerClass) -> ClassChange:
    lapsed = graded.class_key == LAPSED
    key = None if lapsed else graded.class_key
    said: dict[str, Any] = {"class": key, "state": _state(key, lapsed=lapsed)}
    said |= {name: graded.detail.get(name) if lapsed else None for name in PAST}
    return ClassChange(
        customer=graded.customer.code,
        scheme=graded.scheme.name,
        score=graded.score,
        computed=None if graded.computed_key == LAPSED else graded.computed_key,
        held_by=graded.held_by,
        **said,
    )


def _state(key: str | None, *, lapsed: bool) -> str:
    return "rated" if key else "lapsed" if lapsed else "unrated"


def _aliased(run: dict[str, Any]) -> dict[str, Any]:
    """A run with its counts by the names they go out by."""
    counts = run["counts"]
    named = counts and [{**one, "class": one["class_"]} for one in counts]
    return {**run, "counts": named}
