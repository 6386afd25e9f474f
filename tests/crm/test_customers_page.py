from datetime import date

import polars as pl
from django.urls import reverse

from kefen_crm.customers.models import Customer
from kefen_crm.gateway.ledger import opened
from kefen_crm.gateway.trend import Trend, trend


def page(client, code):
    return client.get(reverse("customers:detail", args=[code]))


def test_the_page_says_why_and_what_is_missing(graded, bob, sign_in):
    text = page(sign_in(bob), "C2").content.decode()
    assert "重庆机电厂" in text
    assert "1,500" in text
    assert "8,000" in text
    assert "6,500" in text


def test_an_unrated_customer_has_a_page_that_says_so(graded, bob, sign_in):
    answer = page(sign_in(bob), "C4")
    assert answer.status_code == 200
    assert "Unrated" in answer.content.decode()


def test_a_colleagues_customer_is_not_to_be_found(graded, dave, sign_in):
    assert page(sign_in(dave), "C1").status_code == 404
    assert page(sign_in(dave), "C2").status_code == 200


def test_the_page_asks_the_database_as_often_whoever_looks(
    graded, bob, dave, sign_in, django_assert_max_num_queries
):
    """What a page needs in several places is read once: whether one may write the customer, too."""
    for person in (bob, dave):
        client = sign_in(person)
        for name in ("detail", "more"):
            address = reverse(f"customers:{name}", args=["C2"])
            client.get(address)
            with django_assert_max_num_queries(39) as asked:
                client.get(address)
            told = [one["sql"].split(" FROM ")[-1] for one in asked.captured_queries]
            again = {one for one in told if told.count(one) > 1 and "team_user" not in one}
            assert not again


def test_panels_that_are_looked_at_now_and_then_come_later(graded, bob, dave, sign_in):
    """In one part after the page, each closed below its title; a page of its own without scripts.

    Those with nothing to see yet are together, and a panel is on the page or in that part.
    """
    client, address = sign_in(bob), reverse("customers:more", args=["C2"])
    first = page(client, "C2").content.decode()
    assert f'hx-get="{address}"' in first
    assert f'href="{address}"' in first
    assert "Class contracts" not in first
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Carol" not in part.split("<summary>")[0]
    closed, empty = part.split('id="more-empty"')
    assert "Class contracts" in closed
    assert " open>" not in part
    assert "No quotes yet." in empty
    whole = client.get(address).content.decode()
    assert "<html" in whole
    assert whole.count("<details") == part.count("<details") == whole.count(" open>")
    assert sign_in(dave).get(reverse("customers:more", args=["C1"])).status_code == 404


def test_a_year_before_any_facts_is_unknown_and_no_better(graded, bob, sign_in):
    """The first order of all is of February 2025."""
    rows = {one.title: one for one in trend("C1", date(2026, 1, 1))}
    assert rows["Sales"].now == 8000
    assert {one.before for one in rows.values()} == {None}
    assert {one.better for one in rows.values()} == {None}
    text = page(sign_in(bob), "C1").content.decode()
    assert "31 days before 2026-01-01, the as-of date" in text


def test_a_name_neither_rises_nor_falls():
    assert Trend("Main channel", "", "text", "shop", "phone", None).rose is None


def test_pictures_and_indicators_of_a_customer(graded, bob, dave, sign_in):
    picture = sign_in(bob).get(reverse("customers:purchases", args=["C1"])).json()
    assert picture["type"] == "line"
    table = sign_in(bob).get(reverse("customers:indicators", args=["C1"])).content.decode()
    assert "8,000" in table
    assert sign_in(dave).get(reverse("customers:purchases", args=["C1"])).status_code == 404


def test_figures_are_those_of_now(graded, bob, dave, sign_in):
    """3,000 and 5,000 within twelve months; then 500 more, which no run knows yet."""
    client, address = sign_in(bob), reverse("customers:figures", args=["C1"])
    assert address in page(client, "C1").content.decode()
    before = client.get(address).content.decode()
    assert "8,000" in before
    more = {"order_id": ["O6"], "customer_id": ["C1"], "ordered_on": ["2025-12-30"]}
    with opened() as ledger:
        ledger.load(pl.DataFrame(more | {"amount": ["500"]}), kind="orders")
    assert Customer.objects.get(code="C1").sales == 8000
    now = client.get(address).content.decode()
    assert "8,500" in now
    assert "2 days before 2026-01-01" in now
    assert address not in now
    assert client.get(reverse("customers:figures", args=["C4"])).status_code == 200
    assert sign_in(dave).get(address).status_code == 404


def test_both_languages(graded, bob, sign_in):
    client = sign_in(bob)
    client.cookies["django_language"] = "zh-hans"
    assert "类别与依据" in page(client, "C1").content.decode()


def test_conversations_and_complaints_have_their_tabs(graded, bob, sign_in):
    with opened() as ledger:
        ledger.load(
            pl.DataFrame(
                {"customer_id": ["C1", "C1"], "happened_on": ["2025-06-01", "2025-06-02"]}
                | {"type": ["拜访", "电话"], "direction": ["去", "去"], "responded": [True, False]}
            ),
            "interactions",
        )
        ledger.load(
            pl.DataFrame({"customer_id": ["C1"], "given_on": ["2025-07-01"], "score": [85.5]}),
            "feedback",
        )
    client = sign_in(bob)
    text = page(client, "C1").content.decode()
    assert all(told in text for told in ("Interactions", "拜访", "yes", "no", "Feedback", "85.5"))
    table = client.get(reverse("customers:indicators", args=["C1"])).content.decode()
    assert "Satisfaction" in table
    assert "Outstanding" not in table


def test_what_does_not_count_is_marked(graded, bob, sign_in):
    head = {"customer_id": "C4", "ordered_on": "2025-12-30", "amount": "9"}
    rows = [
        head | {"order_id": "O8", "status": "已完成"},
        head | {"order_id": "O9", "status": "已取消"},
    ]
    with opened() as ledger:
        ledger.load(pl.DataFrame(rows), kind="orders")
    answer = page(sign_in(bob), "C4")
    [orders] = [tab for tab in answer.context["tabs"] if tab.kind == "orders"]
    told = {row.cells[1].text: row.void for row in orders.rows}
    assert told == {"O8": False, "O9": True}
    assert answer.content.decode().count("does not count") == 2  # in its tab, and when it happened


def test_customers_called_by_points_have_an_address(graded, alice, sign_in):
    client = sign_in(alice)
    for code, own in ((".", "~."), ("..", "~.."), ("A/../B", "A/~../B"), ("~.", "~~.")):
        Customer.objects.create(code=code, name=f"Called {code}")
        assert reverse("customers:detail", args=[code]) == f"/customers/of/{own}/"
        assert f"Called {code}" in page(client, code).content.decode()
        assert client.get(f"/api/v1/customers/{own}").json()["code"] == code
