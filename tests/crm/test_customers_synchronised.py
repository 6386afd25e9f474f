"""Customers are brought up to the ledger where they differ, and come out as if all were."""

import polars as pl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kefen_crm.customers import snapshots
from kefen_crm.customers.actions import synchronise
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.ledger import opened
from kefen_crm.team.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def synchronised():
    """Bring customers up to the ledger; gives the statements that took."""
    day = Customer.objects.get(code="C1").figures_as_of
    with (
        opened() as ledger,
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        synchronise(ledger, day)
    return [one["sql"] for one in asked]


def rows():
    """All that the site shows of customers, and what they are found by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, found_by FROM customers_searched ORDER BY 1")
        found = cursor.fetchall()
    left = {"updated", "version"}
    names = [one.attname for one in Customer._meta.fields if one.name not in left]
    return list(Customer.objects.order_by("code").values_list(*names)), found


def test_customers_come_out_as_if_all_were_written(graded):
    synchronised()
    assert len(synchronised()) <= 2  # nothing new: who owners are, and what is known
    fresh = {
        "orders": {"customer_id": ["C1", "N1"], "ordered_on": ["2025-12-05"] * 2}
        | {"order_id": ["S1", "S2"], "amount": ["7", "8"]},
        "customers": {"customer_id": ["C2"], "name": ["Renamed"]},
    }
    for kind, facts in fresh.items():
        with opened() as ledger:
            ledger.load(pl.DataFrame(facts), kind)
    before = dict(Customer.objects.values_list("code", "updated"))
    synchronised()
    moved = {
        c for c, when in Customer.objects.values_list("code", "updated") if before.get(c) != when
    }
    assert moved == {"C1", "C2", "N1"}
    some = rows()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_synchronised")
    synchronised()
    assert rows() == some


def test_an_owner_who_comes_to_have_an_account_is_known(graded):
    with opened() as ledger:
        told = {"customer_id": ["C1", "C2"], "owner": ["Zoe Zeta", "Zoe Zeta"]}
        ledger.load(pl.DataFrame(told), "customers")
    synchronised()
    assert Customer.objects.filter(owner__username="zoe").count() == 0
    User.objects.create(username="zoe", first_name="Zoe Zeta", email="zoe@example.com")
    synchronised()
    assert set(Customer.objects.filter(owner__username="zoe").values_list("code", flat=True)) >= {
        "C2"
    }


def test_a_lost_snapshot_or_a_deleted_customer_is_no_loss(graded, settings):
    synchronised()
    Customer.objects.filter(code="C5").delete()
    assert snapshots.last() is None
    synchronised()
    assert Customer.objects.filter(code="C5", in_facts=True).exists()
    for path in (settings.KEFEN_DATA / "cache" / "customers").iterdir():
        path.unlink()
    with opened() as ledger:
        ledger.load(pl.DataFrame({"customer_id": ["C2"], "name": ["Again"]}), "customers")
    synchronised()
    assert Customer.objects.get(code="C2").name == "Again"
