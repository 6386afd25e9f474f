"""Likely duplicates: found, judged, merged with all that is about them, taken apart again."""

import contextlib
import shutil
from collections import Counter
from datetime import date

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from import_steps import landed

import kefen
from jobs import lose, work_off
from kefen.indicators import Request, compute
from kefen.period import Window
from kefen_crm.activities.actions import log, plan
from kefen_crm.activities.models import Activity, Task
from kefen_crm.contacts.actions import add
from kefen_crm.contacts.models import Contact
from kefen_crm.customer_links.actions import link
from kefen_crm.customer_links.models import Link
from kefen_crm.customers.actions import create, edit, synchronise
from kefen_crm.customers.models import Collaborator, Customer, FieldEdit
from kefen_crm.duplicates import actions, moving
from kefen_crm.duplicates.comparing import lines
from kefen_crm.duplicates.finding import FIND, find, nightly
from kefen_crm.duplicates.models import Merge, Pair
from kefen_crm.duplicates.near import near
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.events import Stale
from kefen_crm.platform.models import Event
from kefen_crm.platform.queue import state
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
    page = sign_in_as(carol).get("/duplicates/").content.decode()
    assert "明達貿易" not in page
    assert "Perhaps with a colleague, too" in page
    assert "C1" in page.split("Perhaps with a colleague, too")[1]
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


def test_side_by_side_a_field_is_chosen_where_the_customers_differ(twin):
    both = [customer("C1"), twin]
    found = {one.name: one for one in lines(both, {"phone": "T1"})}
    shown = {
        name: ([cell.text for cell in found[name].cells],
               [cell.code for cell in found[name].cells if cell.chosen], found[name].choice)
        for name in ("name", "email", "phone", "city", "owner")
    }  # fmt: skip
    assert shown == {
        "name": ([both[0].name, twin.name], ["C1"], True),
        "email": (["", "x@mingda.cn"], ["T1"], False),
        "phone": (["021-5555 0101", twin.phone], ["T1"], both[0].phone != twin.phone),
        "city": (["上海", ""], ["C1"], False),
        "owner": (["Carol 张", "Dave 赵"], ["C1"], True),
    }
    assert "fax" not in found, "nobody has one"
    same = {one.name: one.choice for one in lines([both[0], both[0]], {})}
    assert not any(same.values())


def test_merged_all_counts_for_the_one_that_remains_and_back_again(
    twin, bob, carol, dave, erin, settings
):
    contact = add(dave, twin, {"name": "王芳"})
    Contact.objects.filter(pk=contact.pk).update(primary=True)
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
    assert kept.contacts.get(primary=True).name == "Li"
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
    returned = Contact.objects.get(pk=contact.pk)
    assert (returned.customer, returned.primary) == (twin, True)
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


CODES = ["C1", "C2", "C3", "C4", "C5"]
SOLD = {"C1": 8000, "C2": 1500, "C3": 400, "C4": 0, "C5": 100}
CODE = st.sampled_from(CODES)
STEPS = st.one_of(
    st.tuples(st.just("merge"), CODE, CODE),
    st.tuples(st.just("merge"), CODE, CODE),
    st.tuples(st.just("undo"), st.integers(0, 3)),
    st.tuples(st.just("edit"), CODE),
    st.tuples(st.just("bring"), CODE),
    st.tuples(st.just("link"), CODE, CODE, st.sampled_from(["parent", "payer"])),
)


def remaining(code):
    """The code of whoever stands for a customer."""
    found = customer(code)
    while found.merged_into:
        found = found.merged_into
    return found.code


def no_circle():
    """Whether every chain of parents and of payers comes to an end, among those that stand."""
    for kind in ("parent", "payer"):
        to = dict(Link.objects.filter(kind=kind).values_list("customer", "other"))
        for first in to:
            passed, at = set(), first
            while at in to:
                if at in passed:
                    return False
                passed.add(at)
                at = to[at]
    return not Link.objects.filter(customer__merged_into__isnull=False).exists()


