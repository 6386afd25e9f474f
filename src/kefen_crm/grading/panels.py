"""What the page of a customer shows of the classes, and why each was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.gateway.classes import explained
from kefen_crm.gateway.ledger import newest_version, opened
from kefen_crm.grading import live
from kefen_crm.grading.freshness import freshness
from kefen_crm.grading.queries import classes_on_page
from kefen_crm.platform.parts import Panel

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer


def _classes(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Each class of the customer with its arithmetic and how fresh it is."""
    graded = classes_on_page(request, customer)
    with opened() as ledger:
        still = [one.run.engine_id for one in graded if not one.live]
        reasons = explained(ledger, customer.code, still)
        if fresh := [one.run for one in graded if one.live]:
            reasons |= live.reasons(ledger, customer, fresh)
    newest = newest_version()
    rows = [
        {
            "graded": one,
            "reason": reasons.get(one.run.engine_id),
            "fresh": freshness(one.scheme, one.run, newest),
        }
        for one in graded
    ]
    return {"classes": rows}


PANELS = (Panel("grading/_customer_classes.html", _classes, "main", position=20),)
