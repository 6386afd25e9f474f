"""Draws whom outreach leaves alone in a year, and says how many that are."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

import polars as pl
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customer_links.groups import links_of_groups
from kefen_crm.customers.drawing import chance, drawn
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.models import CustomerClass
from kefen_crm.holdout.models import HoldoutMember, HoldoutPolicy, HoldoutYear
from kefen_crm.holdout.permits import HOLD_OUT
from kefen_crm.holdout.queries import policy
from kefen_crm.platform import events
from kefen_crm.platform.bulk import into_temporary
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.queue import later_once
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.platform.due import Due
    from kefen_crm.team.models import User

DRAW: Final = "holdout.draw"
_COLUMNS: Final = {
    "customer_id": "bigint", "held": "boolean", "class_key": "text", "past": "numeric",
}  # fmt: skip


@transaction.atomic
def set_policy(
    actor: User, percent: int, reason: str = "", *, expected_version: int | None = None
) -> HoldoutPolicy:
    """Say how many percent of the customers are left alone; from the next draw on.

    0 leaves nobody alone, from now on.

    Raises:
        PermissionDenied: unless `actor` may say so.
        Stale: when it is of another version than `expected_version`.
        ValidationError: of `reason`, where nobody is left alone without one.
    """
    require(actor, HOLD_OUT)
    first = HoldoutPolicy.objects.first() or HoldoutPolicy.objects.create()
    found = events.locked(HoldoutPolicy.objects.all(), first.pk, expected_version)
    before = found.said()
    found.percent, found.reason = percent, reason.strip()
    found.full_clean()
    if not found.percent and not found.reason:
        told = _("Say why nobody is left alone: then nobody can say what outreach brings in all.")
        raise ValidationError({"reason": told})
    if found.said() != before:
        events.raised(found)
        events.record(
            actor, "holdout.policy-changed", found, before=before, after=found.said(),
            reason=found.reason,
        )  # fmt: skip
    return found


@transaction.atomic
def draw(today: date | None = None) -> HoldoutYear | None:
    """Draw whom outreach leaves alone this year, or have new customers take part in the draw.

    Customers are drawn within their class, those of one group of companies together. None while
    nobody is to be left alone.
    """
    today = today or current().today(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('holdout/draw', 0))")
    percent = policy().percent
    found = HoldoutYear.objects.filter(year=today.year).first()
    if found is not None:
        _join(found)
        return found
    if not percent:
        return None
    return _draw(today, percent)


def _draw(today: date, percent: int) -> HoldoutYear | None:
    scheme = leading_scheme()
    classes = CustomerClass.objects.filter(scheme=scheme, customer=OuterRef("pk"))
    rows = list(
        Customer.objects.filter(standing__in=CURRENT)
        .order_by("pk")
        .annotate(own_class=Subquery(classes.values("class_key")[:1]))
        .values_list("pk", "own_class", "sales")
    )
    if not rows:
        return None
    salt = secrets.token_hex(16)
    held = drawn({pk: key or "-" for pk, key, _sales in rows}, links_of_groups(), salt, percent)
    made = HoldoutYear.objects.create(
        year=today.year,
        percent=percent,
        salt=salt,
        drawn_on=today,
        counts={"held": len(held), "others": len(rows) - len(held)},
        classes=[
            {"key": one.key, "title": str(one.title), "scheme": scheme.name}
            for one in scheme.classes
        ]
        if scheme
        else [],
    )
    frame = pl.DataFrame(
        {
            "customer_id": [row[0] for row in rows],
            "held": [row[0] in held for row in rows],
            "class_key": [row[1] or "" for row in rows],
            "past": [str(row[2] or 0) for row in rows],
        }
    )
    into_temporary("drawn_holdout", _COLUMNS, frame)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO holdout_holdoutmember
                (of_id, customer_id, held, class_key, past, joined)
            SELECT %s, customer_id, held, class_key, past, false FROM drawn_holdout
            """,
            [made.pk],
        )
    events.record(None, "holdout.drawn", made, after={"year": made.year, **made.counts})
    return made


def _join(of: HoldoutYear) -> None:
    """Have customers that came since the draw be left alone or not, by chance or their group."""
    known = HoldoutMember.objects.filter(of=of)
    fresh = set(
        Customer.objects.filter(standing__in=CURRENT)
        .exclude(pk__in=known.values("customer"))
        .values_list("pk", flat=True)
    )
    if not fresh:
        return
    links = [pair for pair in links_of_groups() if fresh & set(pair)]
    near = {pk for pair in links for pk in pair} - fresh
    arms = dict(known.filter(customer__in=near).values_list("customer", "held"))
    of_group = {}
    for one, other in links:
        for own, else_ in ((one, other), (other, one)):
            if own in fresh and else_ in arms:
                of_group[own] = arms[else_]
    HoldoutMember.objects.bulk_create(
        (
            HoldoutMember(
                of=of,
                customer_id=pk,
                held=of_group.get(pk, chance(of.salt, pk) < of.percent / 100),
                joined=True,
            )
            for pk in sorted(fresh)
        ),
        batch_size=5_000,
    )


def daily(_due: Due) -> None:
    """Draw in the background, or have new customers take part."""
    later_once(DRAW, lock=DRAW)


JOB: Final = ClockJob("holdout.draw", daily)
