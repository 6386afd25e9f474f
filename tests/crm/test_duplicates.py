"""Likely duplicates: found, judged, merged with all that is about them, taken apart again."""

import random
from datetime import date

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

import kefen
from jobs import work_off
from kefen_crm.activities.actions import log, plan
from kefen_crm.activities.models import Activity, Task
from kefen_crm.contacts.actions import add
from kefen_crm.contacts.models import Contact
from kefen_crm.customers.actions import create, edit, synchronise
from kefen_crm.customers.models import Collaborator, Customer, FieldEdit
from kefen_crm.duplicates import actions, moving
from kefen_crm.duplicates.finding import find
from kefen_crm.duplicates.models import Merge, Pair
from kefen_crm.duplicates.near import near
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.events import Stale
from kefen_crm.platform.models import Event
from kefen_crm.platform.registry import declared

LATER = pl.DataFrame(
    {
        "order_id": ["O9"],
        "customer_id": ["C3"],
        "ordered_on": ["2025-07-01"],
        "amount": ["50"],
    }
)
"""An order that a file brings under the old code of a merged customer."""


def customer(code):
    return Customer.objects.get(code=code)


@pytest.fixture
def twin(graded, bob, dave):
    """C1 typed in again by Dave, who does not see it."""
    values = {"name": "明達貿易（上海）有限公司", "phone": "021 55550101", "email": "x@mingda.cn"}
    return create(dave, values, code="T1")


def in_ledger(settings):
    """The sales by customer as the ledger has them, once all that waits is there."""
    work_off("platform")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        rows = ledger.table("orders").group_by("customer_id")
        found = rows.aggregate(n=lambda t: t.amount.sum()).to_polars()
        return {row["customer_id"]: float(row["n"]) for row in found.to_dicts()}


def test_they_are_found_judged_and_remembered(twin, bob, carol, erin):
    assert find() == 1
    pair = Pair.objects.get()
    assert {pair.first.code, pair.second.code} == {"C1", "T1"}
    assert (pair.parts["phone"], pair.parts["place"]) == (7.0, 2.0)
    page = sign_in_as(bob).get("/duplicates/").content.decode()
    assert "same phone" in page
    assert "明達貿易" not in sign_in_as(carol).get("/duplicates/").content.decode()
    with pytest.raises(PermissionDenied):
        actions.judge(erin, pair)
    with pytest.raises(ObjectDoesNotExist):
        actions.judge(carol, pair)
    with pytest.raises(Stale):
        actions.judge(bob, pair, expected_version=7)
    actions.judge(bob, pair)
    assert find() == 0
    assert Pair.objects.get().state == "different"
    assert "明達貿易" in sign_in_as(bob).get("/duplicates/?show=different").content.decode()


def sign_in_as(user):
    client = Client()
    client.force_login(user)
    return client


def test_near_matches_while_typing_hide_what_one_may_not_see(twin, carol, dave):
    [other, mine] = near(dave, {"name": "上海明达贸易", "phone": "+86 21 5555 0101"})
    assert (other.customer, mine.customer) == (None, twin)
    found = near(carol, {"name": "上海明达贸易"})
    assert [(one.customer.code if one.customer else None, one.name) for one in found] == [
        ("C1", "上海明达贸易有限公司"),
        (None, "明達貿易（上海）有限公司"),
    ]
    page = sign_in_as(carol).get("/duplicates/typing/?name=上海明达贸易").content.decode()
    assert "C1" in page
    assert "T1" not in page
    assert near(carol, {"name": ""}) == []
    [told] = Program(carol).get("/duplicates/near?name=上海明达贸易&phone=1")[1:]
    assert (told["code"], told["name"]) == (None, "明達貿易（上海）有限公司")


def test_merged_all_counts_for_the_one_that_remains_and_back_again(
    twin, bob, carol, dave, erin, settings
):
    contact = add(dave, twin, {"name": "王芳"})
    add(carol, customer("C1"), {"name": "Li", "primary": True})
    task = plan(dave, twin, {"kind": "call", "title": "Offer", "due_on": timezone.localdate()})
    find()
    before = stand()
    with pytest.raises(PermissionDenied):
        actions.merge(erin, customer("C1"), [twin])
    with pytest.raises(ObjectDoesNotExist):
        actions.merge(carol, customer("C1"), [twin])  # Dave's
    with pytest.raises(ValidationError):
        actions.merge(bob, customer("C1"), [customer("C1")])
    with pytest.raises(Stale):
        actions.merge(bob, customer("C1"), [twin], expected_versions={"T1": 9})
    merged = actions.merge(bob, customer("C1"), [twin], {"name": "T1"}, key="k")
    assert actions.merge(bob, customer("C1"), [twin], {"name": "T1"}, key="k") == merged
    kept = customer("C1")
    assert (kept.name, kept.phone, kept.email) == (
        "明達貿易（上海）有限公司", "021-5555 0101", "x@mingda.cn",
    )  # fmt: skip
    assert customer("T1").standing == "merged"
    assert {one.name for one in kept.contacts.all()} == {"王芳", "Li"}
    assert Task.objects.get(pk=task.pk).customer == kept
    assert Collaborator.objects.get(customer=kept).user == dave
    assert not Pair.objects.exists()
    client = sign_in_as(bob)
    assert client.get("/customers/of/T1/")["Location"].endswith("/customers/of/C1/")
    assert "明達" in client.get("/search/?q=T1").content.decode()
    event = Event.objects.get(verb="customer.merged")
    assert (event.customer, event.after["merged"][0]["code"]) == (kept, "T1")
    actions.undo(bob, merged)
    with pytest.raises(ValidationError):
        actions.undo(bob, merged)
    assert stand() == before
    assert Contact.objects.get(pk=contact.pk).customer == twin
    find()
    assert Pair.objects.count() == 1


