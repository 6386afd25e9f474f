"""What is looked at every night: values one by one, and the score of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kefen_crm.customers import fields
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.platform.parts import ClockJob
from kefen_crm.quality import regions
from kefen_crm.quality.checks import any_of, checks
from kefen_crm.quality.models import InvalidValue, Score
from kefen_crm.quality.values import DATES, TESTS

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
    for field in regions.FIELDS:
        _look_around(field)
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
    known: dict[str, tuple[bool, str | None]] = {}
    found: list[InvalidValue] = []
    people = Customer.objects.filter(standing__in=CURRENT).exclude(
        **{field: None if field in DATES else ""}
    )
    if field == "name":
        people = people.exclude(name=F("code"))  # which is missing
    told: Any = people.order_by("pk").values_list("pk", field)
    for pk, held in told.iterator(chunk_size=AT_ONCE):
        value = fields.text(held)
        if value not in known:
            good = is_one(value)
            known[value] = (good, None if good else meant(value))
        good, proposed = known[value]
        if not good:
            found.append(InvalidValue(customer_id=pk, field=field, value=value, proposed=proposed))
    _note(field, found)


def _look_around(field: str) -> None:
    """Note the values of a field that are otherwise than most customers have them."""
    people = Customer.objects.filter(standing__in=CURRENT)
    meant = regions.meant(people, field)
    odd = people.filter(city__in={city for city, _text in meant}) if meant else people.none()
    told: Any = odd.order_by("pk").values_list("pk", "city", field)
    found = [
        InvalidValue(customer_id=pk, field=field, value=text, proposed=meant[city, text])
        for pk, city, text in told.iterator(chunk_size=AT_ONCE)
        if (city, text) in meant
    ]
    _note(field, found)


def _note(field: str, found: list[InvalidValue]) -> None:
    InvalidValue.objects.filter(field=field).delete()
    InvalidValue.objects.bulk_create(found, batch_size=AT_ONCE)


def _turn(_due: Due) -> None:
    look()


JOB = ClockJob("quality.look", _turn)
