"""Customers typed in or edited on the site are in the ledger, so that indicators see them."""

from datetime import date

import polars as pl
import pytest

import kefen
from jobs import work_off
from kefen_crm.customers.actions import standing, synchronise, writing
from kefen_crm.customers.models import Customer
from kefen_crm.platform import feeds
from kefen_crm.platform.models import OutboxEntry


@pytest.fixture
def in_ledger(graded, settings):
    """`in_ledger(code)`: the customer as the ledger has it, after what waits has landed."""

    def read(code):
        work_off("platform")
        with kefen.open(settings.KEFEN_DATA) as ledger:
            rows = ledger.table("customers").to_polars().filter(pl.col("customer_id") == code)
        return rows.to_dicts()[0] if len(rows) else None

    return read


def test_a_customer_typed_in_is_in_the_ledger(in_ledger, carol):
    made = writing.create(
        carol, {"name": "新达", "industry": "批发", "registered_on": "2025-05-01"}
    )
    row = in_ledger(made.code)
    assert (row["name"], row["industry"], str(row["registered_on"])) == (
        "新达", "批发", "2025-05-01",
    )  # fmt: skip
    assert row["owner"] == carol.display_name


def test_only_what_was_written_is_said(in_ledger, bob):
    customer = Customer.objects.get(code="C1")
    writing.edit(bob, customer, {"city": "苏州", "phone": ""})
    row = in_ledger("C1")
    assert (row["city"], row["phone"], row["province"]) == ("苏州", None, "上海")
    writing.edit(bob, customer, {"city": "上海"})  # what the imports brought
    assert in_ledger("C1")["city"] == "上海"


def test_what_imports_say_otherwise_is_left_until_somebody_chooses(in_ledger, bob, settings):
    customer = Customer.objects.get(code="C1")
    writing.edit(bob, customer, {"city": "苏州"})
    assert in_ledger("C1")["city"] == "苏州"
    customer.edits.update(incoming="杭州")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(pl.DataFrame({"customer_id": ["C1"], "city": ["杭州"]}), "customers")
    feeds.replay()
    assert in_ledger("C1")["city"] == "杭州"
    writing.choose(bob, customer, "city", "mine")
    assert in_ledger("C1")["city"] == "苏州"


def test_another_field_written_meanwhile_leaves_what_an_import_brought(in_ledger, bob, settings):
    """Bob's 苏州 stands; the imported 杭州 is offered, though he writes a phone before that."""
    customer = Customer.objects.get(code="C1")
    writing.edit(bob, customer, {"city": "苏州"})
    assert in_ledger("C1")["city"] == "苏州"
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(pl.DataFrame({"customer_id": ["C1"], "city": ["杭州"]}), "customers")
    writing.edit(bob, customer, {"phone": "139 0000 1111"})
    row = in_ledger("C1")
    assert (row["city"], row["phone"]) == ("杭州", "139 0000 1111")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        synchronise(ledger, date(2026, 1, 1))
    customer.refresh_from_db()
    assert (customer.city, customer.edits.get(field="city").incoming) == ("苏州", "杭州")


def test_what_was_written_before_an_archive_is_said_when_it_is_back(in_ledger, bob):
    customer = Customer.objects.get(code="C1")
    writing.edit(bob, customer, {"city": "苏州"})
    standing.archive(bob, customer, reason="Closed")
    assert in_ledger("C1")["city"] == "上海"
    standing.restore(bob, customer, reason="Open again")
    assert in_ledger("C1")["city"] == "苏州"


def test_replayed_from_nothing_it_is_the_same(in_ledger, carol):
    made = writing.create(carol, {"name": "新达", "city": "无锡"})
    before = in_ledger(made.code)
    feeds.replay()
    assert in_ledger(made.code) == before


def test_typed_in_it_stays_so_until_an_import_tells_of_it(in_ledger, carol, settings):
    made = writing.create(carol, {"name": "新达"})
    assert in_ledger(made.code)

    def stands():
        with kefen.open(settings.KEFEN_DATA) as ledger:
            synchronise(ledger, date(2026, 1, 1))
        made.refresh_from_db()
        return made.standing

    assert stands() == "site"
    order = {"order_id": ["O9"], "customer_id": [made.code], "ordered_on": ["2025-12-05"]}
    with kefen.open(settings.KEFEN_DATA) as ledger:
        batch = ledger.load(pl.DataFrame(order | {"amount": ["9"]}), "orders")
    assert stands() == "facts"
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.undo(batch.id)
    assert stands() == "site"


def test_the_longest_texts_are_in_the_ledger_whole(in_ledger, bob):
    longest = {"name": "字" * 200, "address": "路" * 500, "phone": "1" * 64, "note": "记" * 10_000}
    made = writing.create(bob, longest, code="C" * 200)
    row = in_ledger(made.code)
    assert {name: row[name] for name in longest} == longest


def test_what_the_ledger_refuses_is_told(graded, bob, settings, caplog):
    """A name that was written before its length was looked at waits, and is told of."""
    made = writing.create(bob, {"name": "New"})
    Customer.objects.filter(pk=made.pk).update(name="N" * 201)
    work_off("platform")
    [entry] = OutboxEntry.objects.filter(consumer=feeds.NAME)
    assert (entry.event.customer_id, entry.error, entry.attempts) == (made.pk, "UnfitError", 1)
    assert "UnfitError: id-too-long" in caplog.text
