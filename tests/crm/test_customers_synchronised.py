"""Customers are brought up to the ledger where they differ, and come out as if all were."""

from datetime import date

import polars as pl
import psycopg
import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kefen_crm.customers import choices, late_indexes, parts, snapshots
from kefen_crm.customers.actions import synchronise, writing
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import days_since_purchase
from kefen_crm.gateway import customers as engine
from kefen_crm.gateway.ledger import opened
from kefen_crm.platform.database import database_url
from kefen_crm.team.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def synchronised(day=None):
    """Bring customers up to the ledger; gives the statements that took."""
    day = day or Customer.objects.get(code="C1").figures_as_of
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


def made():
    """The indexes and triggers of customers."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT indexdef FROM pg_indexes WHERE tablename ~ '^customers_' UNION
            SELECT pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger
            WHERE tgrelid::regclass::text ~ '^customers_' ORDER BY 1"""
        )
        return cursor.fetchall()


def test_the_first_are_written_at_once_and_leave_the_table_as_it_was(graded):
    """Indexes and triggers are as before, and go on to be followed."""

    def left():
        names = {one.attname for one in Customer._meta.concrete_fields}
        names -= {"id", "created", "updated"}
        return list(Customer.objects.order_by("code").values(*names))

    synchronised()
    known, before = made(), left()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_customer CASCADE")
    synchronised(date(2026, 1, 1))
    assert (made(), left()) == (known, before)
    assert len(before) == 5
    Customer.objects.create(code="X", name="x", search="found by x")
    followed = list(Customer.objects.order_by("pk").values_list("pk", "search"))
    assert rows()[1] == followed


def test_pages_wait_for_no_first_customers(graded, monkeypatch):
    seen = []

    def fill(cursor):
        with psycopg.connect(database_url()) as other:
            other.execute("SET lock_timeout = '2s'")
            seen.extend(other.execute("SELECT count(*) FROM customers_customer"))
            seen.extend(other.execute("SELECT count(*) FROM customers_searched"))
        real(cursor)

    real = parts.fill
    monkeypatch.setattr(parts, "fill", fill)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_customer CASCADE")
    synchronised(date(2026, 1, 1))
    assert seen == [(0,), (0,)]


def test_indexes_are_made_again_after_a_first_time_that_broke_off(graded, monkeypatch):
    before = made()

    def broken(_cursor):
        raise ConnectionError

    for mend in (lambda: synchronised(date(2026, 1, 1)), late_indexes.before_migrations):
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE customers_customer CASCADE")
        with monkeypatch.context() as patched:
            patched.setattr(parts, "fill", broken)
            with pytest.raises(ConnectionError):
                synchronised(date(2026, 1, 1))
        assert len(made()) < len(before) - 10
        Customer.objects.create(code="X", name="typed in meanwhile")
        mend()
        assert made() == before


def test_customers_that_somebody_reads_for_long_keep_their_indexes(graded):
    before = made()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_customer CASCADE")
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT count(*) FROM customers_customer")
        late_indexes.before_first()
        assert made() == before
    late_indexes.before_first()
    assert made() != before
    synchronised(date(2026, 1, 1))
    assert made() == before