def stand():
    """All that merging may touch, as it stands."""
    rows = {
        moving.label(model): sorted(model._default_manager.values_list("pk", name), key=str)
        for model, name in moving.moving()
        if moving.label(model) not in ("platform.Event", "platform.Notification")
    }
    fields = ("code", "name", "phone", "email", "owner", "standing", "merged_into", "in_facts")
    edits = FieldEdit.objects.order_by("customer", "field")
    return (
        rows,
        list(Customer.objects.order_by("code").values_list(*fields)),
        list(edits.values_list("customer", "field", "value", "base", "incoming")),
    )


def test_the_ledger_reads_both_histories_as_one(graded, bob, settings):
    merged = actions.merge(bob, customer("C1"), [customer("C3"), customer("C5")])
    assert in_ledger(settings) == {"C1": 8500.0, "C2": 1500.0}
    work_off("live")
    held = CustomerClass.objects.filter(scheme__name="abc")
    classes = {one.customer.code: one.class_key for one in held.select_related("customer")}
    assert classes.get("C3") is None
    assert classes["C1"] == "A"
    with kefen.open(settings.KEFEN_DATA) as ledger:
        assert ledger.load(LATER, "orders").created_customers == 0
        synchronise(ledger, date(2026, 1, 1))
    assert customer("C1").sales == 8550
    assert customer("C3").standing == "merged"
    # Chains: the winner goes into another; the first merge waits for the second.
    second = actions.merge(bob, customer("C2"), [customer("C1")])
    assert in_ledger(settings) == {"C2": 10050.0}
    with pytest.raises(ValidationError, match="since"):
        actions.undo(bob, merged)
    actions.undo(bob, second)
    actions.undo(bob, merged)
    assert in_ledger(settings) == {"C1": 8000.0, "C2": 1500.0, "C3": 450.0, "C5": 100.0}
    assert {one.standing for one in Customer.objects.all()} == {"facts"}


def test_random_edits_merges_and_undos_lose_nothing(graded, bob):
    """Merge and undo are each other's opposite, and no edit is lost, whatever comes between."""
    codes = ["C1", "C2", "C3", "C4", "C5"]
    for seed in range(2):
        dice = random.Random(seed)
        written, before = {}, stand()
        done = []
        for step in range(3):
            standing = [c for c in codes if customer(c).current]
            if len(standing) < 2 or (done and dice.random() < 0.3):
                actions.undo(bob, done.pop())
                continue
            winner, *losers = dice.sample(standing, dice.choice([2, 3]) if len(standing) > 2 else 2)
            done.append(actions.merge(bob, customer(winner), [customer(c) for c in losers]))
            note = f"{seed}.{step}"
            edit(bob, customer(winner), {"note": note})
            log(bob, customer(winner), {"kind": "call", "text": note})
            written[winner] = note
        for one in reversed(done):
            actions.undo(bob, one)
        assert {c: customer(c).note for c in written} == written
        assert Activity.objects.exclude(customer__code__in=written).count() == 0
        for code in written:
            edit(bob, customer(code), {"note": ""})
        Activity.objects.all().delete()
        after = stand()
        assert after[1] == before[1]
        assert (after[0]["contacts.Contact"], after[2]) == (
            before[0]["contacts.Contact"],
            before[2],
        )


def test_every_model_with_a_link_to_a_customer_is_thought_of():
    linked = {moving.label(model) for model, _name in moving.links()}
    personal = {one.model for one in declared("personal")}
    own = {"platform.Event", "platform.Notification"}
    assert linked - personal - own == set()
    assert linked >= moving.STAYING


def test_by_the_api_and_the_pages(twin, bob, carol, sign_in):
    find()
    program = Program(bob)
    [pair] = program.get("/duplicates/pairs")["items"]
    assert sorted(pair["customers"]) == ["C1", "T1"]
    body = {"into": "C1", "merged": ["T1"], "choices": {"phone": "T1"}, "versions": {"T1": 1}}
    once = {"headers": {"Idempotency-Key": "m1"}}
    made = program.post("/duplicates/merges", body, 201, **once)
    assert program.post("/duplicates/merges", body, 201, **once)["id"] == made["id"]
    assert (made["customer"], made["merged"][0]["code"], made["undoable"]) == ("C1", "T1", True)
    program.post("/duplicates/merges", body | {"into": "C9"}, 422)
    Program(carol).post("/duplicates/merges", body | {"into": "C2"}, 422)
    undone = program.post(f"/duplicates/merges/{made['id']}/undo", {})
    assert undone["undone_at"]
    assert program.get("/duplicates/merges")["items"][0]["undoable"] is False
    client = sign_in(bob)
    page = client.get("/duplicates/merge/?code=C1&code=T1").content.decode()
    assert 'name="field.phone"' in page
    sent = {"code": ["C1", "T1"], "keep": "C1", "field.phone": "T1", "reason": "twice"}
    assert client.post("/duplicates/merge/", sent)["Location"] == "/customers/of/C1/"
    assert customer("C1").phone == "021 55550101"
    assert "Merged into this customer" in client.get("/customers/of/C1/").content.decode()
    assert "twice" in client.get("/duplicates/merges/").content.decode()
    pk = Merge.objects.latest("pk").pk
    assert client.post(f"/duplicates/merges/{pk}/undo/").status_code == 302
    assert customer("C1").phone == "021-5555 0101"
    assert client.get("/duplicates/merge/?code=C1").status_code == 404
    find()
    [found] = program.get("/duplicates/pairs")["items"]
    judged = program.post(f"/duplicates/pairs/{found['id']}/judge", {"reason": "branch"})
    assert judged["state"] == "different"
