"""Starts are chosen: everything in one transaction, by the actions of the apps that it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from kefen_crm.custom_fields import actions as custom_fields
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.grading import actions as grading
from kefen_crm.grading.models import Scheme
from kefen_crm.holdings.actions.pools import save_pool
from kefen_crm.industry_starts.document import reason_of
from kefen_crm.industry_starts.models import ChosenStart
from kefen_crm.industry_starts.permits import CHOOSE
from kefen_crm.industry_starts.steps import DRAFT, MADE, STAYS, steps
from kefen_crm.platform import events, rules
from kefen_crm.rules import actions as rule_actions
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from kefen_crm.industry_starts.document import IndustryStart
    from kefen_crm.industry_starts.steps import Step
    from kefen_crm.team.models import User


@transaction.atomic
def choose(actor: User, start: IndustryStart) -> ChosenStart:
    """Make what a start brings; what the company has already stays as it is.

    A start that was chosen before gives what was made then, and changes nothing.

    Raises:
        PermissionDenied: unless `actor` may choose starts and make what it brings.
    """
    require(actor, CHOOSE)
    _alone()
    known = ChosenStart.objects.filter(name=start.name).first()
    if known is not None:
        return known
    reason = reason_of(start)
    planned = steps(start)
    for one in planned:
        if one.outcome != STAYS:
            _make(actor, one, reason)
    _grade(actor, planned, reason)
    made = [one.summary for one in planned]
    chosen = ChosenStart.objects.create(name=start.name, made=made, by=actor)
    events.record(
        actor, "start.chosen", chosen, after={"start": start.name, "made": made}, reason=reason
    )
    return chosen


@transaction.atomic
def begin_without(actor: User) -> ChosenStart:
    """Say that the company begins without a start, so that the first page offers none any more.

    Raises:
        PermissionDenied: unless `actor` may choose starts.
    """
    require(actor, CHOOSE)
    _alone()
    chosen, new = ChosenStart.objects.get_or_create(
        name=ChosenStart.WITHOUT, defaults={"by": actor}
    )
    if new:
        events.record(actor, "start.declined", chosen)
    return chosen


def _alone() -> None:
    """One choice at a time, so that each sees what the one before it made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('industry-start', 0))")


def _grade(actor: User, planned: list[Step], reason: str) -> None:
    """Grade by the schemes that were published; the first start's main one leads from now on."""
    names = [one.key for one in planned if one.part == "scheme" and one.outcome == MADE]
    published = {one.name: one for one in Scheme.objects.filter(name__in=names)}
    if not published:
        return
    if not ChosenStart.objects.exclude(name=ChosenStart.WITHOUT).exists():
        grading.put_first(actor, published[names[0]], reason)
    if newest_version():
        grading.request_runs(actor, [published[name] for name in names])


def _make(actor: User, step: Step, reason: str) -> None:
    if step.part == "field":
        custom_fields.define(actor, step.given)
    elif step.part == "scheme" and step.outcome == DRAFT:
        grading.save_draft(actor, step.given["document"], reason)
    elif step.part == "scheme":
        grading.publish(actor, step.given["document"], reason)
    elif step.part == "pool":
        save_pool(actor, None, step.given)
    else:
        kind = rules.kinds()[step.key]
        rule_actions.save(actor, kind, step.given)
        if step.outcome != DRAFT:
            rule_actions.publish(actor, kind, reason)
