"""Versions of what is learned about leads: learned in the background, published by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.gateway import KefenError
from kefen_crm.leads import learning
from kefen_crm.leads.grading import DETAILS, GRADES, details_of
from kefen_crm.leads.models import LEARN, OPEN, Lead, LeadModel
from kefen_crm.platform import events
from kefen_crm.platform.jobs import busy, fail_orphans, failing
from kefen_crm.platform.models import Event
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.queue import enqueue
from kefen_crm.platform.rules import SET_RULES
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from kefen_crm.leads.learning import Chance
    from kefen_crm.platform.due import Due
    from kefen_crm.team.models import User

SPAN: Final = timedelta(days=731)
"""Leads that ended in so long before now are learned from."""
MOST: Final = 20_000
"""The newest of them, at most."""
TOLD, UNTOLD, NOTHING = "told", "untold", "-"
NOT_COUNTED: Final = ("twice",)
"""Reasons of a drop that say nothing of the lead."""
_REACHED_BY: Final = ("name", "company", "phone", "email", "wechat")
_BATCH: Final = 1_000


def answers(lead: Lead, first: Mapping[str, Any] | None = None) -> dict[str, str]:
    """What is learned from of a lead: its source, its region and which details it tells.

    Args:
        lead: as it is now.
        first: what the event told when it was noted; then it is the lead as it came.
    """
    if first:
        lead = Lead(**{name: first.get(name) or "" for name in _SAID}, budget=_number(first))
        lead.wanted_on = first.get("wanted_on") or None
    known = details_of(lead)
    told = {name: TOLD if name in known else UNTOLD for name in DETAILS}
    return {"source": lead.source, "region": lead.region.strip() or NOTHING} | told


def ended() -> QuerySet[Lead]:
    """The leads that are learned from: converted, or dropped for what they were."""
    found = Lead.objects.filter(
        state__in=(Lead.State.CONVERTED, Lead.State.DROPPED), ended_at__gte=timezone.now() - SPAN
    )
    nobody = dict.fromkeys(_REACHED_BY, "")  # erased
    return found.exclude(drop_reason__in=NOT_COUNTED).exclude(**nobody)


def counts() -> tuple[int, int]:
    """How many leads to learn from were converted, and how many dropped."""
    found = ended()
    converted = found.filter(state=Lead.State.CONVERTED).count()
    return converted, found.count() - converted


def refusal() -> str:
    """Why nothing can be learned now, in words; empty where something can."""
    converted, dropped = counts()
    if converted + dropped < learning.FEWEST:
        text = _("%(ended)s leads ended in two years; from %(fewest)s on something can be learned.")
        return text % {"ended": converted + dropped, "fewest": learning.FEWEST}
    if not learning.enough(converted, dropped):
        return _(
            "%(converted)s leads were converted and %(dropped)s dropped; %(each)s of each are "
            "needed to learn what makes the difference."
        ) % {"converted": converted, "dropped": dropped, "each": learning.OF_EACH}
    return ""


@transaction.atomic
def ask(actor: User | None) -> LeadModel:
    """Queue the learning of a new version; one that waits already will do.

    Args:
        actor: who asks; None for the clock.

    Raises:
        PermissionDenied: unless `actor` may set rules.
        ValidationError: where there are too few ended leads, or nearly all ended alike.
    """
    if actor is not None:
        require(actor, SET_RULES)
    if text := refusal():
        raise ValidationError(text)
    fail_orphans(LeadModel)
    if waiting := busy(LeadModel).filter(status=LeadModel.Status.QUEUED).first():
        return waiting
    made = LeadModel.objects.create(by=actor)
    enqueue(LEARN, lock=LEARN, pk=made.pk)
    return made


def learn(pk: int) -> None:
    """Learn a queued version. It ends `finished`, or `failed` with the reason."""
    if not busy(LeadModel).filter(pk=pk).update(status=LeadModel.Status.RUNNING, reason={}):
        return
    with failing(LeadModel, [pk]):
        leads = list(ended().order_by("-ended_at", "-pk")[:MOST])
        leads.sort(key=lambda one: one.pk)
        firsts = _first_told([one.pk for one in leads])
        said = [answers(one, firsts.get(str(one.pk))) for one in leads]
        converted = [one.state == Lead.State.CONVERTED for one in leads]
        try:
            document = learning.fit(said, converted)
        except learning.TooFewError as error:
            raise KefenError(
                "leads-too-few", converted=error.args[0], dropped=error.args[1]
            ) from error
        compared = _compared(leads, said, converted, document.pop("unseen"))
        LeadModel.objects.filter(pk=pk).update(
            status=LeadModel.Status.FINISHED, document=document, compared=compared, progress={},
            until=max(one.ended_at for one in leads if one.ended_at), finished=timezone.now(),
        )  # fmt: skip


@transaction.atomic
def publish(actor: User, model: LeadModel) -> LeadModel:
    """Have leads told by a learned version from now on; an older one may be published again.

    Raises:
        PermissionDenied: unless `actor` may set rules.
        ValidationError: where it is not learned.
    """
    require(actor, SET_RULES)
    before = LeadModel.objects.select_for_update().filter(in_force=True).first()
    model = LeadModel.objects.select_for_update().get(pk=model.pk)
    if not model.ready:
        raise ValidationError(_("This version is not learned."))
    if before == model:
        return model
    if before:
        LeadModel.objects.filter(pk=before.pk).update(in_force=False)
    model.in_force, model.published_at, model.published_by = True, timezone.now(), actor
    model.save(update_fields=["in_force", "published_at", "published_by"])
    put_chances(model)
    events.record(
        actor, "leadmodel.published", model,
        before={"version": before.pk if before else None}, after={"version": model.pk},
    )  # fmt: skip
    return model


@transaction.atomic
def withdraw(actor: User) -> None:
    """Have leads told by their grade alone again.

    Raises:
        PermissionDenied: unless `actor` may set rules.
    """
    require(actor, SET_RULES)
    model = LeadModel.objects.select_for_update().filter(in_force=True).first()
    if model is None:
        return
    model.in_force = False
    model.save(update_fields=["in_force"])
    Lead.objects.exclude(chance=None).update(chance=None)
    events.record(actor, "leadmodel.withdrawn", model, before={"version": model.pk}, after={})


def in_force() -> LeadModel | None:
    """The version that leads are told by; None without one."""
    return LeadModel.objects.filter(in_force=True).first()


def chance_of(lead: Lead, model: LeadModel | None) -> Chance | None:
    """How likely a lead converts, and why; None where nothing is published."""
    return learning.chance(model.document, answers(lead)) if model else None


def put_chance(lead: Lead, model: LeadModel | None) -> None:
    """Write the probability into a lead, without saving it."""
    lead.chance = learning.chances(model.document, [answers(lead)])[0] if model else None


def put_chances(model: LeadModel) -> None:
    """Write the probability into every open lead."""
    found = list(Lead.objects.filter(state__in=OPEN).select_for_update().order_by("pk"))
    changed = with_chances(found, model)
    Lead.objects.bulk_update(changed, ["chance"], batch_size=_BATCH)


def with_chances(leads: Sequence[Lead], model: LeadModel | None) -> list[Lead]:
    """Put probabilities into leads, without saving them; gives those that changed."""
    fresh: Iterable[float | None] = [None] * len(leads)
    if model and leads:
        fresh = learning.chances(model.document, [answers(one) for one in leads])
    changed = []
    for lead, value in zip(leads, fresh, strict=True):
        if lead.chance != value:
            lead.chance = value
            changed.append(lead)
    return changed


def learn_nightly(_due: Due) -> None:
    """Learn a new version where leads ended since the newest one; whoever may, publishes it.

    Versions of the clock that nobody published go when a newer one was learned.
    """
    newest = LeadModel.objects.filter(status=LeadModel.Status.FINISHED).first()
    fresh = ended().filter(ended_at__gt=newest.until).exists() if newest and newest.until else True
    if fresh and not refusal():
        ask(None)
    if newest:
        LeadModel.objects.filter(
            by=None, published_at=None, pk__lt=newest.pk,
            status__in=(LeadModel.Status.FINISHED, LeadModel.Status.FAILED),
        ).delete()  # fmt: skip


JOB = ClockJob("leads.learn", learn_nightly)

_SAID: Final = ("company", "phone", "email", "inquiry", "product", "quantity", "source", "region")


def _number(first: Mapping[str, Any]) -> Any:
    return first.get("budget") or None


def _first_told(keys: Sequence[int]) -> dict[str, dict[str, Any]]:
    """What was told of leads when they were noted, by the text of their key."""
    found = Event.objects.filter(
        verb="lead.noted", object_type="leads.lead", object_id__in=[str(key) for key in keys]
    )
    return {key: after or {} for key, after in found.values_list("object_id", "after")}


def _compared(
    leads: Sequence[Lead],
    said: Sequence[Mapping[str, str]],
    converted: Sequence[bool],
    unseen: Sequence[float],
) -> dict[str, Any]:
    """How the learned probabilities, a product of frequencies and first grades did."""
    product = learning.frequencies(said, converted)
    found: dict[str, Any] = {
        "learned": _judged(unseen, converted),
        "product": _judged(product, converted) | {"agreement": learning.agreement(unseen, product)},
    }
    graded = [at for at, one in enumerate(leads) if one.first_grade]
    ends = [converted[at] for at in graded]
    if learning.enough(sum(ends), len(ends) - sum(ends)):
        places = [-float(GRADES.index(leads[at].first_grade)) for at in graded]
        found["grade"] = {
            "area": learning.area(places, ends), "square": None, "leads": len(graded),
            "agreement": learning.agreement([unseen[at] for at in graded], places),
        }  # fmt: skip
    found["grades"] = [
        {
            "grade": grade, "leads": len(at), "converted": sum(converted[one] for one in at),
            "predicted": sum(unseen[one] for one in at) / len(at),
        }
        for grade in GRADES
        if (at := [one for one in graded if leads[one].first_grade == grade])
    ]  # fmt: skip
    return found


def _judged(scores: Sequence[float], converted: Sequence[bool]) -> dict[str, Any]:
    return {
        "area": learning.area(scores, converted), "square": learning.square(scores, converted),
        "leads": len(converted),
    }  # fmt: skip
