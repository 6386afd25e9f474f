"""Figures that are remembered are those of the plain query, whatever is written meanwhile."""

import random
from decimal import Decimal
from itertools import chain

import pytest
from django.contrib.auth.models import update_last_login
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models import Count, F, Sum
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from kefen_crm.customer_pages.listing import page_keys, totals
from kefen_crm.customers.actions import edit
from kefen_crm.customers.models import CURRENT, Collaborator, Customer
from kefen_crm.customers.queries import about_visible, visible_to
from kefen_crm.grading import attention, lapsed
from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.grading.queries import own_tallies
from kefen_crm.platform import remembered, stored_figures
from kefen_crm.platform.filters import narrowed
from kefen_crm.team.models import Department, User

pytestmark = pytest.mark.django_db(transaction=True)
ORDER = (F("sales").desc(nulls_last=True), "code")


@pytest.fixture(autouse=True)
def nothing_remembered():
    caches["figures"].clear()


def current():
    return Customer.objects.filter(standing__in=CURRENT)


def of_class(key):
    return current().filter(classes__scheme__name="abc", classes__class_key=key)


def plain(customers):
    with transaction.atomic():  # nothing is remembered in one
        found = customers.order_by().aggregate(customers=Count("pk"), sales=Sum("sales"))
        return found, list(customers.order_by(*ORDER).values_list("pk", flat=True)[1:4])


def shown(customers):
    figures = totals(customers)
    return figures, page_keys(
        customers.order_by(*ORDER), 1, min(4, figures["customers"]), figures["customers"]
    )


@transaction.atomic
def taken_back():
    """Every customer's sales are 1 for a moment, and seen to be."""
    count = Customer.objects.update(sales=1)
    assert totals(Customer.objects.all()) == {"customers": count, "sales": count}
    raise ZeroDivisionError


def writes_by(draw, carol, bob, led):
    """What may be written of a customer, by its key."""
    return [
        lambda one: Customer.objects.create(code=f"N{draw.random()}", name="new"),
        lambda one: Customer.objects.filter(pk=one).update(sales=Decimal(draw.randint(1, 9000))),
        lambda one: Customer.objects.filter(pk=one).update(archived=draw.random() < 0.5),
        lambda one: CustomerClass.objects.filter(customer=one).update(
            class_key=draw.choice(["A", "B", None])
        ),
        lambda one: CustomerClass.objects.filter(customer=one, scheme__name="rfm").delete(),
        lambda one: remembered.forget(),
        lambda one: Customer.objects.filter(pk=one).update(owner=draw.choice([carol, bob, None])),
        lambda one: Collaborator.objects.get_or_create(customer_id=one, user=carol),
        lambda one: Collaborator.objects.filter(customer=one).delete(),
        lambda one: User.objects.filter(pk=bob.pk).update(department=draw.choice([led, None])),
        lambda one: Department.objects.update(lead=draw.choice([carol, None])),
    ]


def test_remembered_figures_are_those_of_the_plain_query(graded, carol, bob):
    draw = random.Random(11)
    led = Department.objects.create(name="Led", lead=carol)
    customers = list(Customer.objects.values_list("pk", flat=True))
    writes = writes_by(draw, carol, bob, led)
    for turn in range(40):
        hers = visible_to(carol)
        for asked in (current(), of_class("A"), current().exclude(region=""), hers):
            assert shown(asked) == plain(asked)
        if turn % 4 == 3:
            with pytest.raises(ZeroDivisionError):
                taken_back()
        else:
            draw.choice(writes)(draw.choice(customers))


def test_what_stayed_is_not_asked_again_and_every_page_has_its_customers(graded):
    first = shown(current())
    with CaptureQueriesContext(connection) as asked:
        assert shown(current()) == first
    assert all("platform_tablechange" in one["sql"] for one in asked.captured_queries)
    listed = current().order_by("region")
    known = listed.count()
    pages = [page_keys(listed, at, min(at + 2, known), known) for at in range(0, known, 2)]
    whole = list(listed.order_by("region", "code").values_list("pk", flat=True))
    assert [key for page in pages for key in page] == whole


def test_what_a_representative_sees_is_remembered_until_the_reach_changes(graded, carol):
    first = shown(visible_to(carol))
    update_last_login(None, carol)
    with CaptureQueriesContext(connection) as asked:
        assert shown(visible_to(carol)) == first
    assert all("platform_tablechange" in one["sql"] for one in asked.captured_queries)


def test_a_table_that_is_not_watched_is_asked_each_time(carol):
    Customer.objects.create(code="E1", name="E1")
    asked = Customer.objects.filter(edits__isnull=True)
    calls = []
    for _turn in range(2):
        remembered.remembered(asked, "calls", lambda: calls.append(1))
    assert len(calls) == 2


def test_marks_of_many_transactions_become_one(carol, monkeypatch):
    monkeypatch.setattr(remembered, "_MANY", 3)
    for number in range(5):
        Customer.objects.create(code=f"E{number}", name="E")
    before = remembered.stamp()
    remembered.forget()
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, count(*) FROM platform_tablechange GROUP BY source")
        assert dict(cursor.fetchall())["customers_customer"] == 1
    assert remembered.stamp() != before


def pages_begin(user):
    """The figures of the first page and of the list, as this person sees them."""
    request = RequestFactory().get("/")
    request.user, request.session = user, {}
    told = [(one.title, one.sales, one.names) for one in attention.items(request)]
    lists = (visible_to(user), narrowed(visible_to(user), QueryDict("class=abc:A")))
    return told, lapsed.lapsed(user, Scheme.objects.get(name="abc")), [totals(one) for one in lists]