@examples(
    max_examples=2,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(STEPS, min_size=4, max_size=7))
def test_imports_edits_merges_and_undos_in_any_order_lose_nothing(
    graded_data, tmp_path_factory, graded, bob, settings, steps
):
    """No edit is lost, merge and undo are each other's opposite, no fact counts twice."""
    settings.KEFEN_DATA = tmp_path_factory.mktemp("merged")
    shutil.copytree(graded_data, settings.KEFEN_DATA, dirs_exist_ok=True)
    with transaction.atomic():
        play(steps, bob, settings)
        transaction.set_rollback(True)


def play(steps, bob, settings):
    written, sold, done = {}, dict(SOLD), []
    for number, (verb, *about) in enumerate(steps):
        if verb == "undo":
            if done:
                one = done.pop(about[0] % len(done))
                try:
                    actions.undo(bob, one)
                except ValidationError:  # merged further since
                    done.append(one)
        elif verb == "merge" and remaining(about[0]) != remaining(about[1]):
            winner, loser = (customer(remaining(code)) for code in about)
            before = stand()
            actions.undo(bob, actions.merge(bob, winner, [loser]))
            assert stand() == before
            done.append(actions.merge(bob, customer(winner.code), [customer(loser.code)]))
        elif verb == "edit":
            code = remaining(about[0])
            written[code] = f"note {number}"
            edit(bob, customer(code), {"note": written[code]})
            log(bob, customer(code), {"kind": "note", "text": written[code]})
        elif verb == "bring":
            sold[about[0]] += 10
            bring(settings, about[0], number)
        elif verb == "link" and remaining(about[0]) != remaining(about[1]):
            with contextlib.suppress(ValidationError):  # a circle
                link(bob, *(customer(remaining(code)) for code in about[:2]), about[2])
        assert no_circle()
    assert {code: customer(code).note for code in written if customer(code).current} == {
        code: note for code, note in written.items() if customer(code).current
    }
    counted = Counter()
    for code, amount in sold.items():
        counted[remaining(code)] += amount
    assert in_ledger(settings) == {code: amount for code, amount in counted.items() if amount}
    for one in sorted(done, key=lambda one: -one.pk):
        actions.undo(bob, one)
    assert {code: customer(code).note for code in written} == written
    assert set(Activity.objects.values_list("customer__code", "text")) >= set(written.items())
    assert in_ledger(settings) == {code: amount for code, amount in sold.items() if amount}


def bring(settings, code, number):
    """An import brings an order of 10 and a remark, under the code of whoever may be merged."""
    work_off("platform")
    row = {"order_id": f"N{number}", "customer_id": code, "ordered_on": "2025-08-01", "amount": 10}
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(pl.DataFrame([row]), "orders")
        ledger.load(pl.DataFrame([{"customer_id": code, "note": "of the file"}]), "customers")
        synchronise(ledger, date(2026, 1, 1))


