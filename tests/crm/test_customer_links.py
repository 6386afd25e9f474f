"""Customers that belong together, and what they come to as one."""

from datetime import date

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import kefen
from jobs import work_off
from kefen.indicators import Request, compute
from kefen.period import Window
from kefen_crm.customer_links import groups, imported
from kefen_crm.customer_links.actions import changeable, link, unlink
from kefen_crm.customer_links.models import Link
from kefen_crm.customers.actions import synchronise
from kefen_crm.customers.models import Customer
from kefen_crm.platform.models import Event


@pytest.fixture
def people(graded):
    """The customers by their codes; sales: C1 8,000, C2 1,500, C3 400, C5 100."""
    return {one.code: one for one in Customer.objects.all()}


def test_a_group_counts_nobody_twice_and_no_chain_comes_back(people, bob, carol, sign_in):
    c1, c2, c3, c5 = (people[code] for code in ("C1", "C2", "C3", "C5"))
    link(bob, c2, c1, "parent")
    link(bob, c3, c2, "parent")
    link(bob, c1, c3, "affiliate")  # they are in one group already
    link(bob, c3, c1, "affiliate")  # the same
    link(bob, c2, c1, "payer")
    assert groups.group_of(c3) == {c1.pk, c2.pk, c3.pk}
    told = groups.figures(bob, groups.group_of(c3))
    assert (told.customers, told.sales, told.hidden) == (3, 9900, 0)
    seen = groups.figures(carol, groups.group_of(c3))  # C2 is Dave's
    assert (seen.customers, seen.sales, seen.hidden) == (2, 8400, 1)
    for other, kind in ((c3, "parent"), (c1, "parent"), (c2, "cousin")):
        with pytest.raises(ValidationError):
            link(bob, c1, other, kind)
    with pytest.raises(Customer.DoesNotExist):
        link(carol, c1, c2, "payer")
    link(bob, c3, c5, "parent")  # in the place of C2
    assert groups.group_of(c5) == {c5.pk, c3.pk, c1.pk, c2.pk}
    page = sign_in(carol).get(reverse("customers:more", args=["C1"])).content.decode()
    assert "a customer you may not see" in page
    assert "重庆机电厂" not in page
    assert Program(bob).get("/links/group?customer=C1")["paid_for"]["sales"] == "1500.00"


def test_who_referred_whom_reaches_the_indicators(people, bob, erin, settings):
    c1, c3, c5 = (people[code] for code in ("C1", "C3", "C5"))
    made = link(bob, c3, c1, "referrer")
    with pytest.raises(ValidationError):
        link(bob, c1, c3, "referrer")
    with pytest.raises(PermissionDenied):
        unlink(erin, made)
    work_off("platform")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(
            pl.DataFrame({"customer_id": ["C5"], "推荐人": ["Acme Tools"]}), kind="customers"
        )
        synchronise(ledger, c1.figures_as_of)
        asked = [Request(one, Window.parse("12m")) for one in ("referrals", "referred_sales")]
        told = compute(ledger, asked, date(2026, 1, 1))
        rows = {row["customer_id"]: row for row in told.to_polars().to_dicts()}
    assert [rows[code]["referrals"] for code in ("C1", "C3", "C5")] == [1, 1, 0]
    assert [rows[code]["referred_sales"] for code in ("C1", "C3", "C5")] == [400, 100, 0]
    brought = Link.objects.get(by=None)
    assert (brought.customer, brought.other, brought.kind) == (c5, c3, "referrer")
    unlink(bob, changeable(bob).get(pk=made.pk))
    assert [one.verb for one in Event.objects.filter(customer=c3).order_by("id")] == [
        "customer_link.made",
        "customer_link.removed",
    ]


def test_whom_imports_name_as_referrer_is_looked_for_within_an_index(people):
    with CaptureQueriesContext(connection) as asked:
        imported._follow()
    [query] = [one["sql"] for one in asked if "told" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + query)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "customer_referred" in plan


def test_the_page_links_and_takes_away(people, bob, sign_in):
    client = sign_in(bob)
    add = reverse("customer_links:add", args=["C3"])
    assert client.get(add).status_code == 200
    assert client.post(add, {"kind": "parent", "other": "nobody at all"}).status_code == 422
    assert client.post(add, {"kind": "parent", "other": "上海明达"}).status_code == 302
    made = Link.objects.get()
    assert (made.customer.code, made.other.code) == ("C3", "C1")
    assert client.post(reverse("customer_links:remove", args=["C3", made.pk])).status_code == 302
    assert not Link.objects.exists()
