"""What the index finds is what a plain look through all customers finds."""

import random

import pytest
from django.db import connection

from kefen_crm.customers import parts, search
from kefen_crm.customers.finding import best, containing
from kefen_crm.customers.models import Customer

PARTS = [
    "明达",
    "acme tools ",
    "3",
    "Zhang",
    "上海",
    "a'b",
    "x\\y",
    "100%",
    "a_b",
    "o:*",
    "&|!",
    "3M",
    "Müller",
    "ß",
    "贸",
]


@pytest.fixture
def customers(db):
    draw = random.Random(3)
    for number in range(120):
        name = "".join(draw.choices(PARTS, k=draw.randint(1, 4)))
        letters, pinyin = search.spoken(name)
        phone = f"1{draw.randrange(10**9):010}"
        found_by = search.document(f"C{number:03}", name, letters, pinyin, phone, "")
        sales = draw.randint(0, 50)
        Customer.objects.create(code=f"C{number:03}", name=name, search=found_by, sales=sales)
    return draw


def texts(draw):
    """Whole words, parts of any length from anywhere, and some that nobody has."""
    documents = list(Customer.objects.values_list("search", flat=True))
    for document in documents:
        start, length = draw.randrange(len(document)), draw.choice([1, 2, 3, 4, 5, 8])
        yield document[start : start + length].replace("\n", "")
    yield from (*PARTS, "c00 明", "nobody", "%", "_", "'", "\\", "c1 1", "\u3000")


def plain(text):
    found = Customer.objects.all()
    for word in search.words(text):
        found = found.filter(search__contains=word)
    return found


def test_any_part_is_found(customers):
    for text in texts(customers):
        expected = set(plain(text).values_list("pk", flat=True))
        assert (
            set(Customer.objects.filter(containing(text)).values_list("pk", flat=True)) == expected
        )


def test_the_best_are_whose_code_it_is_then_who_buys_most(customers, monkeypatch):
    monkeypatch.setattr("kefen_crm.customers.finding._FIRST", 10)
    every = Customer.objects.all()
    for text in ("贸", "上海", "c0", "nobody", "3m"):
        assert best(every, text, 8) == list(plain(text)[:8])
    expected = sorted(plain("c007"), key=lambda one: one.code != "C007")
    assert best(every, "c007", 8) == expected
    assert best(every, " ", 8) == []


def test_what_is_found_follows_every_way_of_writing(customers):
    Customer.objects.filter(code="C001").update(search="renamed\nc001")
    one = Customer.objects.get(code="C002")
    one.search = "also renamed"
    one.save()
    Customer.objects.get(code="C003").delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, found_by FROM customers_searched ORDER BY customer_id")
        assert cursor.fetchall() == list(
            Customer.objects.order_by("pk").values_list("pk", "search")
        )
    assert {one.code for one in best(Customer.objects.all(), "renamed", 8)} == {"C001", "C002"}


def test_the_program_and_the_database_part_texts_alike(customers):
    told = [
        *Customer.objects.values_list("search", flat=True),
        "",
        "a",
        "ab",
        "ab\n\nabc",
        "\U0010ffff",
    ]
    counts, numbers = parts.of_texts(told)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kefen_parts(text) FROM unnest(%s::text[]) AS text", [told])
        expected = [found for (found,) in cursor.fetchall()]
    assert counts.tolist() == [len(found) for found in expected]
    assert numbers.tolist() == [number for found in expected for number in found]


def test_those_brought_at_once_are_found_as_those_that_follow(customers):
    table = "SELECT customer_id, found_by, parts FROM customers_searched ORDER BY 1"
    with connection.cursor() as cursor:
        cursor.execute(table)
        followed = cursor.fetchall()
        cursor.execute("DELETE FROM customers_searched")
        parts.fill(cursor)
        cursor.execute(table)
        assert cursor.fetchall() == followed
