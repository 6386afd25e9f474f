"""Holdout: some customers are left alone all year by whatever advertises, and by nothing else."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

import kefen
from jobs import work_off
from kefen_crm.campaigns import actions as campaigns
from kefen_crm.campaigns import audience
from kefen_crm.campaigns.models import Member
from kefen_crm.care import giving
from kefen_crm.care.document import CareRule
from kefen_crm.care.occasions import Occasion
from kefen_crm.customer_links.models import Link
from kefen_crm.customers.models import Customer
from kefen_crm.holdout import actions, demo, queries, results
from kefen_crm.holdout.models import HoldoutMember, HoldoutYear
from kefen_crm.outreach import reaching
from kefen_crm.outreach.actions import save_template

NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)


@pytest.fixture
def now(monkeypatch):
    def be(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    be(NOON)
    return be


def many(owner, count, start=0):
    return Customer.objects.bulk_create(
        Customer(code=f"M{n:04d}", name=f"M{n}", owner=owner, in_facts=True, origin="facts")
        for n in range(start, start + count)
    )


def test_two_percent_are_drawn_a_year_groups_together_and_new_customers_take_part(
    graded, bob, carol, now
):
    people = many(carol, 995)
    for one, other in zip(people[::10], people[1::10], strict=False):
        Link.objects.create(customer=one, other=other, kind="affiliate", by=bob)
    year = actions.draw()
    assert year.counts["held"] + year.counts["others"] == 1_000
    assert 15 <= year.counts["held"] <= 27
    held = set(queries.held().values_list("customer", flat=True))
    assert all((a.pk in held) == (b.pk in held) for a, b in zip(people[::10], people[1::10]))  # noqa: B905
    assert actions.draw().pk == year.pk
    assert set(queries.held().values_list("customer", flat=True)) == held
    # Who comes later takes part by chance, or as the group.
    kept = next(one for one in people if one.pk in held)
    fresh = many(carol, 1_000, 995)
    Link.objects.create(customer=fresh[0], other=kept, kind="affiliate", by=bob)
    actions.daily(None)
    work_off("holdout")
    joined = HoldoutMember.objects.filter(joined=True)
    assert joined.count() == 1_000
    assert 8 <= joined.filter(held=True).count() <= 36
    assert joined.get(customer=fresh[0]).held
    # Another year draws others.
    now(NOON + timedelta(days=365))
    assert not queries.held().exists()
    actions.draw()
    again = set(queries.held().values_list("customer", flat=True))
    assert again
    assert again != held
    assert HoldoutYear.objects.count() == 2


def test_what_advertises_leaves_them_alone_and_nothing_else_does(graded, bob, carol, now, sign_in):
    many(carol, 200)
    news = save_template(bob, None, {"name": "News", "channel": "hand", "body_zh": "您好"})
    bill = save_template(
        bob, None, {"name": "Bill", "channel": "hand", "body_zh": "您好", "purpose": "service"}
    )
    actions.draw()
    every = list(Customer.objects.values_list("pk", flat=True))
    held = queries.held_among(every)
    assert held
    reached = reaching.reached(every, news.channel, news.purpose, NOON)
    assert {pk for pk, why in reached.refused.items() if why == "holdout"} == held
    assert not held & set(reached.recipients)
    assert held <= set(reaching.reached(every, bill.channel, bill.purpose, NOON).recipients)
    # A campaign leaves them out, unless somebody says why not.
    step = {"day": 0, "kind": "message", "template": news.pk}
    made = campaigns.save(bob, None, {"name": "All", "steps": [step]})
    seen = audience.outlook(bob, made)
    assert (seen.count, seen.out) == (205 - len(held), len(held))
    campaigns.freeze(bob, made)
    drawn = set(Member.objects.filter(campaign=made).values_list("customer", flat=True))
    assert drawn == set(every) - held
    recall = campaigns.save(
        bob, None, {"name": "Recall", "steps": [step], "everybody_reason": "A recall"}
    )
    assert audience.outlook(bob, recall).count == 205
    assert campaigns.freeze(bob, recall).members.count() == 205
    page = sign_in(bob).get(reverse("campaigns:campaign", args=[recall.pk])).content.decode()
    assert "A recall" in page
    # Greetings leave them alone, too; notes about a purchase do not.
    pk, day = next(iter(held)), NOON.date()
    for occasion, why in (("holiday", "holdout"), ("after_purchase", None)):
        rule = CareRule(name="x", occasion=occasion, category="Pump", how="task")
        one = Occasion(rule, pk, None, day, day, f"customer:{pk}/2026")
        assert giving.silenced([one], NOON).get(one.key) == why
    # Who may know is told on the customer's page.
    code = Customer.objects.get(pk=pk).code
    Customer.objects.filter(pk=pk).update(owner=carol)
    address = reverse("customers:detail", args=[code])
    assert "leaves this customer alone in 2026" in sign_in(bob).get(address).content.decode()
    assert "leaves this customer alone" not in sign_in(carol).get(address).content.decode()
    # Nobody is left alone any more, with the reason.
    with pytest.raises(PermissionDenied):
        actions.set_policy(carol, 0, "x")
    with pytest.raises(ValidationError):
        actions.set_policy(bob, 0)
    actions.set_policy(bob, 0, "Too few customers")
    assert not queries.held_among(every)


def test_the_whole_of_outreach_is_held_against_them_by_class(
    graded, bob, carol, now, settings, sign_in
):
    many(carol, 3_000)
    actions.set_policy(bob, 10)
    year = actions.draw()
    held = set(year.members.filter(held=True).values_list("customer__code", flat=True))
    rows = [
        (f"X{n}", code, "2026-01-08", str(100 + n % 7 + 20 * (code not in held)))
        for n, code in enumerate(year.members.values_list("customer__code", flat=True))
    ]
    orders = pl.DataFrame(
        rows, schema=["order_id", "customer_id", "ordered_on", "amount"], orient="row"
    )
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(orders, kind="orders")
    results.weekly(type("Due", (), {"day": NOON.date()}))
    work_off("holdout")
    [together, *_more] = results.shown(HoldoutYear.objects.get())
    assert together["verdict"] == "gain"
    # One interval in twenty misses the truth by chance; none is off by many times its width.
    assert together["uplift"]["value"] == pytest.approx(20, abs=1)
    assert together["uplift"]["low"] < together["uplift"]["value"] < together["uplift"]["high"]
    assert (together["title"], together["holdout"]) == ("Together", len(held))
    page = sign_in(bob).get(reverse("holdout:overview")).content.decode()
    assert "brought more" in page
    assert sign_in(carol).get(reverse("holdout:overview")).status_code == 403
    told = Program(bob).get("/holdout")
    [measured] = told["years"]
    assert (measured["held_out"], measured["until"]) == (len(held), "2026-01-08")
    assert Counter(one["verdict"] for one in measured["effects"])["gain"] >= 1
    demo.demo()
    assert HoldoutYear.objects.count() == 1