def test_figures_read_ahead_are_those_of_the_plain_query(graded, carol, bob):
    draw = random.Random(5)
    writes = writes_by(draw, carol, bob, Department.objects.create(name="Led", lead=carol))
    customers = list(Customer.objects.values_list("pk", flat=True))
    for turn in range(24):
        if turn % 3:
            stored_figures.read_all()
        caches["figures"].clear()
        with transaction.atomic():  # nothing is remembered in one
            plain_ones = pages_begin(bob)
        assert pages_begin(bob) == plain_ones
        draw.choice(writes)(draw.choice(customers))


def test_what_a_page_read_long_is_kept_for_all_processes(graded, carol, bob, monkeypatch):
    """Each figure is kept here; another process has it until something it is of is written."""
    monkeypatch.setattr(stored_figures, "LONG", 0)
    draw = random.Random(7)
    writes = writes_by(draw, carol, bob, Department.objects.create(name="Led", lead=carol))
    customers = list(Customer.objects.values_list("pk", flat=True))
    for _turn in range(12):
        for _process in range(2):
            caches["figures"].clear()
            with transaction.atomic():  # nothing is remembered in one
                plain_ones = pages_begin(carol), own_tallies(carol, Scheme.objects.get(name="abc"))
            kept = pages_begin(carol), own_tallies(carol, Scheme.objects.get(name="abc"))
            assert kept == plain_ones
        assert not asked_of_customers(lambda: totals(visible_to(carol)))
        draw.choice(writes)(draw.choice(customers))


def asked_of_customers(read):
    """Whether customers are asked for a figure that this process has not read."""
    caches["figures"].clear()
    with CaptureQueriesContext(connection) as asked:
        read()
    return any('FROM "customers_customer"' in one["sql"] for one in asked.captured_queries)


def test_figures_read_ahead_are_taken_while_what_they_are_of_stands(graded, bob):
    stored_figures.read_all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT about, computed_at FROM platform_storedfigure ORDER BY about")
        kept = cursor.fetchall()
        stored_figures.read_all()
        cursor.execute("SELECT about, computed_at FROM platform_storedfigure ORDER BY about")
        assert cursor.fetchall() == kept
    assert any(about.startswith("totals: SELECT") for about, _at in kept)
    everybody, best = visible_to(bob), of_class("A")
    assert not asked_of_customers(lambda: totals(everybody))
    one = Customer.objects.get(code="C1")
    edit(bob, one, {"phone": "123", "note": "calls back"})
    assert not asked_of_customers(lambda: totals(everybody))
    assert asked_of_customers(lambda: totals(everybody.filter(phone="123")))
    CustomerClass.objects.filter(customer=one).update(score=1)
    assert not asked_of_customers(lambda: totals(everybody))
    assert asked_of_customers(lambda: totals(best))
    edit(bob, Customer.objects.get(code="C1"), {"region": "West"})
    assert asked_of_customers(lambda: totals(everybody))
    stored_figures.empty()
    stored_figures.read_all()
    assert not asked_of_customers(lambda: totals(everybody))


def test_every_column_of_a_customer_tells_of_its_changes():
    told = remembered.watched()["customers_customer"]
    columns = [one.column for one in Customer._meta.concrete_fields if not one.generated]
    assert sorted(chain.from_iterable(told.values())) == sorted(columns)


def test_whoever_sees_all_counts_those_that_lists_show(graded, bob, carol):
    """The condition that leaves out whom no list shows is the one that looks for whom they show."""
    Customer.objects.filter(code="C2").update(archived=True)
    seen = CustomerClass.objects.filter(customer__in=visible_to(bob))
    assert set(CustomerClass.objects.filter(about_visible(bob))) == set(seen)
    assert seen.count() < CustomerClass.objects.count()
    hers = CustomerClass.objects.filter(about_visible(carol))
    assert set(hers) == set(CustomerClass.objects.filter(customer__in=visible_to(carol)))


def test_of_the_lapsed_the_first_are_named_however_many_brought_as_much(graded, bob, monkeypatch):
    """Among equals it is the code that says who comes first, looked at or not."""
    monkeypatch.setattr(lapsed, "_LOOKED_AT", 4)
    rows = CustomerClass.objects.filter(scheme__name="abc")
    rows.delete()
    scheme = Scheme.objects.get(name="abc")
    for number, money in enumerate([5, 9, 5, 5, 5, None, 5]):
        customer = Customer.objects.create(code=f"L{9 - number}", name=f"L{9 - number}")
        detail = {} if money is None else {"past_worth": str(money), "last_purchase": "2025-01-01"}
        CustomerClass.objects.create(
            customer=customer, scheme=scheme, class_key="~lapsed", detail=detail
        )
    found = lapsed.lapsed(bob, scheme)
    assert (found.customers, found.worth) == (7, 34)
    assert [code for code, _name in found.names] == ["L8", "L3", "L5"]
    rows.filter(customer__code__in=["L3", "L5"]).delete()
    assert [code for code, _name in lapsed.lapsed(bob, scheme).names] == ["L8", "L6", "L7"]
    rows.filter(customer__code="L7").update(detail={"past_worth": "1"})
    assert [code for code, _name in lapsed.lapsed(bob, scheme).names] == ["L8", "L6", "L9"]
