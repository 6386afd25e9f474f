"""Who follows `changed_since` has the same customers, classes and runs in the end, whatever
happened meanwhile."""

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import changing
import company
import psycopg
import pytest
from api_client import Program
from django.db import connection
from grading import run_now

from kefen_crm.customers.models import Customer, FiguresDay
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading.actions import set_override
from kefen_crm.grading.classes import follow_customers
from kefen_crm.grading.models import CustomerClass, Run, Scheme
from kefen_crm.integrations import feed
from kefen_crm.integrations.migrations import __name__ as migrations
from kefen_crm.integrations.models import Deletion
from kefen_crm.platform.database import database_url

pytestmark = pytest.mark.django_db(transaction=True)
WRITER = Path(__file__).with_name("changing.py")
KEYS = {
    "customers": lambda one: one["code"],
    "classes": lambda one: (one["customer"], one["scheme"]),
    "runs": lambda one: one["id"],
}
GONE = {
    "customers": lambda one: one,
    "classes": lambda one: (one["customer"], one["scheme"]),
    "runs": lambda one: one,
}


class Copy:
    """What a program keeps of one kind, by the recipe of the documentation."""

    def __init__(self, program, kind, limit=100, more=""):
        self.program, self.kind = program, kind
        self.path = f"/changes/{kind}?limit={limit}{more}"
        self.since, self.rows = "", {}

    def page(self):
        found = self.program.get(f"{self.path}&changed_since={self.since}")
        for key in found["deleted"]:
            self.rows.pop(GONE[self.kind](key), None)
        for one in found["items"]:
            self.rows[KEYS[self.kind](one)] = one
        self.since = found["changed_since"]
        return found

    def follow(self):
        """Every change; gives the keys that were told."""
        told, more = [], True
        while more:
            found = self.page()
            told += [KEYS[self.kind](one) for one in found["items"]]
            more = found["more"]
        return told


@pytest.fixture
def program(graded, bob):
    return Program(bob)


@pytest.mark.parametrize("kind", ["customers", "classes", "runs"])
def test_what_did_not_change_is_told_once(program, kind):
    copy = Copy(program, kind, limit=2)
    assert len(copy.follow()) == {"customers": 5, "classes": 10, "runs": 2}[kind]
    assert copy.follow() == []


def test_a_class_set_by_hand_is_told_and_another_run_of_the_same_is_not(program, alice):
    copy = Copy(program, "classes", more="&scheme=abc")
    assert len(copy.follow()) == 5
    third = Customer.objects.get(code="C3")
    set_override(alice, third, Scheme.objects.get(name="abc"), "A", "signed a contract")
    assert copy.follow() == [("C3", "abc")]
    told = copy.rows["C3", "abc"]
    assert (told["class"], told["computed"], told["held_by"]) == ("A", "C", "override")
    run_now("abc", str(company.AS_OF))
    assert copy.follow() == []


def test_a_run_is_told_with_what_became_of_it(program):
    copy = Copy(program, "runs")
    copy.follow()
    run = run_now("abc")
    assert copy.follow() == [run.pk]
    assert copy.rows[run.pk]["status"] == "finished"
    assert copy.rows[run.pk]["counts"] == program.get(f"/runs/{run.pk}")["counts"]
    Run.objects.filter(pk=run.pk).update(progress={"stage": "customers"})
    assert copy.follow() == []


def test_what_is_gone_is_told_and_what_came_back_is_there(program):
    people, classes = Copy(program, "customers"), Copy(program, "classes")
    for copy in (people, classes):
        copy.follow()
    Customer.objects.get(code="C5").delete()
    fourth = Customer.objects.get(code="C4")
    fourth.delete()
    Customer.objects.create(code="C4", name="back")
    assert people.follow() == ["C4"]
    classes.follow()
    assert sorted(people.rows) == ["C1", "C2", "C3", "C4"]
    assert {code for code, _scheme in classes.rows} == {"C1", "C2", "C3"}


def test_who_left_the_facts_is_told_as_gone_and_who_came_back_is_there(program, graded):
    people, classes = Copy(program, "customers"), Copy(program, "classes")
    for copy in (people, classes):
        copy.follow()
    with opened() as ledger:
        [batch] = [one for one in ledger.history() if one.kind == "customers"]
        ledger.undo(batch.id)
        follow_customers(ledger, date.fromisoformat(company.AS_OF))
        assert people.follow() == ["C1", "C2", "C3", "C5"]  # they have orders, but no name now
        classes.follow()
        assert sorted(people.rows) == ["C1", "C2", "C3", "C5"]
        assert ("C4", "abc") not in classes.rows
        assert Customer.objects.get(code="C4").standing == "archived"
        ledger.load(company.CUSTOMERS, kind="customers")
        follow_customers(ledger, date.fromisoformat(company.AS_OF))
    assert "C4" in people.follow()
    assert people.rows["C4"]["name"] == "北京新客"


