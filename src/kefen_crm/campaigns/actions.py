"""Campaigns are written, drawn, started and stopped."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.activities.models import Task
from kefen_crm.activities.queries import leading_scheme
from kefen_crm.campaigns import audience, running
from kefen_crm.campaigns.models import Campaign, Member
from kefen_crm.campaigns.permits import CAMPAIGN
from kefen_crm.customer_links.groups import links_of_groups
from kefen_crm.customers.drawing import code_of, drawn
from kefen_crm.grading.models import CustomerClass
from kefen_crm.outreach.models import Message, Template, Why
from kefen_crm.platform import events
from kefen_crm.platform.bulk import into_temporary
from kefen_crm.platform.calendar import current
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User

FIELDS: Final = (
    *("name", "query", "language", "holdout", "holdout_reason", "everybody_reason", "steps"),
    *("prefix", "cost", "each", "horizon"),
)
MOST_STEPS: Final = 10
MOST_DAYS: Final = 180
State = Campaign.State


@transaction.atomic
def save(
    actor: User,
    campaign: Campaign | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Campaign:
    """Write a campaign, or change one that nobody was drawn for yet; `values` by `FIELDS`.

    Raises:
        PermissionDenied: unless `actor` may run campaigns.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, CAMPAIGN)
    verb = "campaign.changed" if campaign else "campaign.made"
    given = {"campaign": campaign.pk if campaign else None, "values": dict(values)}
    if answer := events.answered(actor, verb, key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a campaign
    known = campaign is not None
    if campaign is not None:
        campaign = events.locked(Campaign.objects.all(), campaign.pk, expected_version)
        if campaign.state != State.DRAFT:
            raise ValidationError(_("Its customers were drawn: it does not change any more."))
    found = campaign or Campaign(by=actor)
    before = found.said() if known else {}
    for name in FIELDS:
        if name in values:
            value = values[name]
            setattr(found, name, value.strip() if isinstance(value, str) else value)
    found.prefix = found.prefix.upper()
    found.query = QueryDict(found.query.lstrip("?")).urlencode()
    found.steps = _steps(found.steps)
    others = {one.name for one in Campaign._meta.fields} - set(FIELDS)  # noqa: SLF001  # Django's public name
    found.clean_fields(exclude=others | {"steps"})
    if found.prefix and not re.fullmatch(r"[A-Za-z0-9-]*", found.prefix):
        raise ValidationError({"prefix": _("Letters, digits and hyphens only.")})
    if not found.holdout and not found.holdout_reason:
        told = _("Say why nobody is left alone: then nobody can say what the campaign brought.")
        raise ValidationError({"holdout_reason": told})
    if known:
        events.raised(found)
    else:
        found.save()
    events.record(actor, verb, found, before=before, after=found.said(), key=key, given=given)
    return found


def _steps(steps: Any) -> list[dict[str, Any]]:
    """Steps as they are kept, by day.

    Raises:
        ValidationError: of `steps`.
    """
    found = []
    for one in steps or ():
        day, kind = one.get("day"), one.get("kind")
        if not isinstance(day, int) or not 0 <= day <= MOST_DAYS:
            told = _("A step has a day from 0 to %(most)s.") % {"most": MOST_DAYS}
            raise ValidationError({"steps": told})
        if kind == "message":
            template = Template.objects.filter(pk=one.get("template") or 0, active=True).first()
            if template is None:
                raise ValidationError({"steps": _("A message has a template that is in use.")})
            found.append({"day": day, "kind": kind, "template": template.pk})
        elif kind == "task" and one.get("task") in Task.Kind.values:
            title = str(one.get("title") or "").strip()[:200]
            found.append({"day": day, "kind": kind, "task": one["task"], "title": title})
        else:
            raise ValidationError({"steps": _("A step is a message or a task.")})
    if len(found) > MOST_STEPS:
        raise ValidationError({"steps": _("At most %(most)s steps.") % {"most": MOST_STEPS}})
    return sorted(found, key=lambda one: one["day"])


@transaction.atomic
def freeze(
    actor: User, campaign: Campaign, *, expected_version: int | None = None, key: str = ""
) -> Campaign:
    """Draw who of the audience is treated and who is left alone; neither changes afterwards.

    Raises:
        PermissionDenied, Stale, KeyReused: as `save`.
        ValidationError: when it is no draft, has no steps, or nobody is in its audience.
    """
    require(actor, CAMPAIGN)
    given = {"campaign": campaign.pk, "version": expected_version}
    if answer := events.answered(actor, "campaign.drawn", key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a campaign
    found = events.locked(Campaign.objects.all(), campaign.pk, expected_version)
    if found.state != State.DRAFT:
        raise ValidationError(_("Its customers were drawn already."))
    if not found.steps:
        raise ValidationError(_("It has no steps: nothing would be done."))
    scheme = leading_scheme()
    found.salt = secrets.token_hex(16)
    found.classes = (
        [{"key": one.key, "title": str(one.title), "scheme": scheme.name} for one in scheme.classes]
        if scheme
        else []
    )
    classes = CustomerClass.objects.filter(scheme=scheme, customer=OuterRef("pk"))
    rows = list(
        audience.reachable(actor, found)
        .order_by("pk")
        .annotate(own_class=Subquery(classes.values("class_key")[:1]))
        .values_list("pk", "own_class", "owner_id", "sales")
    )
    if not rows:
        raise ValidationError({"query": _("Nobody is in its audience.")})
    strata = {pk: f"{key or '-'}/{owner or '-'}" for pk, key, owner, _sales in rows}
    held = drawn(strata, links_of_groups(), found.salt, found.holdout)
    frame = pl.DataFrame(
        {
            "customer_id": [row[0] for row in rows],
            "treated": [row[0] not in held for row in rows],
            "stratum": [strata[row[0]] for row in rows],
            "class_key": [row[1] or "" for row in rows],
            "past": [str(row[3] or 0) for row in rows],
            "coupon": [
                f"{found.prefix}{code_of(found.salt, row[0])}"
                if found.prefix and row[0] not in held
                else ""
                for row in rows
            ],
        }
    )
    columns = {
        "customer_id": "bigint",
        "treated": "boolean",
        "stratum": "text",
        "class_key": "text",
        "past": "numeric",
        "coupon": "text",
    }
    into_temporary("drawn_members", columns, frame)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO campaigns_member
                (campaign_id, customer_id, treated, stratum, class_key, past, coupon)
            SELECT %s, customer_id, treated, stratum, class_key, past, coupon FROM drawn_members
            """,
            [found.pk],
        )
        cursor.execute("ANALYZE campaigns_member")
    found.counts = {"treated": len(rows) - len(held), "holdout": len(held)}
    found.state, found.frozen_at = State.FROZEN, timezone.now()
    events.raised(found)
    after = found.said() | found.counts
    events.record(actor, "campaign.drawn", found, after=after, key=key, given=given)
    return found


@transaction.atomic
def start(
    actor: User, campaign: Campaign, *, expected_version: int | None = None, key: str = ""
) -> Campaign:
    """Begin today: what is due is made in the background, and what comes later on its day.

    Raises:
        PermissionDenied, Stale, KeyReused: as `save`.
        ValidationError: when nobody was drawn, or it began already.
    """
    require(actor, CAMPAIGN)
    given = {"campaign": campaign.pk, "version": expected_version}
    if answer := events.answered(actor, "campaign.started", key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a campaign
    found = events.locked(Campaign.objects.all(), campaign.pk, expected_version)
    if found.state != State.FROZEN:
        raise ValidationError(_("Draw its customers first."))
    found.state, found.started_on = State.RUNNING, current().today(timezone.now())
    events.raised(found)
    events.record(actor, "campaign.started", found, after=found.said(), key=key, given=given)
    running.go_on_soon(found.pk)
    return found


@transaction.atomic
def stop(
    actor: User,
    campaign: Campaign,
    *,
    reason: str,
    expected_version: int | None = None,
    key: str = "",
) -> Campaign:
    """Stop a campaign: what waits does not go, and tasks that nobody touched are called off.

    Raises:
        PermissionDenied, Stale, KeyReused: as `save`.
        ValidationError: of `reason`, without one; when it is over.
    """
    require(actor, CAMPAIGN)
    given = {"campaign": campaign.pk, "reason": reason, "version": expected_version}
    if answer := events.answered(actor, "campaign.stopped", key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a campaign
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    found = events.locked(Campaign.objects.all(), campaign.pk, expected_version)
    if found.state not in Campaign.ALIVE:
        raise ValidationError(_("It is not running."))
    found.state, found.ended_at = State.STOPPED, timezone.now()
    events.raised(found)
    waiting = Message.objects.filter(
        key__startswith=f"{running.key_of(found.pk)}/", state=Message.State.QUEUED
    )
    stopped = waiting.update(state=Message.State.STOPPED, why=Why.STOPPED, moved_at=timezone.now())
    tasks = Task.objects.filter(origin=running.key_of(found.pk), state=Task.State.OPEN, version=1)
    called_off = tasks.update(
        state=Task.State.CANCELLED, reason=reason.strip(), closed_on=timezone.localdate(),
        closed_by=actor,
    )  # fmt: skip
    after = found.said() | {"messages": stopped, "tasks": called_off}
    events.record(
        actor, "campaign.stopped", found, after=after, reason=reason, key=key, given=given
    )
    return found


@transaction.atomic
def redeem(actor: User, code: str, *, key: str = "") -> Member:
    """Note that a coupon was given in; noted again it stays as it is.

    Raises:
        PermissionDenied: unless `actor` may run campaigns.
        Member.DoesNotExist: where there is no such code.
    """
    require(actor, CAMPAIGN)
    found = Member.objects.select_for_update(of=("self",)).select_related("customer", "campaign")
    member = found.get(coupon=code.strip().upper() or "-")
    if member.used_on is None:
        member.used_on = timezone.localdate()
        member.save(update_fields=["used_on"])
        told = {"coupon": member.coupon, "name": member.campaign.name}
        events.record(actor, "campaign.coupon-used", member, after=told, key=key)
    return member
