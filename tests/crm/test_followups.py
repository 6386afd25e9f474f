"""Contact gaps: whose owner is told when, once a gap, by the rules in force."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from django.urls import reverse
from django.utils import timezone

from jobs import work_off
from kefen_crm.customers.actions import assign
from kefen_crm.customers.models import Customer
from kefen_crm.followups.queries import CONTACT_GAP
from kefen_crm.gateway.ledger import opened
from kefen_crm.platform import clock, events, rules
from kefen_crm.platform.models import Confirmation, Effect, Event, Notification
from kefen_crm.rules import actions
from kefen_crm.workdays import actions as workdays

TALK = [
    # customer, day: C1 on the Tuesday before the National Day 2026, C2 in the summer.
    {"interaction_id": "I1", "customer_id": "C1", "happened_on": "2026-09-29", "type": "phone"},
    {"interaction_id": "I2", "customer_id": "C2", "happened_on": "2026-07-01", "type": "phone"},
]
RULES = [{"name": "All: 3 days", "scope": {}, "working_days": 3}]


def morning(day, month=10):
    """8:00 in Shanghai."""
    return datetime(2026, month, day, tzinfo=UTC)


@pytest.fixture
def spoken(graded, bob):
    """C1 and C3 are Carol's, C2 Dave's; C3 came on the 8th of October and was never spoken to."""
    with opened() as ledger:
        ledger.load(pl.DataFrame(TALK), kind="interactions")
    workdays.install()
    came = {"C3": datetime(2026, 10, 8, 3, tzinfo=UTC)}
    for code, created in came.items():
        Customer.objects.filter(code=code).update(created=created)
    kind = rules.kinds()[CONTACT_GAP]
    actions.save(bob, kind, {"rules": RULES})
    actions.publish(bob, kind, "To keep in touch")


def told():
    work_off("platform")
    rows = Notification.objects.filter(kind="contact_gap").order_by("id")
    return [(one.user.username, one.message) for one in rows]


def test_the_owner_is_told_after_so_many_working_days(spoken, carol, dave):
    owned = dict(Customer.objects.values_list("code", "owner__username"))
    clock.tick(morning(10))
    # C1: the 30th of September, the 8th and 9th of October have passed. C2: 22 days of July, 21 of
    # August, 22 of September (the 25th is off, the 20th made up for), and those two of October.
    assert told() == [
        (owned["C2"], "Nobody has spoken to 重庆机电厂 for 67 working days"),
        (owned["C1"], "Nobody has spoken to 上海明达贸易有限公司 for 3 working days"),
    ]
    clock.tick(morning(10) + timedelta(minutes=30))
    clock.tick(morning(12))
    assert len(told()) == 2


def test_not_a_day_earlier_nor_on_a_day_off(spoken):
    clock.tick(morning(9))
    assert [name for _user, name in told() if "明达" in name] == []
    clock.tick(morning(11))  # a Sunday
    assert Effect.objects.filter(rule=CONTACT_GAP).count() == 1


def test_who_was_never_spoken_to_counts_from_the_day_they_came(spoken):
    clock.tick(morning(12))
    assert not [message for _user, message in told() if "yet" in message]
    clock.tick(morning(13))  # the 9th, 10th (made up for) and 12th have passed
    waiting = [message for _user, message in told() if "yet" in message]
    assert waiting == ["Nobody has spoken to Acme Tools yet, here since 2026-10-08"]


def test_a_new_gap_is_told_anew(spoken):
    clock.tick(morning(10))
    with opened() as ledger:
        again = TALK[0] | {"interaction_id": "I3", "happened_on": "2026-10-12"}
        ledger.load(pl.DataFrame([again]), kind="interactions")
    clock.tick(morning(15))
    assert len([name for _user, name in told() if "明达" in name]) == 1
    clock.tick(morning(16))
    assert len([name for _user, name in told() if "明达" in name]) == 2


def test_preview_says_whom_it_would_tell(spoken, bob, sign_in, monkeypatch):
    monkeypatch.setattr(
        timezone,
        "localdate",
        lambda value=None: date(2026, 10, 10) if value is None else value.date(),
    )
    page = sign_in(bob).get(reverse("rules:preview", args=[CONTACT_GAP])).content.decode()
    assert "<strong>2</strong> of 5 customers would be touched now" in page
    assert "上海明达贸易有限公司" in page
    assert "3 working days since 2026-09-29" in page


def test_many_are_asked_about_first(spoken, carol, bob):
    Customer.objects.bulk_create(
        Customer(code=f"N{n}", name=f"New {n}", owner=carol, origin="site") for n in range(60)
    )
    Customer.objects.filter(code__startswith="N").update(created=morning(1, 9))
    clock.tick(morning(10))
    asked = Confirmation.objects.get(rule=CONTACT_GAP)
    assert (asked.touching, asked.population) == (62, 65)
    work_off("platform")
    mine = Notification.objects.filter(user=bob, kind="rule.asked")
    assert [one.message for one in mine] == [
        "A rule stopped and asks: it would touch 62 customers today"
    ]
    assert told() == []
    actions.decide(bob, asked.pk, Confirmation.Decision.GO_ON)
    clock.tick(morning(10) + timedelta(minutes=30))
    assert len(told()) == 62


def test_the_customers_page_says_which_rule_holds(spoken, carol, sign_in):
    page = sign_in(carol).get(reverse("customers:detail", args=["C1"])).content.decode()
    assert "“All: 3 days” holds: at least one contact in 3 working days." in page


def test_the_timeline_tells_the_gap(spoken, carol, sign_in):
    clock.tick(morning(10))
    page = sign_in(carol).get(reverse("customers:detail", args=["C1"])).content.decode()
    assert "Nobody spoke to them for long" in page
    assert "3 working days since 2026-09-29" in page
    assert Event.objects.get(verb="contact_gap.found", customer__code="C1").actor is None


def test_owners_are_told_who_becomes_theirs_and_whose_are_anothers(spoken, bob, carol, dave):
    customer = Customer.objects.get(code="C1")
    before, after = (carol, dave) if customer.owner == carol else (dave, carol)
    assign(bob, customer, after)
    work_off("platform")
    rows = Notification.objects.filter(kind__startswith="customer.").values_list("user", "kind")
    assert set(rows) == {(before.pk, "customer.taken"), (after.pk, "customer.given")}
    assert "Bob 李 made you the owner of 上海明达贸易有限公司" in [
        one.message for one in Notification.objects.filter(user=after)
    ]


def test_collaborators_are_told(graded, bob, dave):
    customer = Customer.objects.get(code="C1")
    events.record(bob, "customer.shared", customer, after={"user": dave.pk, "access": "read"})
    work_off("platform")
    [one] = Notification.objects.filter(kind="customer.shared")
    assert (one.user, one.message) == (
        dave,
        "Bob 李 made you a collaborator of 上海明达贸易有限公司",
    )
