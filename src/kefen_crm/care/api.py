"""Care for programs: what was planned by each rule and what was done, and what comes next.

The rules themselves are rules of the kind `care`.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import BaseModel, Field

from kefen_crm.care import queries
from kefen_crm.care.models import Care
from kefen_crm.care.permits import SEE
from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.api.paging import Known, OfCustomer, Page, newest
from kefen_crm.platform.api.values import Code
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Care"])


class CareOut(BaseModel):
    """An occasion of a customer, and what was made for it: a task, a message, or why neither."""

    id: int
    customer: str
    contact: str
    rule: str
    occasion: Literal[
        "birthday", "holiday", "anniversary", "new_product", "after_purchase", "silent"
    ]
    day: date
    due_on: date
    class_key: str
    task: int | None
    message: int | None
    state: str = Field(description="Of the task or the message; empty where neither was made.")
    why: str = Field(description="Why neither was made, such as `late` or `no-consent`.")


class CarePage(Page[CareOut]):
    pass


class CareDoneOut(BaseModel):
    """What a rule planned in a year, and what was done; money in the base currency."""

    rule: str
    in_force: bool
    planned: int
    done_in_time: int
    done_late: int
    open: int
    open_late: int
    skipped: int
    sent: int
    waiting: int
    not_sent: int
    not_made: int
    minutes: int
    money: int


class CareOfCustomer(Known):
    customer: Code


class CareComingOut(BaseModel):
    """An occasion that comes, and what will be made for it."""

    rule: str
    occasion: str
    contact: int | None
    day: date
    due_on: date
    how: Literal["task", "message"]


@router.get("", response=CarePage, summary="List care")
def list_care(request: Asked, query: Query[OfCustomer]) -> CarePage:
    """Occasions of customers whom you see, the newest first."""
    require(request.user, SEE)
    found = queries.cares_for(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    items, last = newest(request, found, query)
    return CarePage(items=[_told(one) for one in items], next=last)


@router.get("/rules", response=list[CareDoneOut], summary="Care planned and done")
def list_care_done(request: Asked) -> list[CareDoneOut]:
    """By rule, over a year, of customers whom you see."""
    require(request.user, SEE)
    return [
        CareDoneOut(
            rule=one.name,
            in_force=one.in_force,
            planned=one.planned,
            done_in_time=one.in_time,
            done_late=one.late,
            open=one.open,
            open_late=one.open_late,
            skipped=one.skipped,
            sent=one.sent,
            waiting=one.waiting,
            not_sent=one.lost,
            not_made=one.not_made,
            minutes=one.minutes,
            money=one.money,
        )
        for one in queries.by_rule(request.user)
    ]


@router.get("/coming", response=list[CareComingOut], summary="Care that comes next")
def list_care_coming(request: Asked, query: Query[CareOfCustomer]) -> list[CareComingOut]:
    """Of one customer, in the next 60 days, the soonest first."""
    require(request.user, SEE)
    customer = get_object_or_404(visible_to(request.user), code=query.customer)
    return [
        CareComingOut(
            rule=one.rule.name,
            occasion=one.rule.occasion,
            contact=one.contact,
            day=one.day,
            due_on=one.due,
            how=one.rule.how,
        )
        for one in queries.coming(customer)
    ]


def _told(one: Care) -> CareOut:
    state = one.task.state if one.task else one.message.state if one.message else ""
    return CareOut(
        id=one.pk,
        customer=one.customer.code,
        contact=one.contact.name if one.contact else "",
        rule=one.rule,
        occasion=one.occasion,
        day=one.day,
        due_on=one.due_on,
        class_key=one.class_key,
        task=one.task_id,
        message=one.message_id,
        state=state,
        why=one.why,
    )
