"""What narrows a customer list: a month with a purchase, none for long, fields people wrote."""

from __future__ import annotations

from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _

from kefen_crm.customers.models import FieldEdit
from kefen_crm.customers.queries import days_since_purchase
from kefen_crm.gateway.filters import Bought, Edited, Silent
from kefen_crm.gateway.sales import buyers
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Filter

_YEAR = 365


def _silent(value: str) -> tuple[str, Q]:
    """Figures are of twelve months."""
    asked = Silent.read(value)
    if asked is None:
        return value, NOBODY
    text = _("Silent for more than %(times)s times as long as usual") % {"times": asked.value}
    return text, Q(GreaterThan(days_since_purchase() * F("orders"), asked.times * _YEAR))


def _bought(value: str) -> tuple[str, Q]:
    asked = Bought.read(value)
    if asked is None:
        return value, NOBODY
    codes = RawSQL("SELECT unnest(%s::text[])", [buyers(asked.month)])
    return _("Bought in %(month)s") % {"month": asked.month}, Q(code__in=codes)


def _edits(value: str) -> tuple[str, Q]:
    asked = Edited.read(value)
    if asked is None:
        return value, NOBODY
    if asked.how == "choose":
        told = FieldEdit.objects.filter(incoming__isnull=False)
        return _("Imports contradict what was written"), Q(pk__in=told.values("customer"))
    return _("Changed by people"), Q(pk__in=FieldEdit.objects.values("customer"))


FILTERS = (
    Filter(Bought.name, _bought),
    Filter(Silent.name, _silent),
    Filter(Edited.name, _edits),
)
