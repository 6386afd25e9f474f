"""Facts noted by hand: on the page at once, in the ledger soon, corrected and withdrawn."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefen
from jobs import work_off
from kefen_crm.activities.actions import log
from kefen_crm.customers.models import Customer
from kefen_crm.imports.models import Import
from kefen_crm.imports.work import catch_up
from kefen_crm.noted_facts import actions
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.noted_facts.same import look
from kefen_crm.platform import events, feeds
from kefen_crm.platform.events import Stale, deliver
from kefen_crm.platform.facts import announce
from kefen_crm.platform.models import Event, Notification

ORDER = {"ordered_on": "2025-12-30", "amount": "250.00"}


@pytest.fixture
def acme(graded):
    """Carol's customer C3, who bought for 400 in 2025."""
    return Customer.objects.get(code="C3")


def in_ledger(site, kind="orders"):
    """The facts of the ledger that were noted on the site: number → customer, day, amount."""
    with kefen.open(site.KEFEN_DATA) as ledger:
        rows = ledger.table(kind, whole=True).to_polars().to_dicts() if ledger.count(kind) else []
    key = {"orders": "order_id", "payments": "payment_id"}.get(kind, "interaction_id")
    return {row[key]: row for row in rows if row[key].startswith("N-")}


def test_an_order_noted_is_a_fact_of_the_ledger(acme, carol, settings):
    fact = actions.note(carol, acme, "orders", ORDER)
    work_off("platform")
    row = in_ledger(settings)[fact.number]
    assert (row["customer_id"], str(row["ordered_on"]), str(row["amount"])) == (
        "C3", "2025-12-30", "250.00",
    )  # fmt: skip


def test_what_the_site_lands_is_no_import(acme, carol):
    catch_up()
    before = Import.objects.count()
    actions.note(carol, acme, "orders", ORDER)
    work_off("platform")
    catch_up()
    assert Import.objects.count() == before


def test_corrected_and_withdrawn_in_the_ledger_too(acme, carol, settings):
    fact = actions.note(carol, acme, "orders", ORDER)
    work_off("platform")
    actions.correct(carol, fact, ORDER | {"amount": "99"}, expected_version=1)
    work_off("platform")
    assert str(in_ledger(settings)[fact.number]["amount"]) == "99.00"
    actions.withdraw(carol, fact, expected_version=2, reason="It was another customer's")
    work_off("platform")
    assert in_ledger(settings) == {}
    with kefen.open(settings.KEFEN_DATA) as ledger:
        assert ledger.count("orders") == 5  # those of the import are as they were


def test_who_may(acme, carol, dave, erin, bob):
    with pytest.raises(PermissionDenied):
        actions.note(erin, acme, "orders", ORDER)
    with pytest.raises(ObjectDoesNotExist):
        actions.note(dave, acme, "orders", ORDER)
    fact = actions.note(carol, acme, "orders", ORDER)
    with pytest.raises(ObjectDoesNotExist):
        actions.withdraw(dave, fact)
    assert actions.correct(bob, fact, ORDER | {"amount": "1"}).by == carol


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        ("orders", {"ordered_on": "2025-12-30"}, "amount"),
        ("orders", {"amount": "1"}, "ordered_on"),
        ("orders", ORDER | {"ordered_on": "2999-01-01"}, "ordered_on"),
        ("orders", ORDER | {"colour": "red"}, "colour"),
        ("payments", {"paid_on": "2025-13-01", "amount": "1"}, "paid_on"),
        ("feedback", {"given_on": "2025-12-01", "score": "900"}, "score"),
    ],
)
def test_what_the_ledger_would_refuse_is_refused_at_once(acme, carol, kind, values, field):
    with pytest.raises(ValidationError) as refused:
        actions.note(carol, acme, kind, values)
    assert list(refused.value.message_dict) == [field]
    assert not NotedFact.objects.exists()


