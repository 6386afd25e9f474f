"""Plans are worked out and kept with who made them, when, and on what data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.campaigns import experiments
from kefen_crm.gateway import planning as engine
from kefen_crm.gateway import say
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.planning.models import SavedPlan
from kefen_crm.planning.permits import PLAN
from kefen_crm.planning.queries import classes
from kefen_crm.platform import events
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User

STEPS = 5


@transaction.atomic
def make(
    actor: User,
    name: str,
    *,
    hours: float | None,
    money: float | None = None,
    stated: Mapping[str, Mapping[str, float]] | None = None,
    campaign: int | None = None,
    minutes: float = 0,
    key: str = "",
) -> SavedPlan:
    """Work out a plan, of stated assumptions or of what a campaign measured, and keep it.

    Args:
        actor: who plans.
        name: what it is called.
        hours, money: what there is in a year; None is no limit.
        stated: by class `hours` of a step for a customer, what the `first` hour brings, and how
            much less each step brings, `fading` from 0 to 1.
        campaign: one that is over; `minutes` is what approaching a customer takes.
        key: a repeated one gives the first answer again.

    Raises:
        PermissionDenied: unless `actor` may plan.
        ValidationError: in words; stated and measured values are never taken together.
        KeyReused: when the key came with something else before.
    """
    require(actor, PLAN)
    given = {"name": name, "hours": hours, "money": money, "stated": stated and dict(stated),
             "campaign": campaign, "minutes": minutes}  # fmt: skip
    if answer := events.answered(actor, "plan.made", key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a plan
    if bool(stated) == (campaign is not None):
        raise ValidationError(_("State what hours bring, or choose a campaign that measured it."))
    if not name.strip():
        raise ValidationError({"name": _("Give it a name.")})
    known = classes()
    promised = [
        engine.Step(
            one["key"], one["hours"], 0.0, one["budget"], promised=True, source=_source(campaign)
        )
        for one in known
        if one["hours"] or one["budget"]
    ]  # fmt: skip
    if campaign is not None:
        steps, about = _measured(known, campaign, minutes)
    else:
        steps, about = _stated(known, stated or {}), {"stated": dict(stated or {})}
    try:
        result = engine.planned([*promised, *steps], hours, money)
    except engine.PlanError as error:
        raise ValidationError(say(error)) from error
    made = SavedPlan.objects.create(
        name=name.strip()[:80],
        source=_source(campaign),
        hours=hours,
        money=money,
        about=about,
        classes=known,
        result=result,
        ledger_version=newest_version(),
        by=actor,
    )
    events.record(actor, "plan.made", made, after={"name": made.name}, key=key, given=given)
    return made


def _source(campaign: int | None) -> Any:
    return "stated" if campaign is None else "measured"


def _stated(
    known: list[dict[str, Any]], stated: Mapping[str, Mapping[str, float]]
) -> list[engine.Step]:
    found: list[engine.Step] = []
    for one in known:
        told = stated.get(one["key"])
        if told and told["hours"] > 0 and one["customers"]:
            assumed = engine.Assumption(
                one["key"], one["customers"], told["hours"], told["first"],
                min(max(told.get("fading", 0.5), 0.0), 1.0), STEPS,
            )  # fmt: skip
            found += assumed.as_steps()
    if not found:
        raise ValidationError(_("State what hours bring of one class at least."))
    return found


def _measured(
    known: list[dict[str, Any]], pk: int, minutes: float
) -> tuple[list[engine.Step], dict[str, Any]]:
    """One step for each class that the campaign surely could tell of, and that it did not harm."""
    campaign = next((one for one in experiments.over() if one.pk == pk), None)
    if campaign is None:
        raise ValidationError({"campaign": _("Choose a campaign that is over.")})
    rows = {one["key"]: one for one in campaign.result["rows"]}
    each = float(rows.get("", {}).get("cost") or 0) / max(campaign.counts.get("treated", 0), 1)
    found = []
    for one in known:
        up = (rows.get(one["key"]) or {}).get("uplift") or {}
        count = one["customers"]
        if not count or up.get("value") is None or up["value"] <= 0:
            continue
        found.append(
            engine.Step(
                one["key"], minutes / 60 * count, up["value"] * count, each * count,
                up["low"] * count, up["high"] * count, "measured",
            )
        )  # fmt: skip
    if not found:
        raise ValidationError({"campaign": _("It brought no class more that could be told of.")})
    return found, {"campaign": {"id": pk, "name": campaign.name}, "minutes": minutes}