def test_no_merge_makes_a_customer_its_own_parent(graded, bob, sign_in, settings):
    """Hand-made: C1 belongs to C2, C2 to C3, C3 to C4; who is merged with whom above it."""
    c1, c2, c3, c4, c5 = (customer(code) for code in CODES)
    for child, parent in ((c1, c2), (c2, c3), (c3, c4)):
        link(bob, child, parent, "parent")
    link(bob, c5, c1, "affiliate")
    link(bob, c5, c3, "affiliate")
    before = stand(), set(Link.objects.values_list("customer__code", "other__code", "at"))
    page = sign_in(bob).get("/duplicates/merge/?code=C1&code=C3&keep=C1").content.decode()
    assert "links between customers 3" in page
    merged = actions.merge(bob, c1, [c3])
    told = Program(bob).get("/duplicates/merges")["items"][0]
    assert told["merged"][0]["ended"] == {"customer_links.Link": 3}
    # C1 belongs to C2 as before; C2 no more to C3, which is C1 now.
    assert set(Link.objects.values_list("customer__code", "other__code")) == {
        ("C1", "C2"), ("C1", "C5"),
    }  # fmt: skip
    with pytest.raises(ValidationError):
        link(bob, c2, customer("C1"), "parent")
    actions.undo(bob, merged)
    assert (stand(), set(Link.objects.values_list("customer__code", "other__code", "at"))) == before
    # Whom C3 referred, C1 did; an import that still names C3 changes nothing.
    link(bob, c4, c3, "referrer")
    merged = actions.merge(bob, customer("C1"), [customer("C3")])
    work_off("platform")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(pl.DataFrame({"customer_id": ["C5"], "推荐人": ["C3"]}), kind="customers")
        synchronise(ledger, date(2026, 1, 1))
        asked = [Request("referrals", Window.parse("12m"))]
        counted = compute(ledger, asked, date(2026, 1, 1)).to_polars().to_dicts()
        assert {row["customer_id"]: row["referrals"] for row in counted}["C1"] >= 1
    referred = Link.objects.filter(kind="referrer").values_list("customer__code", "other__code")
    assert set(referred) == {("C4", "C1"), ("C5", "C1")}
    actions.undo(bob, merged)
    Link.objects.filter(kind="referrer").delete()
    # Merged the other way round, the one that remains belongs to what the other belonged to.
    again = actions.merge(bob, customer("C2"), [customer("C3")])
    assert ("C2", "C4") in set(Link.objects.values_list("customer__code", "other__code"))
    actions.undo(bob, again)
    assert (stand(), set(Link.objects.values_list("customer__code", "other__code", "at"))) == before


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


def test_the_page_of_an_import_tells_how_many_came_with_it(graded, bob, sign_in, settings):
    client = sign_in(bob)
    work_off("duplicates")  # the search of before
    twins = "客户编号,客户名称,电话\nN1,明達貿易（上海）有限公司,021 55550101\nN2,苏州新纺,\n"
    record = landed(bob, twins, "customers.csv")
    pages = (record.get_absolute_url(), f"/duplicates/?import={record.batch_id}", "/duplicates/")
    for page in map(client.get, pages):
        assert "Likely duplicates have not been looked for yet" in page.content.decode()
        assert "No likely duplicates" not in page.content.decode()
    with kefen.open(settings.KEFEN_DATA) as ledger:  # as the run that follows does
        synchronise(ledger, date(2026, 1, 1))
    for page in map(client.get, pages):
        assert "Kefen is looking for duplicates" in page.content.decode()
        assert "No likely duplicates" not in page.content.decode()
    work_off("duplicates")
    # The clock of the database stands still within a test.
    Customer.objects.filter(code__in=["N1", "N2"]).update(created=timezone.now())
    Pair.objects.create(first=customer("C3"), second=customer("C5"))  # of before
    page = client.get(record.get_absolute_url()).content.decode()
    assert f'?import={record.batch_id}">1 likely duplicate came with this import' in page
    found = client.get(f"/duplicates/?import={record.batch_id}").content.decode()
    assert "明達貿易(上海)有限公司" in found
    assert "Acme Tools" not in found
    assert "Acme Tools" not in client.get("/duplicates/?import=nothing").content.decode()


def test_there_are_none_only_once_the_search_has_looked(graded, bob, settings):
    client = sign_in_as(bob)
    record = landed(bob, "客户编号,客户名称,电话\nN1,苏州新纺,\n", "customers.csv")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        synchronise(ledger, date(2026, 1, 1))
    pages = (record.get_absolute_url(), "/duplicates/")
    lose("duplicates")
    for page in map(client.get, pages):
        assert "Kefen looks again each day from 06:00" in page.content.decode()
        assert "No likely duplicates" not in page.content.decode()
    nightly(None)
    nightly(None)  # it is queued once, and looks beside the clock
    assert state(FIND) == "todo"
    assert work_off("duplicates") == 1
    for page in map(client.get, pages):
        assert "No likely duplicates" in page.content.decode()
    bob.language = "zh-hans"
    bob.save()
    assert "本次导入未带来疑似重复客户" in client.get(pages[0]).content.decode()
