"""Offers on the site: learned from order lines, shown with the reason, a task by one press."""

from datetime import date, timedelta

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied
from django.urls import reverse

import kefen
from kefen_crm.activities.models import Task
from kefen_crm.customers.actions import synchronise
from kefen_crm.customers.models import Customer
from kefen_crm.recommendations.actions import reject
from kefen_crm.recommendations.learning import learn_offers
from kefen_crm.recommendations.models import CustomerOffers, Learned

DAY = date(2026, 1, 1)
PEOPLE = [f"L{at:02}" for at in range(30)]


@pytest.fixture
def shop(graded, settings):
    """Thirty customers who each buy five things of their own every ten days, and long ago the same
    five as everybody."""
    rows = [(who, f"{item} {who}", ago) for who in PEOPLE for item in "abcde"
            for ago in range(5, 100, 10)]  # fmt: skip
    rows += [(who, item, 400) for who in PEOPLE for item in ("ink", "glue", "wire", "nuts", "oil")]
    lines = pl.DataFrame(
        [
            (f"{who}-{ago}", who, str(DAY - timedelta(days=ago)), item, 10)
            for who, item, ago in rows
        ],
        schema=["order id", "customer code", "order date", "product name", "amount"],
        orient="row",
    )
    ledger = kefen.open(settings.KEFEN_DATA)
    ledger.load(lines, "order_lines")
    synchronise(ledger, DAY)
    ledger.close()
    return Customer.objects.get(code="L07")


def test_offers_are_learned_shown_planned_and_rejected(shop, bob, erin, sign_in):
    learned = learn_offers()
    assert learned == learn_offers()  # the same facts
    assert learned.customers == len(PEOPLE)
    [again] = [one for one in learned.judged if one["kind"] == "again"]
    assert (again["hits"], again["popular"], again["better"]) == (1.0, 0.0, True)
    browser, address = sign_in(bob), reverse("customers:more", args=["L07"])
    page = browser.get(address).content.decode()
    assert "Offer next" in page
    assert "Bought about every 10 days, 10 times; last" in page
    assert "a L08" not in page
    browser.post(reverse("recommendations:plan", args=["L07"]), {"item": "a L07"})
    browser.post(reverse("recommendations:plan", args=["L07"]), {"item": "a L07"})
    task = Task.objects.get(origin="offer")  # once a day
    assert (task.customer, task.title, task.owner) == (shop, "Offer: a L07", bob)
    with pytest.raises(PermissionDenied):
        reject(erin, shop, "b L07")
    browser.post(reverse("recommendations:reject", args=["L07"]), {"item": "b L07"})
    program = Program(bob)
    offers = program.get("/offers?customer=L07")
    assert {one["item"] for one in offers} == {"a L07", "c L07", "d L07", "e L07"}
    assert offers[0]["reason"].startswith("Bought about every 10 days")
    assert "该再买的" in Program(bob, "zh-hans").get("/offers/judged")["judged"][0]["text"]["zh"]
    told = program.post("/offers/plan", {"customer": "L07", "item": "c L07"}, 201)
    assert Task.objects.get(pk=told["task"]).title == "Offer: c L07"
    program.post("/offers/plan", {"customer": "L07", "item": "a L08"}, 422)
    # What did not prove right is not shown.
    Learned.objects.update(judged=[again | {"better": False}])
    assert program.get("/offers?customer=L07") == []
    assert CustomerOffers.objects.filter(customer=shop).exists()