def test_another_code_leaves_no_trace_and_has_copies_start_anew(program):
    people, classes = Copy(program, "customers"), Copy(program, "classes")
    for copy in (people, classes):
        copy.follow()
    Customer.objects.filter(code="C1").update(code="X1")
    assert not Deletion.objects.exists()
    for copy in (people, classes):
        refused = program.get(f"{copy.path}&changed_since={copy.since}", 410)
        assert refused["code"] == "start-anew"
        copy.since, copy.rows = "", {}
        copy.follow()
    assert "X1" in people.rows
    assert {code for code, _scheme in classes.rows} == {"X1", "C2", "C3", "C4", "C5"}


def test_days_that_pass_are_no_change(program):
    copy = Copy(program, "customers")
    copy.follow()
    FiguresDay.objects.update(as_of="2027-01-01")
    Customer.objects.update(figures_until="2027-01-01")
    assert copy.follow() == []


def test_whoever_commits_late_is_not_passed_over(program):
    copy = Copy(program, "customers")
    copy.follow()
    with psycopg.connect(database_url()) as slow:
        slow.execute("UPDATE customers_customer SET name = 'slow' WHERE code = 'C1'")
        Customer.objects.filter(code="C2").update(name="quick")
        copy.follow()  # the slow one began first and is still at it
        slow.commit()
    copy.follow()
    assert (copy.rows["C1"]["name"], copy.rows["C2"]["name"]) == ("slow", "quick")


def test_an_older_transaction_may_write_over_a_younger_one(program):
    copy = Copy(program, "customers")
    copy.follow()
    with psycopg.connect(database_url()) as older:
        older.execute("SELECT pg_current_xact_id()")
        Customer.objects.get(code="C5").delete()
        copy.follow()
        older.execute(changing.INSERT, {"codes": ["C5"], "name": "back", "sales": 1})
        older.commit()
    copy.follow()
    assert sorted(copy.rows) == ["C1", "C2", "C3", "C4", "C5"]


def test_many_processes_write_and_the_reader_ends_with_the_same(program):
    copies = [Copy(program, "customers", 7), Copy(program, "classes", 7)]
    command = [sys.executable, str(WRITER), database_url()]
    writers = [subprocess.Popen([*command, str(seed), "100"]) for seed in range(4)]
    try:
        while any(writer.poll() is None for writer in writers):
            for copy in copies:
                copy.page()
        assert [writer.returncode for writer in writers] == [0] * 4
    finally:
        for writer in writers:
            writer.kill()
    for copy in copies:
        copy.follow()
    people = {one.code: one.name for one in Customer.objects.all()}
    graded = CustomerClass.objects.select_related("customer", "scheme")
    assert {code: one["name"] for code, one in copies[0].rows.items()} == people
    assert {key: one["class"] for key, one in copies[1].rows.items()} == {
        (one.customer.code, one.scheme.name): one.class_key for one in graded
    }


def test_a_cursor_of_another_database_is_refused(program):
    copy = Copy(program, "customers")
    copy.follow()
    other = replace(feed.changes(feed.CUSTOMERS, "", 1).end, epoch="another").written()
    refused = program.get(f"/changes/customers?changed_since={other}", 410)
    assert refused["code"] == "start-anew"
    assert "start anew" in refused["detail"]


def test_a_cursor_from_before_what_was_forgotten_is_refused(program):
    old, new = Copy(program, "customers"), Copy(program, "customers", limit=2)
    old.follow()
    Customer.objects.get(code="C5").delete()
    assert feed.forget_deletions() == 0  # not that long ago
    assert feed.forget_deletions(timedelta(0)) == 3  # the customer and its two classes
    assert program.get(f"{old.path}&changed_since={old.since}", 410)["code"] == "start-anew"
    new.follow()
    assert len(new.rows) == 4


def test_a_cursor_holds_for_what_it_was_made_for(program):
    copy = Copy(program, "classes", more="&scheme=abc")
    copy.follow()
    made_up = ["x", "WzFd", "W10", "%C3%A9", "WyJhIiwiY3VzdG9tZXJzIiwxLDEsMCx7fV0"]
    for cursor in (*made_up, copy.since):
        refused = program.get(f"/changes/customers?changed_since={cursor}", 422)
        assert refused["code"] == "bad-cursor"
    program.get(f"/changes/classes?changed_since={copy.since}", 422)
    program.get("/changes/classes?scheme=none", 404)


def test_representatives_see_their_own_customers_only_and_no_changes(graded, carol):
    Program(carol).get("/changes/customers", 403)


def test_rows_of_another_server_are_stamped_anew(program):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET changed = '4000000000000'")
    copy = Copy(program, "customers")
    assert copy.follow() == []
    assert feed.stamp_anew()
    assert len(copy.follow()) == 5
    assert not feed.stamp_anew()


def test_every_column_is_told_or_left_out_on_purpose():
    about = sys.modules[f"{migrations}.0005_standing"]
    columns = {field.column for field in Customer._meta.concrete_fields}
    # Since then the day of the figures is kept once, and one column has another name.
    silent = about.SILENT - {"changed", "recency", "figures_as_of"} | {"figures_until"}
    assert columns == set(about.TOLD) | silent
