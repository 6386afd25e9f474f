"""How a customer buys, the plan, and white space, worked out by hand. Carol has C1 and C3."""

import json
from datetime import UTC, datetime
from decimal import Decimal as D  # noqa: N817

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

import kefen
from kefen_crm.contacts.actions import add
from kefen_crm.customers.models import Customer
from kefen_crm.key_accounts import plans, white_space
from kefen_crm.key_accounts.models import ApprovalStep, PlanItem
from kefen_crm.platform.events import Stale
from kefen_crm.platform.models import Event

PEERS = {
    "P1": {"Bearings": D(100), "Oil": D(10)},
    "P2": {"Bearings": D(300), "Oil": D(30)},
    "P3": {"Bearings": D(200)},
    "P4": {"Paint": D(900)},
    "P5": {"Oil": D(20)},
}
"""Bearings: three of five, median 200. Oil: three of five, median 20. Paint: one of five, 900."""


@pytest.fixture
def acme(carol, dave):
    """Carol's customer, beside one of Dave's."""
    Customer.objects.create(code="C2", name="Beta", owner=dave)
    return Customer.objects.create(code="C1", name="华东机电", owner=carol)


def test_an_amount_goes_through_the_steps_from_its_threshold_on(acme, carol):
    for position, title, amount, days in (
        (3, "Committee", 500_000, 15), (1, "Buyer", 0, 2), (2, "Finance", 100_000, None),
    ):  # fmt: skip
        said = {"position": position, "title": title, "from_amount": D(amount), "days": days}
        plans.add_step(carol, acme, said)
    steps = list(acme.approval_steps.all())

    def needed(amount):
        found = plans.way(steps, amount)
        return [one.title for one in found.steps], found.days, found.unknown

    assert needed(D("99999.99")) == (["Buyer"], 2, 0)
    assert needed(D(100_000)) == (["Buyer", "Finance"], 2, 1)
    assert needed(D(500_000)) == needed(None) == (["Buyer", "Finance", "Committee"], 17, 1)


def test_steps_and_items_go_through_the_one_door(acme, carol, dave, erin):
    for who, refusal in ((erin, PermissionDenied), (dave, ObjectDoesNotExist)):
        with pytest.raises(refusal):
            plans.add_step(who, acme, {"title": "Buyer"})
    step = plans.add_step(carol, acme, {"title": "Buyer", "from_amount": D(5)}, key="k")
    assert plans.add_step(carol, acme, {"title": "Buyer", "from_amount": D(5)}, key="k") == step
    other = add(dave, Customer.objects.get(code="C2"), {"name": "Wu"})
    for values in ({"contact": other}, {"from_amount": D(-1)}, {"title": " "}):
        with pytest.raises(ValidationError) as refused:
            plans.change_step(carol, step, values)
        assert set(values) == set(refused.value.message_dict)
    step = plans.change_step(carol, step, {"days": 3}, expected_version=1)
    assert plans.change_step(carol, step, {"from_amount": D("5.00")}).version == 2  # the same
    with pytest.raises(Stale):
        plans.remove_step(carol, step, expected_version=1)
    plans.remove_step(carol, step, key="gone")
    plans.remove_step(carol, step, key="gone")
    assert not ApprovalStep.objects.exists()
    assert Event.objects.get(verb="approval_step.removed").before["title"] == "Buyer"
    item = plans.add_item(carol, acme, {"kind": "risk", "text": "New buyer", "weight": 3})
    item = plans.change_item(carol, item, {"state": "done"})
    with pytest.raises(ValidationError):
        plans.change_item(carol, item, {"weight": 4})
    assert Event.objects.get(verb="plan_item.changed").after == {
        "state": "done", "title": "New buyer",
    }  # fmt: skip


def test_white_space_is_what_is_usual_in_the_class_and_below_the_typical_sum():
    found = white_space.compared({"Oil": D(15)}, PEERS)
    assert [(one.name, one.share, one.typical, one.own, one.white) for one in found] == [
        ("Paint", D("0.2"), D(900), D(0), True),
        ("Bearings", D("0.6"), D(200), D(0), True),
        ("Oil", D("0.6"), D(20), D(15), False),
    ]
    assert white_space.compared({"Paint": D(900), "Bearings": D(200), "Oil": D(20)}, PEERS) == []
    assert white_space.compared({}, {name: PEERS[name] for name in ("P1", "P2", "P3", "P4")}) == []


@given(st.integers(1, 1000), st.permutations(sorted(PEERS)))
def test_white_space_scales_with_money_and_minds_no_order(times, order):
    peers = {
        name: {category: amount * times for category, amount in PEERS[name].items()}
        for name in order
    }
    found = white_space.compared({"Oil": D(15) * times}, peers)
    plain = white_space.compared({"Oil": D(15)}, PEERS)
    assert [(one.name, one.share) for one in found] == [(one.name, one.share) for one in plain]
    assert [one.missing for one in found] == [one.missing * times for one in plain]


