"""The checks of the data: each finds customers by a condition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final, Literal

from django.apps import apps
from django.db.models import Exists, F, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.activities.models import Activity
from kefen_crm.custom_fields.completeness import file_fields, lacking
from kefen_crm.custom_fields.models import FieldValue
from kefen_crm.customers.models import FieldEdit
from kefen_crm.quality import regions
from kefen_crm.quality.models import InvalidValue
from kefen_crm.quality.values import DATES, EARLIEST_YEAR, NO_DATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from kefen_crm.platform.parts import Text

Kind = Literal["missing", "invalid", "stale", "contradictory", "duplicate"]
KINDS: Final[dict[Kind, tuple[Text, str]]] = {
    "missing": (gettext_lazy("Missing"), "circle-dashed"),
    "invalid": (gettext_lazy("Invalid"), "alert-triangle"),
    "stale": (gettext_lazy("Stale"), "hourglass"),
    "contradictory": (gettext_lazy("Contradictory"), "arrows-diff"),
    "duplicate": (gettext_lazy("Duplicate"), "copy"),
}
"""The kinds of check with their titles and icons."""
STALE: Final = timedelta(days=365)


@dataclass(frozen=True)
class Check:
    """One thing that may be wrong with customers; `mends` are the fields that may be mended."""

    name: str
    kind: Kind
    title: str
    condition: Q
    mends: tuple[str, ...] = ()


def checks() -> list[Check]:
    """Every check there is now, by kind."""
    return [*_missing(), *_invalid(), *_stale(), *_contradictory(), *_duplicate()]


def any_of(found: Iterable[Check]) -> Q:
    """The customers that any of the checks finds."""
    return reduce(or_, (one.condition for one in found), Q(pk__in=[]))


def _missing() -> Iterator[Check]:
    yield Check("name", "missing", _("The name is the code"), Q(name=F("code")))
    yield Check(
        "unreachable",
        "missing",
        _("Neither phone nor e-mail"),
        Q(phone="", email="") & ~_reached(),
    )
    yield Check("owner", "missing", _("Nobody looks after them"), Q(owner=None))
    for field in file_fields():
        if field.classes:
            title = _("%(field)s is required and empty") % {"field": field.title}
            yield Check(f"required-{field.name}", "missing", title, lacking(field))


def _reached() -> Q:
    """Those one of whose contacts can be reached."""
    if not apps.is_installed("kefen_crm.contacts"):
        return Q(pk__in=[])
    reaches = apps.get_model("contacts.Reach").objects.filter(
        contact__customer=OuterRef("pk"), contact__left_on=None, valid=True
    )
    return Q(Exists(reaches))


def _invalid() -> Iterator[Check]:
    for name, title, looked_at in (
        ("phone", _("The phone number is none"), ("phone",)),
        ("email", _("The e-mail address is none"), ("email",)),
        ("names", _("The name has odd signs, or stands for none"), ("name",)),
        ("regions", _("A region, province or city is not as usual"), regions.FIELDS),
    ):
        yield Check(name, "invalid", title, _noted(looked_at), mends=looked_at)
    today = timezone.localdate()
    wrong = Q()
    for name in DATES:
        wrong |= Q(**{f"{name}__gt": today}) | Q(**{f"{name}__year__lt": EARLIEST_YEAR})
        wrong |= Q(**{f"{name}__in": NO_DATES})
    yield Check("dates", "invalid", _("A date lies ahead, or stands for none"), wrong, mends=DATES)
    unfit = FieldValue.objects.filter(value="", written=False, field__retired=False)
    found = Q(pk__in=unfit.exclude(base="").values("customer"))
    yield Check("custom", "invalid", _("Imports bring what does not fit a custom field"), found)


def noted(field: str) -> QuerySet[InvalidValue]:
    """The values of a field that were found to be none of it and stand there still."""
    now = Coalesce(Cast(f"customer__{field}", TextField()), Value(""), output_field=TextField())
    return InvalidValue.objects.filter(field=field).annotate(now=now).filter(value=F("now"))


def _noted(looked_at: Iterable[str]) -> Q:
    return reduce(or_, (Q(pk__in=noted(one).values("customer")) for one in looked_at))


def _stale() -> Iterator[Check]:
    since = timezone.now() - STALE
    talked = Activity.objects.filter(customer=OuterRef("pk"), at__gte=since)
    silent = Q(last_order_on=None) | Q(last_order_on__lt=since.date())
    condition = silent & Q(created__lt=since) & ~Q(Exists(talked))
    yield Check("stale", "stale", _("No order and no contact within a year"), condition)


def _contradictory() -> Iterator[Check]:
    edits = FieldEdit.objects.filter(incoming__isnull=False)
    custom = FieldValue.objects.filter(incoming__isnull=False)
    found = Q(pk__in=edits.values("customer")) | Q(pk__in=custom.values("customer"))
    yield Check("imports", "contradictory", _("Imports contradict what was written"), found)
    later = Q(founded_on__gt=F("registered_on")) | Q(founded_on__gt=F("first_order_on"))
    yield Check("founded", "contradictory", _("Founded after the first purchase"), later)


def _duplicate() -> Iterator[Check]:
    """Pairs that are open to be judged, where there is an app that finds them."""
    if not apps.is_installed("kefen_crm.duplicates"):
        return
    pairs = apps.get_model("duplicates.Pair").objects.filter(state="open")
    found = Q(pk__in=pairs.values("first")) | Q(pk__in=pairs.values("second"))
    yield Check("pairs", "duplicate", _("Perhaps there twice"), found)
