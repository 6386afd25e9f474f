"""What is looked at every night: values one by one, and the score of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.platform.parts import ClockJob
from kefen_crm.quality.checks import any_of, checks
from kefen_crm.quality.models import InvalidValue, Score
from kefen_crm.quality.values import TESTS

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.platform.due import Due

AT_ONCE: Final = 5_000
SCORES_KEPT: Final = 800
"""Days whose scores are kept."""


@transaction.atomic
def look(day: date | None = None) -> None:
    """Look through all current customers, and note what the checks find on this day."""
    for field in TESTS:
        _look_through(field)
    day = day or timezone.localdate()
    current = Customer.objects.filter(standing__in=CURRENT).order_by()
    everyone, known = current.count(), checks()
    counted = {one.name: current.filter(one.condition).count() for one in known}
    counted[""] = current.filter(any_of(known)).count()
    Score.objects.filter(day=day).delete()
    Score.objects.bulk_create(
        Score(day=day, name=name, customers=everyone, found=found)
        for name, found in counted.items()
    )
    days = Score.objects.filter(name="").order_by("-day").values_list("day", flat=True)
    if len(days) > SCORES_KEPT:
        Score.objects.filter(day__lt=days[SCORES_KEPT - 1]).delete()


def _look_through(field: str) -> None:
    """Note the values of a field that are none; what is known of others goes."""
    is_one, meant = TESTS[field]
    known: dict[str, tuple[bool, str]] = {}
    found: list[InvalidValue] = []
    people = Customer.objects.filter(standing__in=CURRENT).exclude(**{field: ""})
    told: Any = people.order_by("pk").values_list("pk", field)
    for pk, value in told.iterator(chunk_size=AT_ONCE):
        if value not in known:
            good = is_one(value)
            known[value] = (good, "" if good else meant(value))
        good, proposed = known[value]
        if not good:
            found.append(InvalidValue(customer_id=pk, field=field, value=value, proposed=proposed))
    InvalidValue.objects.filter(field=field).delete()
    InvalidValue.objects.bulk_create(found, batch_size=AT_ONCE)


def _turn(_due: Due) -> None:
    look()


JOB = ClockJob("quality.look", _turn)