def test_a_stale_correction_is_refused(acme, carol, bob):
    fact = actions.note(carol, acme, "orders", ORDER)
    actions.correct(bob, fact, ORDER | {"amount": "1"}, expected_version=1)
    with pytest.raises(Stale):
        actions.correct(carol, fact, ORDER | {"amount": "2"}, expected_version=1)


def test_the_customers_page_shows_it_once_before_and_after_it_landed(acme, carol, sign_in):
    client, page = sign_in(carol), reverse("customers:detail", args=["C3"])
    answer = client.post(reverse("noted_facts:note", args=["orders", "C3"]), ORDER)
    assert answer.status_code == 302
    for _landed in (False, True):
        text = client.get(page).content.decode()
        assert text.count("noted by Carol 张") == 1
        assert text.count('kf-num">N-0') == 1  # in the table of orders
        work_off("platform")


def test_a_form_with_faults_says_them(acme, carol, sign_in):
    client = sign_in(carol)
    address = reverse("noted_facts:note", args=["orders", "C3"])
    answer = client.post(address, {"ordered_on": "2999-01-01", "amount": "1"})
    assert answer.status_code == 422
    assert "That day has not come yet." in answer.content.decode()
    assert client.get(reverse("noted_facts:note", args=["orders", "C2"])).status_code == 404
    assert "Without it the profit is unknown" in client.get(address).content.decode()


def patch(program, place, body, status=200):
    text, media = json.dumps(body), "application/json"
    return program.ask("PATCH", place, status, data=text, content_type=media)


def test_by_the_api_with_keys_and_versions(acme, carol, dave):
    program, wanted = Program(carol), {"kind": "orders", "customer": "C3", "values": ORDER}
    headers = {"Idempotency-Key": "k1"}
    made = program.post("/noted", wanted, 201, headers=headers)
    assert program.post("/noted", wanted, 201, headers=headers) == made
    place = f"/noted/{made['id']}"
    told = patch(program, place, {"values": {"amount": "99.50"}, "version": 1})
    assert (told["amount"], told["state"], told["version"]) == ("99.50", "corrected", 2)
    stale = patch(program, place, {"values": {"amount": "1"}, "version": 1}, 412)
    assert stale["code"] == "stale-version"
    Program(dave).get(place, 404)
    assert program.delete(f"{place}?version=2")["state"] == "withdrawn"
    assert [one["id"] for one in program.get("/noted?customer=C3")["items"]] == [made["id"]]


def test_conversations_are_logged_and_not_noted_as_well(acme, carol):
    with pytest.raises(ValidationError, match="logged as activities"):
        actions.note(carol, acme, "interactions", {"happened_on": "2025-12-20", "type": "call"})


def test_activities_and_feedback_count_in_the_next_run(acme, carol, settings):
    log(carol, acme, {"kind": "call", "at": datetime(2025, 12, 20, 4, tzinfo=UTC)})
    complaint = {"given_on": "2025-12-21", "type": "complaint", "status": "open"}
    actions.note(carol, acme, "feedback", complaint)
    work_off("platform")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        asked = [kefen.indicators.Request(name, "12m") for name in ("interactions", "complaints")]
        rows = kefen.indicators.compute(ledger, asked, acme.figures_as_of).to_polars().to_dicts()
    assert {row["customer_id"]: row["interactions"] for row in rows}["C3"] == 1
    assert {row["customer_id"]: row["complaints"] for row in rows}["C3"] == 1


