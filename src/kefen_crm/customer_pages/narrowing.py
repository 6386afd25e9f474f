"""What narrows a customer list: a month with a purchase, none for long, fields people wrote."""

from __future__ import annotations

import re

from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _

from kefen_crm.customers.models import FieldEdit
from kefen_crm.gateway.sales import buyers
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Filter

_MONTH = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])\Z")


def _silent(value: str) -> tuple[str, Q]:
    """Not bought for more than `value` times as long as usual; figures are of twelve months."""
    if not _TIMES.match(value):
        return value, NOBODY
    text = _("Silent for more than %(times)s times as long as usual") % {"times": value}
    return text, Q(GreaterThan(F("recency") * F("orders"), float(value) * _YEAR))


_TIMES = re.compile(r"\d{1,3}(\.\d)?\Z")
_YEAR = 365


def _bought(value: str) -> tuple[str, Q]:
    if not _MONTH.match(value):
        return value, NOBODY
    codes = RawSQL("SELECT unnest(%s::text[])", [buyers(value)])
    return _("Bought in %(month)s") % {"month": value}, Q(code__in=codes)


def _edits(value: str) -> tuple[str, Q]:
    """Where people wrote fields: at all, or so that something is to be chosen."""
    if value == "choose":
        told = FieldEdit.objects.filter(incoming__isnull=False)
        return _("Imports contradict what was written"), Q(pk__in=told.values("customer"))
    if value == "any":
        return _("Changed by people"), Q(pk__in=FieldEdit.objects.values("customer"))
    return value, NOBODY


FILTERS = (Filter("bought", _bought), Filter("silent", _silent), Filter("edits", _edits))
