"""The first classes of a company are written at once, and come out as if one by one."""

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from kefen_crm.grading import first_classes
from kefen_crm.grading.actions import execute_runs, request_runs
from kefen_crm.grading.models import CustomerClass, Run, RunInForce, Scheme

pytestmark = pytest.mark.django_db(transaction=True)


def made():
    """The indexes and keys of classes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT indexdef FROM pg_indexes WHERE tablename = 'grading_customerclass' UNION
            SELECT conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint
            WHERE conrelid = 'grading_customerclass'::regclass ORDER BY 1"""
        )
        return cursor.fetchall()


def written():
    """All that is known of classes."""
    left = {"id", "changed", "since"}
    names = [one.attname for one in CustomerClass._meta.fields if one.name not in left]
    return list(CustomerClass.objects.order_by("scheme", "customer").values_list(*names))


def run_first():
    """Run all schemes as if there had been no run."""
    CustomerClass.objects.all().delete()
    RunInForce.objects.all().delete()
    day = Run.objects.latest("pk").as_of
    runs = request_runs(None, Scheme.objects.exclude(current=None), day)
    execute_runs([run.pk for run in runs])


def test_they_come_out_as_if_one_by_one(graded, monkeypatch):
    run_first()
    known, before = made(), written()
    monkeypatch.setattr(first_classes, "MANY", 0)
    taken = []
    real = first_classes._taken_away
    monkeypatch.setattr(
        first_classes, "_taken_away", lambda cursor: taken.append(real(cursor)) or taken[-1]
    )
    run_first()
    assert (made(), written()) == (known, before)
    assert before
    assert taken[0]
    with pytest.raises(IntegrityError):
        CustomerClass.objects.create(customer_id=999_999, scheme=Scheme.objects.first())


def test_where_others_are_in_the_way_they_are_written_one_by_one(graded, monkeypatch):
    run_first()
    known, before = made(), written()
    monkeypatch.setattr(first_classes, "MANY", 0)
    monkeypatch.setattr(first_classes, "PATIENCE", "10ms")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; SELECT count(*) FROM customers_customer")
            run_first()
    finally:
        other.close()
    assert (made(), written()) == (known, before)
