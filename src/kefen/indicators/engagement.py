"""Engagement indicators (互动指标): how a customer and we talk, and what they told us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.indicators.base import Provider
from kefen.indicators.provider_indicators import days_ago, given, inside, means, ratio
from kefen.indicators.terms import COMPLAINT, INCOMING, INQUIRY, RESOLVED

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger
    from kefen.period import Window

_KEY: Final = "customer_id"


def _contacts(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """Interactions of the window; those we began tell whether the customer answers."""
    talk = inside(ledger.table("interactions"), "happened_on", window, as_of)
    asked = talk.responded.notnull() & ~means(talk.direction, INCOMING)
    totals = talk.group_by(_KEY).aggregate(
        interactions=talk.count(),
        inquiries=means(talk.type, INQUIRY).cast("int64").sum(),
        last=talk.happened_on.max(),
        asked=asked.cast("int64").sum(),
        answered=(asked & talk.responded.fill_null(False)).cast("int64").sum(),
    )
    return totals.select(
        _KEY,
        "interactions",
        "inquiries",
        days_since_contact=days_ago(as_of, totals.last),
        response_rate=ratio(totals.answered, totals.asked),
    )


def _complaints(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """Complaints of the window, and how they stand on the as-of date."""
    told = inside(ledger.table("feedback"), "given_on", window, as_of)
    told = told.filter(means(told.type, COMPLAINT))
    settled = _settled(told, as_of)
    totals = told.group_by(_KEY).aggregate(
        complaints=told.count(), resolved=settled.cast("int64").sum()
    )
    return totals.select(
        _KEY,
        "complaints",
        open_complaints=totals.complaints - totals.resolved,
        resolved_complaints=totals.resolved,
        resolution_rate=ratio(totals.resolved, totals.complaints),
    )


def _settled(told: ir.Table, as_of: date) -> Any:
    """Resolved before the as-of date; without a day, as the status says now."""
    by_day = (told.resolved_on < as_of).fill_null(False)
    return ibis.ifelse(told.resolved_on.notnull(), by_day, means(told.status, RESOLVED))


def _scores(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """The newest score; of several on one day the lowest."""
    told = inside(ledger.table("feedback"), "given_on", window, as_of)
    told = told.filter(told.score.notnull())
    aged = told.select(
        _KEY, newest=ibis.struct({"age": days_ago(as_of, told.given_on), "score": told.score})
    )
    totals = aged.group_by(_KEY).aggregate(newest=aged.newest.min())
    return totals.select(_KEY, satisfaction=totals.newest["score"])


_CONTACTS: Final = Provider("engagement.contacts", _contacts, alone=True)
_COMPLAINTS: Final = Provider("engagement.complaints", _complaints, alone=True)
_TALK: Final = {"interactions": ("happened_on",)}
_TOLD: Final = {"feedback": ("given_on", "type", "status", "resolved_on")}

INDICATORS: Final = (
    given(
        _CONTACTS,
        "interactions",
        ("互动次数", "Interactions"),
        "count",
        ("窗口内互动记录数", "interactions in the window"),
        _TALK,
        higher=True,
        absent=0,
    ),
    given(
        _CONTACTS,
        "inquiries",
        ("询价次数", "Inquiries"),
        "count",
        ("窗口内方式为询价或咨询的互动数", "interactions of type inquiry in the window"),
        {"interactions": ("happened_on", "type")},
        higher=True,
        absent=0,
    ),
    given(
        _CONTACTS,
        "days_since_contact",
        ("距上次互动天数", "Days since last contact"),
        "days",
        ("截止日 − 窗口内最近一次互动日", "as-of date − last interaction in the window"),
        _TALK,
        higher=False,
    ),
    given(
        _CONTACTS,
        "response_rate",
        ("回应率", "Response rate"),
        "ratio",
        (
            "我方发起且知道有无回应的互动中，客户有回应的占比",
            "of interactions we began and know the outcome of, the share the customer answered",
        ),
        {"interactions": ("happened_on", "direction", "responded")},
        higher=True,
    ),
    given(
        _COMPLAINTS,
        "complaints",
        ("投诉次数", "Complaints"),
        "count",
        ("窗口内投诉数", "complaints in the window"),
        _TOLD,
        higher=False,
        absent=0,
    ),
    given(
        _COMPLAINTS,
        "open_complaints",
        ("未解决投诉", "Open complaints"),
        "count",
        (
            "窗口内的投诉中截止日前未解决的",
            "complaints of the window that are not resolved before the as-of date",
        ),
        _TOLD,
        higher=False,
        absent=0,
    ),
    given(
        _COMPLAINTS,
        "resolved_complaints",
        ("已解决投诉", "Resolved complaints"),
        "count",
        (
            "窗口内的投诉中截止日前已解决的",
            "complaints of the window that are resolved before the as-of date",
        ),
        _TOLD,
        higher=None,
        absent=0,
    ),
    given(
        _COMPLAINTS,
        "resolution_rate",
        ("投诉解决率", "Resolution rate"),
        "ratio",
        ("已解决投诉 ÷ 投诉次数", "resolved complaints ÷ complaints"),
        _TOLD,
        higher=True,
    ),
    given(
        Provider("engagement.scores", _scores, alone=True),
        "satisfaction",
        ("满意度", "Satisfaction"),
        "quantity",
        (
            "窗口内最近一次满意度评分（0–100）；同日多次取最低",
            "last satisfaction score of the window (0–100); of several on one day the lowest",
        ),
        {"feedback": ("given_on", "score")},
        higher=True,
    ),
)
