"""Who referred a customer, where an import says so and no person did.

An import names the referrer by code, or by a name that one customer alone has. What a person
said or took away is in the ledger, too, and comes first there.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from kefen_crm.customer_links.actions import lock
from kefen_crm.customer_links.groups import leads_back
from kefen_crm.customer_links.models import Link
from kefen_crm.customers.models import Customer
from kefen_crm.customers.signals import synchronised
from kefen_crm.gateway.referrals import REFERRED_BY

# Its condition is that of the index `customer_referred`, within which those are found.
_TOLD: Final = """
    WITH told AS (
        SELECT id, COALESCE({}) AS told FROM customers_customer
        WHERE merged_into_id IS NULL AND attributes ?| %s)
    SELECT told.id, COALESCE(by_code.id, by_name.id), link.id, link.other_id
    FROM told
        LEFT JOIN customers_customer AS by_code ON by_code.code = told.told
        LEFT JOIN LATERAL (
            SELECT min(id) AS id FROM customers_customer
            WHERE by_code.id IS NULL AND merged_into_id IS NULL AND name = told.told
            HAVING count(*) = 1
        ) AS by_name ON true
        LEFT JOIN customer_links_link AS link
            ON link.customer_id = told.id AND link.kind = 'referrer'
    WHERE (link.id IS NULL OR link.by_id IS NULL)
        AND link.other_id IS DISTINCT FROM COALESCE(by_code.id, by_name.id)
"""


def listen() -> None:
    """Follow every synchronisation."""
    synchronised.connect(_follow, dispatch_uid="customer_links_follow_imports")


def _follow(**_more: Any) -> None:
    """Link customers to whom imports name; one that would make a circle is left."""
    names = list(REFERRED_BY)
    told = ", ".join("attributes ->> %s" for _name in names)
    with connection.cursor() as cursor:
        cursor.execute(_TOLD.format(told), [*names, names])
        rows = cursor.fetchall()
    if rows:
        lock()
    remaining = _remaining() if rows else {}
    for customer, named, link, was in rows:
        other = remaining.get(named, named)
        if other == was:
            continue
        if link is not None:
            Link.objects.filter(pk=link).delete()
        if other not in (None, customer) and not leads_back(customer, other, Link.Kind.REFERRER):
            Link.objects.create(customer_id=customer, other_id=other, kind=Link.Kind.REFERRER)


def _remaining() -> dict[int, int]:
    """By the id of each merged customer that of the one that remains, after any chain."""
    merged = Customer.objects.filter(merged_into__isnull=False)
    into = {pk: other for pk, other in merged.values_list("pk", "merged_into") if other}
    found = {}
    for one in into:
        last = one
        while last in into:
            last = into[last]
        found[one] = last
    return found
