"""Points whose day has passed expire, each a move against its lot: all of a night at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import connection

from kefen_crm.loyalty.leaving import settle
from kefen_crm.loyalty.programme import after_months
from kefen_crm.platform.parts import ClockJob

if TYPE_CHECKING:
    from datetime import date, datetime

    from kefen_crm.platform.due import Due

YEAR: Final = 12
_LOCK: Final = """
    SELECT id FROM loyalty_member WHERE id IN (
        SELECT member_id FROM loyalty_lot WHERE "left" > 0 AND expires < %(day)s
    ) ORDER BY id FOR UPDATE
"""
_EXPIRE: Final = """
    WITH due AS (
        SELECT id, member_id, "left" AS points FROM loyalty_lot
        WHERE "left" > 0 AND expires < %(day)s
    ), operations AS (
        INSERT INTO loyalty_operation
            (member_id, kind, key, points, debt, "order", reason, at)
        SELECT member_id, 'expired', 'expire/' || member_id || '/' || %(day)s::date,
               -sum(points), 0, '', '', %(now)s
        FROM due GROUP BY member_id
        RETURNING id, member_id, points
    ), moves AS (
        INSERT INTO loyalty_move (operation_id, lot_id, delta, key)
        SELECT operations.id, due.id, -due.points, 'expire/' || due.id
        FROM due JOIN operations USING (member_id)
    ), emptied AS (
        UPDATE loyalty_lot SET "left" = 0 FROM due WHERE loyalty_lot.id = due.id
    ), members AS (
        UPDATE loyalty_member SET points = loyalty_member.points + operations.points,
               version = version + 1
        FROM operations WHERE loyalty_member.id = operations.member_id
    )
    SELECT count(*), coalesce(-sum(points), 0) FROM operations
"""
_RECENT: Final = """
    UPDATE loyalty_member SET recent = told.points FROM (
        SELECT member.id, greatest(0, coalesce(sum(award.points), 0)) AS points
        FROM loyalty_member member
        LEFT JOIN loyalty_award award ON award.member_id = member.id AND award."on" > %(since)s
        GROUP BY member.id
    ) told WHERE told.id = loyalty_member.id AND told.points <> loyalty_member.recent
"""


def expire(day: date, now: datetime) -> tuple[int, int]:
    """Expire what could be spent before `day` only; gives how many members and points."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"day": day})
        cursor.execute(_EXPIRE, {"day": day, "now": now})
        members, points = cursor.fetchone()
    return int(members), int(points)


def count_recent(day: date) -> None:
    """Count the points of the last twelve months of every member."""
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, {"since": after_months(day, -YEAR)})


def nightly(due: Due) -> None:
    """Expire what has passed by now, however many nights were missed, and what who left has."""
    expire(due.day, due.now)
    settle()


JOB = ClockJob("loyalty.expiry", nightly, permit="set_rules")
