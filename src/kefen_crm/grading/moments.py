"""The last change of class by each scheme, on the timeline of a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.gateway.filters import UNRATED
from kefen_crm.grading.models import CustomerClass
from kefen_crm.grading.queries import BESIDE
from kefen_crm.platform.parts import Moment, Moments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Scheme

GROUP: Final = gettext_lazy("Classes")


def _read(
    _request: HttpRequest, customer: Customer, _before: datetime | None, _most: int
) -> Iterator[Moment]:
    graded = CustomerClass.objects.filter(customer=customer, previous_run__isnull=False)
    for one in graded.select_related("scheme__current", "run"):
        at = one.run.finished or one.run.created
        if one.previous_key == one.class_key or at is None:
            continue
        names = _title(one.scheme, one.previous_key), _title(one.scheme, one.class_key)
        yield Moment(
            at=at,
            key=f"class {one.pk}",
            title=_("Class changed"),
            icon="arrows-up-down",
            group=GROUP,
            detail=f"{one.scheme.title}: {names[0]} → {names[1]}",
            place=f"#class-{one.scheme.name}",
        )


def _title(scheme: Scheme, key: str | None) -> str:
    titles = {one.key: one.title for one in scheme.classes}
    return titles.get(key or "") or str(dict(BESIDE).get(key or UNRATED, key))


MOMENTS: Final = (Moments((GROUP,), _read),)
