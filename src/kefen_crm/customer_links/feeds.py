"""Brings who referred a customer into the ledger, where indicators see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from kefen_crm.customer_links.actions import MADE, REMOVED
from kefen_crm.customer_links.models import Link
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.referrals import REFERRED_BY
from kefen_crm.platform.parts import LedgerFeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.platform.models import Event

ATTRIBUTE: Final = REFERRED_BY[0]
MERGED: Final = ("customer.merged", "customer.unmerged")
"""After these, those whom one of these customers referred have another referrer."""


def rows_of(found: Sequence[Event]) -> dict[str, list[dict[str, Any]]]:
    """Who referred these customers, empty for nobody any more."""
    ids = {
        one.customer_id
        for one in found
        if one.customer_id
        and {**(one.before or {}), **(one.after or {})}.get("kind") == Link.Kind.REFERRER
    }
    merges = [one for one in found if one.verb in MERGED]
    codes = [code for one in merges for code in (one.after or {}).get("codes", ())]
    named = Q(other__in=[one.customer_id for one in merges]) | Q(other__code__in=codes)
    if merges:
        of_theirs = Link.objects.filter(named, kind=Link.Kind.REFERRER)
        ids |= set(of_theirs.values_list("customer", flat=True))
    links = Link.objects.filter(customer__in=ids, kind=Link.Kind.REFERRER)
    referrers = dict(links.values_list("customer", "other__code"))
    rows = {}
    for one in Customer.objects.filter(pk__in=ids):
        told = json.dumps({ATTRIBUTE: referrers.get(one.pk, "")}, ensure_ascii=False)
        rows[one.code] = [{"customer_id": one.code, "attributes": told}]
    return rows


FEEDS = (LedgerFeed("customers", (MADE, REMOVED, *MERGED), rows_of),)
