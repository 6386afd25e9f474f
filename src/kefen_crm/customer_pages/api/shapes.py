"""Customers as the API tells them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

from django.db.models import F, Prefetch
from django.http import Http404
from ninja import Field, Path
from pydantic import BaseModel

from kefen_crm.customers.api_shapes import CustomerFile, customer_file
from kefen_crm.customers.models import Customer, FieldEdit
from kefen_crm.customers.queries import in_reach_of
from kefen_crm.gateway import LAPSED
from kefen_crm.grading.columns import with_classes
from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.team.sign_in import Asked

if TYPE_CHECKING:
    from django.db.models import QuerySet

PAST = ("last_purchase", "past_worth")
FIGURES = ("sales", "profit", "orders", "recency", "first_order_on", "last_order_on")
NAME = "[a-z0-9][a-z0-9_-]*"
Code = Annotated[str, Path(max_length=200, pattern=r"^[^\x00]+$", description="A customer's code.")]
SchemeName = Annotated[str, Path(pattern=f"^{NAME}$", max_length=80)]


class Figures(BaseModel):
    """Of the twelve months before `as_of`; money in base currency, as text that keeps the cents."""

    as_of: date | None
    sales: Decimal | None
    profit: Decimal | None
    orders: int | None
    recency: int | None = Field(description="Days since the last purchase.")
    first_order_on: date | None
    last_order_on: date | None


class Grade(BaseModel):
    """The class of a customer in one scheme; null without one."""

    scheme: str = Field(examples=["abc"])
    class_: str | None = Field(alias="class", examples=["A"])
    state: Literal["rated", "lapsed", "unrated"] = Field(
        description="`lapsed` has bought, but not within the window."
    )
    last_purchase: date | None = Field(description="Of the lapsed.")
    past_worth: str | None = Field(description="Of the lapsed: the sales of all time.")
    title: str | None = Field(description="In the language asked for.", examples=["Class A"])
    score: float | None
    run: int
    computed: str | None = Field(description="The class without a person's decision.")
    held_by: Literal["", "cap", "hysteresis", "override"] = Field(
        description="What holds the class; empty when nothing does."
    )


class Edit(BaseModel):
    """A field that a person wrote; imports leave it alone."""

    field: str = Field(examples=["phone"])
    by: int | None = Field(description="The number of the user.")
    at: datetime
    incoming: str | None = Field(
        description="What imports bring instead, where one of the two is to be chosen."
    )


class MeasuredOut(BaseModel):
    """An indicator of a customer, as the address asked for it."""

    indicator: str = Field(examples=["weighted:growth"])
    value: float | None = Field(description="Null where the customer has none, or none yet.")


class CustomerOut(CustomerFile):
    version: int = Field(description="For `If-Match`; one more with each change but of figures.")
    standing: Literal["facts", "site", "merged", "archived"]
    figures: Figures
    classes: list[Grade]
    edits: list[Edit] = Field(description="The fields that people wrote.")
    indicators: list[MeasuredOut] = Field([], description="Those that a list was asked for.")


def fetched(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Customers with what `customer_out` tells of them."""
    edits = Prefetch("edits", FieldEdit.objects.order_by("field"), to_attr="shown_edits")
    found = with_classes(customers, schemes(), "detail", "score").select_related("owner")
    return found.prefetch_related(edits)


def schemes() -> list[Scheme]:
    """Those that have classes."""
    return list(Scheme.objects.filter(current__isnull=False))


Titles = dict[int, tuple[str, dict[str, str], int | None]]


def titles() -> Titles:
    """Of each scheme its name, the titles of its classes, and the run in force."""
    schemes = Scheme.objects.select_related("current").annotate(force=F("run_in_force__run"))
    return {one.pk: (one.name, {c.key: c.title for c in one.classes}, one.force) for one in schemes}


def one(request: Asked, code: str) -> Customer:
    """The customer of a code, if whoever asks may see it."""
    found = fetched(in_reach_of(request.user).filter(code=code)).first()
    if found is None:
        raise Http404
    return found


def customer_out(customer: Customer, named: Titles) -> CustomerOut:
    """A customer of `fetched` as an answer."""
    figures = {name: getattr(customer, name) for name in FIGURES}
    return CustomerOut(
        **customer_file(customer),
        version=customer.version,
        standing=customer.standing,
        figures=Figures(as_of=customer.figures_as_of, **figures),
        classes=grades(customer, named),
        edits=[
            Edit(field=edit.field, by=edit.by_id, at=edit.at, incoming=edit.incoming)
            for edit in customer.shown_edits  # type: ignore[attr-defined]  # prefetched
        ],
    )


def grades(customer: Customer, named: Titles) -> list[Grade]:
    """Its classes, schemes in the order people meet them."""
    places = list(named)
    shown: list[CustomerClass] = customer.shown_classes  # type: ignore[attr-defined]
    ordered = sorted(shown, key=lambda one: places.index(one.scheme_id))
    return [_grade(one, named) for one in ordered]


def _grade(graded: CustomerClass, named: Titles) -> Grade:
    name, classes, run = named[graded.scheme_id]
    key = None if graded.class_key == LAPSED else graded.class_key
    title = classes.get(key, key) if key else None
    lapsed = graded.class_key == LAPSED
    past = {one: graded.detail.get(one) if lapsed else None for one in PAST}
    state = "rated" if key else "lapsed" if lapsed else "unrated"
    said = {"scheme": name, "class": key, "state": state, "title": title, "score": graded.score}
    computed = None if graded.computed_key == LAPSED else graded.computed_key
    held = {"computed": computed, "held_by": graded.held_by, **past}
    return Grade(**said, **held, run=run)
