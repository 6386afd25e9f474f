"""Learning from campaigns, in the background; what was learned is published as a scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.campaigns import experiments
from kefen_crm.campaigns.models import Campaign
from kefen_crm.campaigns.permits import CAMPAIGN
from kefen_crm.gateway import uplift as engine
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.grading.actions import publish as publish_scheme
from kefen_crm.grading.actions import request_runs
from kefen_crm.platform import events
from kefen_crm.platform.jobs import busy, fail_orphans, failing
from kefen_crm.platform.queue import enqueue
from kefen_crm.team.roles import Permit, require
from kefen_crm.uplift.models import LEARN, Learning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.team.models import User

MOST = 20


@transaction.atomic
def ask(actor: User, campaigns: Sequence[int], *, key: str = "") -> Learning:
    """Queue what some campaigns say of whom they changed.

    Raises:
        PermissionDenied: unless `actor` may run campaigns.
        ValidationError: of `campaigns`: none, one that is not over, or of different lengths.
        KeyReused: when the key came with something else before.
    """
    require(actor, CAMPAIGN)
    given = {"campaigns": list(campaigns)}
    if answer := events.answered(actor, "uplift.asked", key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a learning
    known = {one.pk: one for one in experiments.over()}
    chosen = [known[pk] for pk in dict.fromkeys(campaigns) if pk in known]
    if not chosen or len(chosen) < len(set(campaigns)) or len(chosen) > MOST:
        told = _("Choose campaigns that are over and left some customers alone, at most %(most)s.")
        raise ValidationError({"campaigns": told % {"most": MOST}})
    days = {one.horizon for one in chosen}
    if len(days) > 1:
        told = _("Choose campaigns whose sales counted for the same number of days.")
        raise ValidationError({"campaigns": told})
    fail_orphans(Learning)
    made = Learning.objects.create(
        campaigns=[
            {"id": one.pk, "name": one.name, "began": str(one.started_on)} for one in chosen
        ],
        days=days.pop(),
        by=actor,
    )
    enqueue(LEARN, lock="grading", pk=made.pk)
    events.record(actor, "uplift.asked", made, after={"name": str(made)}, key=key, given=given)
    return made


def learn(pk: int) -> None:
    """Learn what was asked for. It ends `finished`, or `failed` with the reason."""
    asked = busy(Learning).filter(pk=pk)
    found = asked.first()
    if found is None:
        return
    asked.update(status=Learning.Status.RUNNING, reason={}, ledger_version=newest_version())
    with failing(Learning, [pk]):
        campaigns = Campaign.objects.in_bulk([one["id"] for one in found.campaigns])
        tables = [
            engine.table(experiments.drawn(one), one.started_on)
            for one in campaigns.values()
            if one.started_on
        ]
        result = engine.learned(tables, found.days)
        asked.update(status=Learning.Status.FINISHED, finished=timezone.now(), result=result)


@transaction.atomic
def publish(actor: User, learning: Learning, *, key: str = "") -> Learning:
    """Publish the classes as the scheme `uplift` and queue a run of it.

    Raises:
        PermissionDenied: unless `actor` may grade.
        ValidationError: where there are no classes, or they were published already.
        KeyReused: when the key came with something else before.
    """
    require(actor, Permit.GRADE)
    given = {"learning": learning.pk}
    if answer := events.answered(actor, "uplift.published", key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a learning
    found = Learning.objects.select_for_update().get(pk=learning.pk)
    if not found.publishable:
        raise ValidationError(_("There are no classes to publish, or they were published."))
    note = _("Learned from campaigns: %(names)s") % {"names": found}
    found.scheme = publish_scheme(actor, found.result["document"], note)
    found.save(update_fields=["scheme"])
    request_runs(actor, [found.scheme])
    events.record(
        actor, "uplift.published", found, after={"name": str(found)}, key=key, given=given
    )
    return found
