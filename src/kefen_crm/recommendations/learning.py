"""Every night: what to offer each customer, learned anew where the facts changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.gateway.offers import learn
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.parts import ClockJob
from kefen_crm.recommendations.models import CustomerOffers, Learned

if TYPE_CHECKING:
    from kefen_crm.platform.due import Due

MOST: Final = 50_000
"""Customers who get offers: those with most sales first."""
AT_ONCE: Final = 2_000


@transaction.atomic
def learn_offers() -> Learned | None:
    """Learn offers for all customers, unless the facts are those of the last time."""
    version = newest_version()
    last = Learned.objects.first()
    if last is not None and last.ledger_version == version:
        return last
    people = Customer.objects.filter(standing__in=CURRENT, in_facts=True)
    known = list(people.order_by("-sales", "code").values_list("pk", "code", "industry")[:MOST])
    classes = dict[int, str | None]()
    if scheme := leading_scheme():
        graded = CustomerClass.objects.filter(scheme=scheme, customer__in=[pk for pk, *_ in known])
        classes = dict(graded.values_list("customer_id", "class_key"))
    groups = {code: f"{classes.get(pk) or ''}/{industry}" for pk, code, industry in known}
    found = learn(groups)
    if found is None:
        return None
    by_code = {code: pk for pk, code, _ in known}
    CustomerOffers.objects.all().delete()
    CustomerOffers.objects.bulk_create(
        (
            CustomerOffers(customer_id=by_code[code], offers=offers)
            for code, offers in found.offers.items()
        ),
        batch_size=AT_ONCE,
    )
    return Learned.objects.create(
        as_of=found.as_of,
        ledger_version=version,
        judged=found.judged,
        customers=len(found.offers),
    )


def _turn(_due: Due) -> None:
    learn_offers()


JOB = ClockJob("recommendations.learn", _turn)
