from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer

WORK = "log_activities"
"""The permit to note activities and to plan tasks, of customers whom one may change."""


def alone(customer: Customer) -> None:
    """Wait for whoever is at the tasks of a customer; others wait until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"tasks/{customer.pk}"]
        )
