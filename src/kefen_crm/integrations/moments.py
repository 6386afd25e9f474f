"""The last change of class by each scheme, on the timeline of a customer."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from django.db.models import F
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.gateway.filters import UNRATED
from kefen_crm.grading.models import CustomerClass
from kefen_crm.grading.queries import BESIDE
from kefen_crm.integrations.models import ClassPeriod
from kefen_crm.platform.parts import Moment, Moments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Scheme

GROUP: Final = gettext_lazy("Classes")
_SINCE: Final = "grading_customerclass.since"
"""The column that the triggers of periods keep."""


def _read(
    _request: HttpRequest, customer: Customer, _before: datetime | None, _most: int
) -> Iterator[Moment]:
    """The change to the class that holds now, when it came; runs that leave the class leave it."""
    past: dict[int, list[ClassPeriod]] = defaultdict(list)
    for period in ClassPeriod.objects.filter(customer_id=customer.pk).order_by("-until"):
        past[period.scheme_id].append(period)
    graded = CustomerClass.objects.filter(customer=customer).select_related("scheme__current")
    graded = graded.annotate(before=F("scheme__run_in_force__before"))
    for one in graded.annotate(since=RawSQL(_SINCE, [])):  # noqa: S611  # a constant
        at, was = _came(one, past[one.scheme_id])
        if was == one.class_key:
            continue
        names = _title(one.scheme, was), _title(one.scheme, one.class_key)
        yield Moment(
            at=at,
            key=f"class {one.pk}",
            title=_("Class changed"),
            icon="arrows-up-down",
            group=GROUP,
            detail=f"{one.scheme.title}: {names[0]} → {names[1]}",
            place=f"#class-{one.scheme.name}",
        )


def _came(graded: CustomerClass, past: Iterable[ClassPeriod]) -> tuple[datetime, str | None]:
    """When a class came, and what was before: without any the class of the run before, if any."""
    at: datetime = graded.since  # type: ignore[attr-defined]  # annotated
    for period in past:
        if period.class_key != graded.class_key:
            return at, period.class_key
        at = period.since
    known = graded.graded_before and graded.before  # type: ignore[attr-defined]  # annotated
    return at, graded.previous_key if known else graded.class_key


def _title(scheme: Scheme, key: str | None) -> str:
    titles = {one.key: one.title for one in scheme.classes}
    return titles.get(key or "") or str(dict(BESIDE).get(key or UNRATED, key))


MOMENTS: Final = (Moments((GROUP,), _read),)