def test_white_space_is_read_from_the_ledger_against_the_class(
    graded, carol, settings, monkeypatch, sign_in
):
    """C3 and C5 are of class C. C5 buys oil and bearings, of which half come back."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 1, 1, 4, tzinfo=UTC))
    lines = [
        ("L1", "C5", "2025-03-01", "600", "Bearings"),
        ("L2", "C5", "2025-03-02", "-300", "Bearings"),
        ("L3", "C5", "2025-03-03", "50", "Oil"),
        ("L4", "C3", "2025-03-04", "80", "Oil"),
        ("L5", "C5", "2024-12-31", "999", "Paint"),  # longer ago than a year
        ("L6", "C1", "2025-05-05", "70", "Paint"),  # of another class
    ]
    names = ["order_id", "customer_id", "ordered_on", "amount", "category"]
    with kefen.open(settings.KEFEN_DATA) as ledger:
        frame = pl.DataFrame(lines, schema=names, orient="row")
        ledger.load(frame.with_columns(line_no=pl.lit("1")), kind="order_lines")
    customer = Customer.objects.get(code="C3")
    few = white_space.white_space_of(customer)
    assert (few.class_key, few.peers, few.enough) == ("C", 1, False)
    monkeypatch.setattr(white_space, "FEWEST", 1)
    found = white_space.white_space_of(customer)
    assert [(one.name, one.typical, one.own) for one in found.categories] == [
        ("Bearings", D(300), D(0))
    ]
    page = sign_in(carol).get(reverse("key_accounts:white_space", args=["C3"])).content.decode()
    assert "Bearings" in page
    told = Program(carol).get("/key-accounts/C3/white-space")
    assert (told["class_key"], told["peers"]) == ("C", 1)
    assert told["categories"][0]["category"] == "Bearings"


def test_the_pages_note_steps_and_a_plan(acme, carol, sign_in):
    client = sign_in(carol)
    step = {"position": "1", "title": "Committee", "from_amount": "500000", "days": "15"}
    new = reverse("key_accounts:step_new", args=["C1"])
    assert client.post(new, step | {"from_amount": "-1"}).status_code == 422
    assert client.post(new, step).status_code == 302
    one = ApprovalStep.objects.get()
    change = reverse("key_accounts:step_change", args=[one.pk])
    assert client.post(change, step | {"days": "20", "version": "1"}).status_code == 302
    assert client.post(change, step | {"version": "1"}).status_code == 422
    item = {"kind": "goal", "text": "First supplier", "weight": "3"}
    assert client.post(reverse("key_accounts:item_new", args=["C1"]), item).status_code == 302
    goal = PlanItem.objects.get()
    done = item | {"state": "done", "version": "1"}
    assert client.post(reverse("key_accounts:item_change", args=[goal.pk]), done).status_code == 302
    detail = reverse("key_accounts:detail", args=["C1"])
    page = client.get(detail).content.decode()
    assert "Together 20 working days" in page
    assert "First supplier" in page
    for amount, there in (("400000", False), ("500,000", True), ("x", True), ("1e400", True)):
        page = client.get(detail, {"amount": amount}).content.decode()
        assert ("Committee" in page) == there
    assert client.post(reverse("key_accounts:step_remove", args=[one.pk])).status_code == 302
    assert "Committee" not in client.get(detail).content.decode()


def test_programs_note_steps_and_a_plan(acme, carol, dave):
    program, here = Program(carol), "/key-accounts/C1"
    contact = add(carol, acme, {"name": "Chen"})
    body = {"title": "Committee", "from_amount": "500000", "days": 15, "contact": contact.pk}
    made = program.post(f"{here}/procurement", body, 201)
    program.post(f"{here}/procurement", body | {"contact": 999_999}, 422)
    assert program.get(f"{here}/procurement?amount=499999.99")["steps"] == []
    found = program.get(f"{here}/procurement")
    assert ([one["contact"] for one in found["steps"]], found["days"]) == ([contact.pk], 15)

    def patched(path, body, status=200):
        text = json.dumps(body)
        return program.ask("PATCH", path, status, data=text, content_type="application/json")

    where = f"/key-accounts/steps/{made['id']}"
    assert patched(where, {"contact": None, "version": 1})["contact"] is None
    patched(where, {"days": 3, "version": 1}, 412)
    gone = program.client.delete(f"/api/v1{where}", headers=program.headers)
    assert gone.status_code == 204
    item = program.post(f"{here}/plan", {"kind": "risk", "text": "New buyer", "weight": 3}, 201)
    assert patched(f"/key-accounts/plan-items/{item['id']}", {"state": "dropped"})["version"] == 2
    assert program.get(f"{here}/plan")[0]["state"] == "dropped"
    Program(dave).get(f"{here}/plan", 404)
