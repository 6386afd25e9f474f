"""Planning: promises first, then where hours bring most; stated and measured are never mixed."""

from datetime import date
from decimal import Decimal

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from kefen_crm.campaigns.models import Campaign
from kefen_crm.customers.models import Customer
from kefen_crm.planning import actions, queries, territories
from kefen_crm.planning.models import SavedPlan
from kefen_crm.platform.models import RuleDocument
from kefen_crm.playbooks import staffing
from kefen_crm.playbooks.models import Commitment

STATED = {
    "A": {"hours": 2.0, "first": 100.0, "fading": 0.5},
    "B": {"hours": 1.0, "first": 60.0, "fading": 0.5},
}


@pytest.fixture
def promised(graded):
    for code in ("C1",):
        Commitment.objects.create(
            customer=Customer.objects.get(code=code), wording=1, rule="Key",
            since=date(2025, 1, 1), hours=3,
        )  # fmt: skip
    return {one["key"]: one for one in queries.classes()}


def test_a_plan_takes_promises_first_and_tells_what_the_next_hour_brings(
    promised, bob, carol, sign_in
):
    count = {key: one["customers"] for key, one in promised.items()}
    key = next(one["key"] for one in promised.values() if one["hours"])
    assert (key, promised[key]["hours"], count["A"]) == ("A", 3.0, 1)
    with pytest.raises(PermissionDenied):
        actions.make(carol, "X", hours=5, stated=STATED)
    made = actions.make(bob, "Year", hours=6, stated=STATED)
    # 3 promised; then A's first step of 2 hours at 100 each; the last hour goes to B at 60.
    rows = {row["key"]: row for row in made.rows}
    assert (rows["A"]["hours"], rows["A"]["promised_hours"], rows["A"]["value"]) == (5, 3, 200)
    assert rows["A"]["next_hour"] == 50
    assert rows["B"]["hours"] == pytest.approx(1)
    assert made.result["hour_price"] == pytest.approx(60 if count["B"] > 1 else 50)
    assert made.ledger_version
    for wrong, word in (
        ({"hours": 2, "stated": STATED}, "promised"),
        ({"hours": 9}, "State"),
        ({"hours": 9, "stated": STATED, "campaign": 1}, "State"),
        ({"hours": 9, "stated": {"Z": STATED["A"]}}, "one class"),
        ({"hours": 9, "campaign": 77}, "over"),
    ):
        with pytest.raises(ValidationError, match=word):
            actions.make(bob, "X", **wrong)
    browser = sign_in(bob)
    form = {"name": "Page", "hours": "6", "hours-A": "2", "first-A": "100", "fading-A": "50"}
    answer = browser.post(reverse("planning:list"), form)
    newest = SavedPlan.objects.first()
    assert answer.headers["Location"] == newest.get_absolute_url()
    shown = browser.get(newest.get_absolute_url()).content.decode()
    assert "One more hour for" in shown
    assert "stated by a person" in shown
    page = browser.get(reverse("planning:list")).content.decode()
    assert "Year" in page
    assert "Spans by role" in page
    assert browser.post(reverse("planning:list"), form | {"hours": "-1"}).status_code == 422
    assert sign_in(carol).get(reverse("planning:list")).status_code == 403


def test_programs_plan_of_what_a_campaign_measured(promised, bob):
    program, rows = Program(bob), []
    for key, value in (("", 5.0), ("A", 40.0), ("B", -3.0)):
        up = {"value": value, "low": value - 10, "high": value + 10}
        rows.append({"key": key, "title": key, "verdict": "gain", "uplift": up, "cost": "100"})
    campaign = Campaign.objects.create(
        name="Spring", by=bob, state="ended", holdout=30, started_on=date(2025, 7, 1),
        counts={"treated": 50, "holdout": 20}, result={"whole": True, "rows": rows},
    )  # fmt: skip
    wanted = {"name": "M", "hours": 100, "campaign": campaign.pk, "minutes": 30}
    once = {"Idempotency-Key": "a"}
    made = program.post("/plans", wanted, 201, headers=once)
    assert program.post("/plans", wanted, 201, headers=once)["id"] == made["id"]
    [row] = made["classes"]
    assert (row["key"], row["hours"], row["money"], row["value"]) == ("A", 3.5, 2, 40)
    assert (row["low"], row["high"], made["source"]) == (30, 50, "measured")
    assert program.get(f"/plans/{made['id']}") == made
    assert program.get("/plans")["items"] == [made]
    program.post("/plans", {"name": "X"}, 422)


def test_territories_are_balanced_and_open_handovers(graded, bob, carol, dave, sign_in):
    RuleDocument.objects.create(
        kind="playbook", version=1, state=RuleDocument.State.PUBLISHED, by=bob, reason="Year",
        document={"rules": [{"name": "All", "hours": 10}]},
    )  # fmt: skip
    held = Customer.objects.filter(owner=carol)
    count = held.count()
    assert count >= 2
    # Carol has about 26 hours a year (5 a week, 10 %), Dave plenty.
    staffing.set_hours(bob, carol, hours_week=Decimal(5), share=10)
    more = [Customer.objects.create(code=f"X{n}", name=f"X{n}", owner=carol) for n in range(3)]
    found = territories.propose(bob, cost="each", apart=1, share=100)
    there = {one.user: one.hours for one in found.people}
    assert 20 < there[carol] < 30
    assert found.lacking == (pytest.approx(10 * (count + 3) - there[carol]), 0)
    assert found.proven
    assert found.moved == count + 3 - 2  # two of 10 hours are what hers suffice for
    [part] = found.parts
    assert (part.giver, part.receiver) == (carol, dave)
    assert {one.pk for one in more} <= {one.pk for one in part.customers}  # who buys least
    client = sign_in(bob)
    query = {"cost": "each", "apart": "1", "share": "100"}
    page = client.get(reverse("planning:territories"), query).content.decode()
    assert "Look at the handover" in page
    assert "No proposal does it at less cost." in page
    shown = client.get(part.url)
    assert set(shown.context["plan"].owners) == {one.pk for one in part.customers}
    form = {"leaver": carol.pk, "receivers": [dave.pk], "reason": "Balance",
            "only": [one.code for one in part.customers],
            "digest": shown.context["plan"].digest}  # fmt: skip
    assert client.post(reverse("holdings:handover"), form).status_code == 302
    assert held.count() == 2
    told = Program(bob).get("/plans/territories")
    assert (told["parts"], told["lacking_after"]) == ([], 0)
    assert sign_in(carol).get(reverse("planning:territories")).status_code == 403