STEP = st.one_of(
    st.tuples(st.just("note"), st.integers(1, 3), st.integers(1, 99)),
    st.tuples(st.just("correct"), st.integers(0, 5), st.integers(1, 99)),
    st.tuples(st.just("withdraw"), st.integers(0, 5), st.none()),
    st.tuples(st.just("deliver"), st.none(), st.none()),
    st.tuples(st.just("again"), st.integers(0, 5), st.none()),
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=3, max_size=10))
def test_the_ledger_says_what_a_dictionary_says(graded, bob, django_settings, steps):
    """Noted, corrected, withdrawn, delivered twice and late, and replayed from nothing."""
    with transaction.atomic():
        model, facts = {}, []
        for what, at, amount in steps:
            if what == "note":
                customer = Customer.objects.get(code=f"C{at}")
                facts.append(actions.note(bob, customer, "orders", ORDER | {"amount": str(amount)}))
                model[facts[-1].number] = (f"C{at}", amount)
            elif what == "deliver":
                work_off("platform")
            elif facts and what == "again":
                old = Event.objects.filter(object_id=str(facts[at % len(facts)].pk))
                events.replay(feeds.CONSUMER, old)
            elif facts and facts[at % len(facts)].number in model:
                fact = facts[at % len(facts)]
                if what == "correct":
                    actions.correct(bob, fact, ORDER | {"amount": str(amount)})
                    model[fact.number] = (model[fact.number][0], amount)
                else:
                    actions.withdraw(bob, fact)
                    del model[fact.number]
        work_off("platform")
        assert noted(django_settings) == model
        with kefen.open(django_settings.KEFEN_DATA) as ledger:
            if model:
                ledger.remove("orders", list(model))
        assert noted(django_settings) == {}
        feeds.replay()
        work_off("platform")
        assert noted(django_settings) == model
        with kefen.open(django_settings.KEFEN_DATA) as ledger:
            if model:
                ledger.remove("orders", list(model))
        transaction.set_rollback(True)


def noted(site):
    return {
        number: (row["customer_id"], int(row["amount"])) for number, row in in_ledger(site).items()
    }


@pytest.fixture
def django_settings(settings):
    return settings


@pytest.fixture
def imported(acme, carol, settings):
    """Two orders of the same day and money were noted; an import brought one of them."""
    facts = [actions.note(carol, acme, "orders", ORDER) for _time in range(2)]
    work_off("platform")
    order = {"order_id": ["O77"], "customer_id": ["C3"], **{k: [v] for k, v in ORDER.items()}}
    with kefen.open(settings.KEFEN_DATA) as ledger:
        batch = ledger.load(pl.DataFrame(order), "orders")
    announce()
    work_off("noted_facts")
    for fact in facts:
        fact.refresh_from_db()
    return facts, batch


def test_what_an_import_brings_too_is_told_until_the_note_is_withdrawn(imported, carol, sign_in):
    (first, second), _batch = imported
    assert (first.same_as, second.same_as) == ("O77", "")
    client = sign_in(carol)
    page = client.get(reverse("noted_facts:imported")).content.decode()
    assert first.number in page
    assert second.number not in page
    assert "1 fact noted by hand came by an import, too" in client.get("/").content.decode()
    assert "O77" in client.get("/customers/of/C3/").content.decode()
    deliver("notifications")
    assert Notification.objects.filter(user=carol, kind="noted.imported").count() == 1
    assert "O77" in client.get(reverse("noted_facts:withdraw", args=[first.pk])).content.decode()
    actions.withdraw(carol, first, reason="Imported as O77")
    assert first.number not in client.get(reverse("noted_facts:imported")).content.decode()


def test_both_are_true_or_the_import_is_taken_back(imported, carol, settings):
    (first, second), batch = imported
    program = Program(carol)
    assert [one["same_as"] for one in program.get("/noted?imported=true")["items"]] == ["O77"]
    assert program.post(f"/noted/{first.pk}/keep", {})["kept"] is True
    assert program.get("/noted?imported=true")["items"] == []
    assert program.post(f"/noted/{second.pk}/keep", {}, status=422)["status"] == 422
    look()
    second.refresh_from_db()
    assert second.same_as == ""  # that one is the first
    NotedFact.objects.update(kept=False)
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.undo(batch.id)
    look()
    first.refresh_from_db()
    assert (first.same_as, first.in_question) == ("", False)
