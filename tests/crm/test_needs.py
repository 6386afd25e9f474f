"""Needs research: talks noted, needs counted by class, the leading need as a fact.

C1 is an A, C2 a B, C3 a C; Carol looks after C1 and C3, Bob sees all. Of 2 customers 1 is a share
of 50 % with the interval of Wilson (1927) from 9.5 % to 90.5 %.
"""

from datetime import date, timedelta

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

import kefen
from jobs import work_off
from kefen_crm.customers.actions import archive
from kefen_crm.customers.models import Customer
from kefen_crm.needs import actions, queries
from kefen_crm.needs.models import Need, Talk
from kefen_crm.platform.events import Stale, deliver
from kefen_crm.privacy.actions import erase
from kefen_crm.privacy.database import SiteDatabase


@pytest.fixture
def needs(graded, bob):
    return [
        actions.save_need(bob, None, {"title_zh": zh, "title_en": en})
        for zh, en in (("价格", "Price"), ("交期", "Delivery"), ("服务", "Service"))
    ]


def said(*customers, needs, leading=None, on=date(2025, 6, 1), **more):
    values = {"kind": "group" if len(customers) > 1 else "interview", "held_on": on, "text": "…"}
    ids = [one.pk for one in needs]
    named = {"customers": list(customers), "needs": ids, "leading": leading and leading.pk}
    return values | named | more


def test_needs_are_counted_by_class_with_intervals(needs, bob, carol, dave):
    price, delivery, service = needs
    actions.save_talk(bob, None, said("C1", "C3", needs=[price]))
    actions.save_talk(carol, None, said("C1", needs=[price, service], leading=service))
    named, groups = queries.counted(carol)
    assert named == sorted([price, service], key=lambda one: one.title_zh)
    told = {
        group.key: {
            one.title_en: (share.count, group.asked)
            for one, share in zip(named, group.shares, strict=True)
        }
        for group in groups
    }
    assert told == {
        "A": {"Price": (1, 1), "Service": (1, 1)},
        "C": {"Price": (1, 1), "Service": (0, 1)},
        "": {"Price": (2, 2), "Service": (1, 2)},
    }
    share = groups[-1].shares[named.index(service)]
    assert (share.share, round(share.low, 3), round(share.high, 3)) == (0.5, 0.095, 0.905)
    # Who does not see every participant does not see the talk; their own are counted.
    actions.save_talk(bob, None, said("C2", "C3", needs=[delivery]))
    assert [one.kind for one in queries.talks_for(carol)] == ["interview", "group"]
    assert queries.counted(dave)[1][-1].asked == 1
    assert Program(carol).get("/needs")["groups"][0]["needs"]


def test_the_page_of_a_customer_tells_of_talks_with_a_leading_need(needs, carol, sign_in):
    """Events have the name of a need, where the field points to one by its number."""
    actions.save_talk(carol, None, said("C1", needs=needs, leading=needs[0]))
    page = sign_in(carol).get(reverse("customers:detail", args=["C1"])).content.decode()
    assert "价格" in page


def test_the_leading_need_is_the_demand_type_that_schemes_may_use(needs, bob, carol, settings):
    price, delivery, _service = needs

    def types():
        deliver("ledger")
        with kefen.open(settings.KEFEN_DATA) as ledger:
            rows = ledger.table("customers").to_polars().rows(named=True)
        return {row["customer_id"]: row["attributes"] for row in rows if row["attributes"]}

    talk = actions.save_talk(bob, None, said("C1", "C3", needs=[], leading=price))
    assert types() == {"C1": '{"demand_type": "价格"}', "C3": '{"demand_type": "价格"}'}
    actions.save_talk(carol, None, said("C1", needs=[], leading=delivery, on=date(2025, 7, 1)))
    assert "交期" in types()["C1"]
    # A later talk stays; whoever did not take part after all has none.
    actions.save_talk(bob, talk, said("C1", "C2", needs=[], leading=price))
    found = types()
    assert "交期" in found["C1"]
    assert "价格" in found["C2"]
    assert "价格" not in found.get("C3", "")