def test_who_is_read_alone_comes_out_as_if_everybody_were(graded, carol, monkeypatch):
    """Facts that come, are mended and go; customers that come, go and are typed in."""
    monkeypatch.setattr("kefen.indicators.few_changed.MANY", 9)
    monkeypatch.setattr("kefen.indicators.changed_customers.MUCH", 99)
    read = []
    real = engine.read
    monkeypatch.setattr(engine, "read", lambda *args: read.append(args[2]) or real(*args))
    typed = writing.create(carol, {"name": "新达"})
    day = ["2025-12-05"]
    batches = {}

    def load(kind, **facts):
        with opened() as ledger:
            batch = ledger.load(pl.DataFrame(facts), kind, known_keys="replace")
        assert batch.rejected == 0
        batches[kind] = batch.id

    def undo(kind):
        with opened() as ledger:
            ledger.undo(batches[kind])

    synchronised()
    for change in (
        lambda: load("orders", order_id=["S1"], customer_id=["C1"], ordered_on=day, amount=["7"]),
        lambda: load("orders", order_id=["S1"], customer_id=["C2"], ordered_on=day, amount=["9"]),
        lambda: undo("orders"),
        lambda: load("orders", order_id=["S9"], customer_id=[typed.code], ordered_on=day,
                     amount=["1"]),
        lambda: load("returns", return_id=["R1"], customer_id=["C1"], returned_on=day,
                     amount=["5"]),
        lambda: load("customers", customer_id=["N1", "C3"], name=["Newcomer", "Renamed"],
                     owner=["Dave 赵", "Carol 张"], region=["Far away", ""]),
        lambda: undo("orders"),
        lambda: undo("customers"),
        lambda: load("invoices", invoice_id=["I1"], customer_id=["C5"], issued_on=day,
                     due_on=day, amount=["5"]),
    ):  # fmt: skip
        change()
        synchronised()
        assert read.pop() is not None
        some = rows()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM customers_synchronised")
        synchronised()
        assert read.pop() is None
        assert rows() == some
    assert Customer.objects.filter(code="N1", in_facts=False).exists()
    monkeypatch.setattr("kefen_crm.customers.actions.synchronising._PART", 0)
    assert "Near" not in choices.refresh()["region"]
    load("customers", customer_id=["C3"], name=["Renamed"], region=["Near"])
    synchronised()
    caches["process"].clear()
    assert "Near" in choices.choices("region")


def written_by(act):
    """The customers whose rows an act writes."""
    before = dict(Customer.objects.values_list("code", "updated"))
    act()
    return {c for c, when in Customer.objects.values_list("code", "updated") if before[c] != when}


def recencies():
    return {one.code: one.recency for one in Customer.objects.all()}


def test_a_day_that_passes_writes_those_whose_figures_it_moves(graded):
    synchronised()
    assert written_by(lambda: synchronised(date(2026, 2, 2))) == set()
    assert recencies() == {"C1": 63, "C2": 83, "C3": 229, "C4": None, "C5": 365}
    day = date(2026, 2, 3)
    assert written_by(lambda: synchronised(day)) == {"C5"}
    told = {one.code: (one.orders, one.figures_as_of) for one in Customer.objects.all()}
    assert (told["C5"], told["C1"]) == ((0, day), (2, day))
    assert recencies() == {"C1": 64, "C2": 84, "C3": 230, "C4": None, "C5": None}
    assert dict(Customer.objects.values_list("code", days_since_purchase())) == recencies()
    some = rows()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_synchronised")
    assert written_by(lambda: synchronised(day)) == set()
    assert rows() == some
    with opened() as ledger:
        frame = pl.DataFrame({"customer_id": ["C1"], "ordered_on": ["2026-02-05"]})
        ledger.load(frame.with_columns(order_id=pl.lit("S1"), amount=pl.lit("7")), "orders")
    assert written_by(lambda: synchronised(date(2026, 2, 4))) == set()
    assert written_by(lambda: synchronised(date(2026, 2, 6))) == {"C1"}
    assert recencies()["C1"] == 1


def test_whoever_leaves_the_facts_keeps_the_day_of_the_figures(graded):
    with opened() as ledger:
        told = {"customer_id": ["N1"], "name": ["Newcomer"]}
        batch = ledger.load(pl.DataFrame(told), "customers").id
    synchronised()
    before = Customer.objects.get(code="N1").figures_as_of
    with opened() as ledger:
        ledger.undo(batch)
    synchronised(date(2026, 2, 2))
    gone = Customer.objects.get(code="N1")
    assert (gone.in_facts, gone.figures_as_of) == (False, before)


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
