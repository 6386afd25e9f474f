"""No class outlives its customer or scheme, though the database does not look up each."""

from threading import Thread

import psycopg
import pytest
from django.db import connection, transaction

from kefen_crm.customers.models import Customer
from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.platform.database import database_url

pytestmark = pytest.mark.django_db(transaction=True)

INSERT = """
    INSERT INTO grading_customerclass (customer_id, scheme_id, detail, held_by, pending)
    SELECT id, %s, '{}', '', 0 FROM customers_customer WHERE id = %s
"""
DELETE = "DELETE FROM customers_customer WHERE id = %s"
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
def classed(graded):
    """A customer whom nothing but a class is about, in a scheme that nothing else is about."""
    scheme = Scheme.objects.create(name="other")
    customer = Customer.objects.create(code="X", name="x")
    CustomerClass.objects.create(customer=customer, scheme=scheme)
    return customer, scheme


def orphans():
    rows = CustomerClass.objects.values_list("customer", "scheme")
    people = set(Customer.objects.values_list("pk", flat=True))
    schemes = set(Scheme.objects.values_list("pk", flat=True))
    return [row for row in rows if row[0] not in people or row[1] not in schemes]


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("by", ["Django", "SQL"])
def test_classes_go_along(classed, which, by):
    gone, before = classed[which], CustomerClass.objects.count()
    if by == "Django":
        gone.delete()
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {gone._meta.db_table} WHERE id = %s", [gone.pk])
    assert not orphans()
    assert CustomerClass.objects.count() == before - 1


@pytest.mark.parametrize("table", ["customers_customer", "grading_scheme"])
def test_emptying_a_table_leaves_no_class(classed, table):
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")
    assert not CustomerClass.objects.exists()


def test_who_deletes_a_customer_waits_for_classes_being_written(classed):
    customer, _scheme = classed
    scheme = Scheme.objects.get(name="abc")
    with psycopg.connect(database_url()) as run:
        run.execute(INSERT, [scheme.pk, customer.pk])
        deleting = Thread(target=execute, args=[DELETE, [customer.pk]])
        deleting.start()
        wait_for(deleting)
        run.commit()
    deleting.join()
    assert not Customer.objects.filter(pk=customer.pk).exists()
    assert not orphans()


def test_who_writes_classes_waits_for_customers_being_deleted(classed):
    customer, _scheme = classed
    scheme = Scheme.objects.get(name="abc")
    with transaction.atomic():
        customer.delete()
        writing = Thread(target=execute, args=[INSERT, [scheme.pk, customer.pk]])
        writing.start()
        wait_for(writing)
    writing.join()
    assert not orphans()


def execute(command, values=None):
    with psycopg.connect(database_url()) as other:
        other.execute(command, values)


def wait_for(thread):
    """Until it waits for a lock."""
    with psycopg.connect(database_url(), autocommit=True) as looking:
        while not looking.execute(WAITING).fetchone()[0]:
            assert thread.is_alive()