def test_talks_are_of_customers_in_reach_and_of_needs_in_the_list(
    needs, bob, carol, dave, erin, client
):
    price = needs[0]
    for wrong in (
        said("C2", needs=[price]),  # out of reach
        said("C1", needs=[]),
        said("C1", needs=[], leading=Need(pk=999_999)),
        said("C1", needs=[price], kind="group"),
        said("C1", "C3", needs=[price], kind="interview"),
        said("C1", needs=[price], on=timezone.localdate() + timedelta(days=2)),
        said("C1", needs=[price], text=""),
    ):
        with pytest.raises(ValidationError):
            actions.save_talk(carol, None, wrong)
    assert not Talk.objects.exists()
    for refused in (
        lambda: actions.save_talk(erin, None, said("C1", needs=[price])),
        lambda: actions.save_need(carol, None, {"title_zh": "x", "title_en": "x"}),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    talk = actions.save_talk(carol, None, said("C1", needs=[price]))
    with pytest.raises(Talk.DoesNotExist):
        actions.save_talk(dave, talk, said("C1", needs=[price]))
    with pytest.raises(Stale):
        actions.save_talk(carol, talk, said("C1", needs=[price]), expected_version=9)
    client.force_login(carol)
    sent = {"kind": "group", "customers": "C1，C3", "held_on": "2025-05-05", "text": "Both",
            "needs": [price.pk], "leading": price.pk}  # fmt: skip
    client.post(reverse("needs:new"), sent)
    made = Talk.objects.get(text="Both")
    assert [one.code for one in made.customers.all()] == ["C1", "C3"]
    shown = client.get(reverse("needs:list")).content.decode()
    assert "Price" in shown
    assert "C1 C3" in client.get(reverse("needs:edit", args=[made.pk])).content.decode()
    assert "Price" in client.get(reverse("customers:more", args=["C1"])).content.decode()
    # A need that is used no more stays with the talks that told of it.
    actions.save_need(bob, price, {"active": False})
    assert "Price" in client.get(reverse("needs:edit", args=[made.pk])).content.decode()
    assert "Price" not in client.get(reverse("needs:new")).content.decode()
    actions.save_need(bob, price, {"active": True})
    program = Program(carol)
    body = {"held_on": "2025-05-06", "customers": ["C3"], "text": "Hm", "needs": [price.pk]}
    assert program.post("/needs/talks", body, 201)["customers"] == ["C3"]
    assert len(program.get("/needs/talks")["items"]) == 3
    assert Program(dave).get("/needs/talks")["items"] == []


def test_a_talk_with_an_archived_customer_is_seen_and_is_empty_once_one_is_erased(
    needs, bob, carol, dave, client, monkeypatch
):
    talk = actions.save_talk(bob, None, said("C1", "C3", needs=[needs[0]], text="Secret"))
    alone = actions.save_talk(bob, None, said("C3", needs=[needs[0]], text="Open"))
    archive(bob, Customer.objects.get(code="C1"))
    assert set(queries.talks_for(carol)) == {talk, alone}
    client.force_login(carol)
    shown = client.get(reverse("needs:talk", args=[talk.pk])).content.decode()
    assert "Secret" in shown
    assert reverse("needs:edit", args=[talk.pk]) not in shown
    assert client.get(reverse("needs:edit", args=[talk.pk])).status_code == 404
    monkeypatch.setattr(SiteDatabase, "compact", lambda _self: None)  # tests are in a transaction
    erase(bob, "C1", "C1", "by letter")
    work_off("privacy")
    assert [one.text for one in (refreshed(talk), refreshed(alone))] == ["", "Open"]
    assert not queries.talks_for(dave).exists()


def refreshed(talk):
    talk.refresh_from_db()
    return talk
