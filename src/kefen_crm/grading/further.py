"""Indicators that lists of customers show beside those of the schemes: measured and kept up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import figures_as_of
from kefen_crm.customers.signals import synchronised
from kefen_crm.gateway import measured as engine
from kefen_crm.grading.models import FurtherMeasure
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from kefen_crm.team.models import User

MEASURE: Final = "grading.measure_further"
MOST: Final = 20
"""Indicators that are kept up at once."""


@transaction.atomic
def ask(actor: User, name: str) -> FurtherMeasure:
    """Have an indicator measured, now and after each run.

    Raises:
        ValidationError: when there is no such indicator, or too many are kept up already.
    """
    if name not in {one.name for one in engine.every_measure()}:
        raise ValidationError(_("There is no such indicator."))
    known = FurtherMeasure.objects.filter(name=name).first()
    if known is not None:
        return known
    if FurtherMeasure.objects.count() >= MOST:
        told = {"most": MOST}
        raise ValidationError(_("At most %(most)s are measured. Take one out first.") % told)
    made = FurtherMeasure.objects.create(name=name, by=actor)
    later_once(MEASURE, lock=MEASURE)
    return made


@transaction.atomic
def end(name: str) -> None:
    """Measure an indicator no more; columns and filters of it are gone."""
    FurtherMeasure.objects.filter(name=name).delete()
    later_once(MEASURE, lock=MEASURE)


@receiver(synchronised, dispatch_uid="grading_measure_further")
def measure_later(**_more: Any) -> None:
    """The figures are of another day or of other facts: so are these to be."""
    if FurtherMeasure.objects.exists():
        later_once(MEASURE, lock=MEASURE)


def measure() -> int:
    """Measure what the lists ask for, as of the day of their figures; gives how many that were."""
    day = figures_as_of() or timezone.localdate()
    wanted = list(FurtherMeasure.objects.all())
    known = {one.name for one in engine.every_measure()}
    names = [one.name for one in wanted if one.name in known]
    if names and Customer.objects.exists():
        source, version, refused = engine.measure(names, day)
        for one in wanted:
            if one.name in known:
                one.source = "" if one.name in refused else source
                one.as_of, one.ledger_version = day, version
                one.reason = refused.get(one.name, {})
        fields = ["source", "as_of", "ledger_version", "reason"]
        FurtherMeasure.objects.bulk_update(wanted, fields)
    needed = FurtherMeasure.objects.exclude(source="").values_list("source", flat=True)
    engine.forget(set(needed))
    return len(names)
