"""Credit on the company of the tests, worked out by hand as of 2026-01-01, by these terms:

A: 60 days, 3 months of sales, at most 1,800 · others: 2 months, at least 100; late by more than
10 days blocks from 50 on

C1 (Carol, A)  8,000 a year: 666.67 a month, limit 1,800 · O2 is invoiced by v1, 1,000 open
C2 (Dave, B)   1,500 a year: 125 a month, limit 250 · v2 of 200 is 17 days late and names no order:
               of 1,500 ordered in 90 days 1,300 are not invoiced, 1,500 are used
C3 (Carol, C)  400 a year: 33.33 a month, limit 100, nothing used · C4 bought nothing: limit 100
"""

from datetime import UTC, date, datetime
from decimal import Decimal as D  # noqa: N817

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

import kefen
from kefen_crm.credit import actions
from kefen_crm.credit.models import CreditAccount, CreditHold
from kefen_crm.credit.reckoning import check
from kefen_crm.credit.refreshing import refresh
from kefen_crm.credit.terms import TERMS
from kefen_crm.customers.models import Customer
from kefen_crm.dunning import actions as dunning
from kefen_crm.dunning.policy import POLICY
from kefen_crm.dunning.proposing import propose
from kefen_crm.platform import rules
from kefen_crm.platform.models import Event
from kefen_crm.receivables import refreshing as receivables
from kefen_crm.rules.actions import publish, save

DAY = date(2026, 1, 1)
INVOICES = {
    "invoice_id": ["v1", "v2"], "customer_id": ["C1", "C2"],
    "issued_on": ["2025-12-05", "2025-12-01"], "due_on": ["2026-02-01", "2025-12-15"],
    "amount": ["1000", "200"], "order_id": ["O2", ""],
}  # fmt: skip
RULES = [
    {"name": "A", "scope": {"scheme": "abc", "classes": ["A"]},
     "days": 60, "months": 3, "cap": 1800, "overdue_days": 30},
    {"name": "others", "months": 2, "floor": 100, "overdue_days": 10, "overdue_floor": 50},
]  # fmt: skip


@pytest.fixture
def credit(graded, settings, monkeypatch, alice):
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(pl.DataFrame(INVOICES), kind="invoices")
    noon = datetime.combine(DAY, datetime.min.time(), UTC).replace(hour=4)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)
    receivables.refresh(DAY)
    put_in_force(alice, TERMS, RULES)
    refresh(DAY)
    return {one.code: one for one in Customer.objects.all()}


def put_in_force(by, kind, document):
    save(by, rules.kinds()[kind], {"rules": document})
    publish(by, rules.kinds()[kind], "as agreed")


def blocked(customer, amount, day=DAY, **more):
    return [one.value for one in check(customer, D(amount), day, **more).reasons]


def test_limits_follow_classes_and_sales(credit):
    told = {
        one.customer.code: (one.rule, one.limit, one.open, one.not_invoiced, one.used, one.blocks)
        for one in CreditAccount.objects.select_related("customer")
    }
    assert told["C1"] == ("A", D(1800), D(1000), D(0), D(1000), [])
    assert told["C2"] == ("others", D(250), D(200), D(1300), D(1500), ["overdue", "limit"])
    assert told["C3"] == ("others", D(100), D(0), D(0), D(0), [])
    assert told["C4"][1] == D(100)


def test_an_order_is_blocked_and_told_why_and_what_is_prepaid_passes(credit, bob, carol):
    one, two = credit["C1"], credit["C2"]
    assert blocked(one, "800") == []
    assert blocked(one, "800.01") == ["limit"]
    assert blocked(two, "0") == ["overdue", "limit"]
    assert blocked(two, "5000", prepaid=True) == []
    held = actions.hold(bob, one, "wrong address", key="h")
    assert actions.hold(bob, one, "wrong address", key="h") == actions.hold(bob, one, "x") == held
    assert blocked(one, "1") == ["hold"]
    assert CreditAccount.objects.get(customer=one).blocks == ["hold"]
    with pytest.raises(ValidationError):
        actions.release(bob, held, " ")
    with pytest.raises(PermissionDenied):
        actions.release(carol, held, "it is right")
    actions.release(bob, held, "it is right")
    assert blocked(one, "1") == []
    verbs = Event.objects.filter(customer=one, verb__startswith="credit.").order_by("id")
    assert [event.verb for event in verbs] == ["credit.held", "credit.released"]


def test_exceptions_hold_until_their_day_once_somebody_else_approved_them(credit, bob, carol):
    one, until = credit["C1"], date(2026, 1, 20)
    with pytest.raises(ValidationError) as refused:
        actions.ask(carol, one, until=date(2025, 12, 31), reason="")
    assert set(refused.value.message_dict) == {"until", "reason", "limit"}
    asked = actions.ask(carol, one, until=until, limit=D(5000), reason="high season")
    assert blocked(one, "4000") == ["limit"]
    with pytest.raises(PermissionDenied):
        actions.decide(carol, asked, approve=True)
    actions.decide(bob, asked, approve=True)
    assert blocked(one, "4000") == []
    assert blocked(one, "4000", day=until) == []
    assert blocked(one, "4000", day=date(2026, 1, 21)) == ["limit"]
    own = actions.ask(bob, credit["C2"], until=until, despite_overdue=True, reason="pays on Friday")
    with pytest.raises(PermissionDenied):
        actions.decide(bob, own, approve=True)
    actions.end(carol, asked)
    assert blocked(one, "4000") == ["limit"]


def test_whom_no_terms_hold_for_only_a_hold_stops(credit, alice, bob):
    put_in_force(alice, TERMS, RULES[:1])
    two = credit["C2"]
    answer = check(two, D(10**6), DAY)
    account = answer.account
    assert (answer.reasons, account.limit, account.open) == ([], None, D(200))
    actions.hold(bob, two, "wrong address")
    assert blocked(two, "1") == ["hold"]
    assert blocked(credit["C1"], "800.01") == ["limit"]


def test_dunning_places_a_hold_and_pages_show_it(credit, alice, bob, client):
    put_in_force(alice, POLICY, [{"name": "x", "reminder": 0, "second": 0, "final": 0, "call": 0,
                                  "hold": 15}])  # fmt: skip
    assert propose(DAY) == 1
    client.force_login(bob)
    assert "Proposed: 1 hold." in client.get("/dunning/").content.decode()
    client.post("/dunning/approve/", {"every": "1"})
    assert CreditHold.objects.get().customer.code == "C2"
    assert propose(DAY) == 0
    for address, words in (
        ("/credit/?blocked=1", "orders are held"),
        ("/credit/holds/", "late by up to 17 days"),
        ("/customers/of/C2/more/", "Orders are held"),
        ("/credit/of/C2/check/?amount=10", "The order is blocked:"),
        ("/rules/credit_terms/preview/", "Limits come to 2,350, of which 2,500 are used."),
        ("/", "would be blocked"),
    ):
        assert words in client.get(address).content.decode(), address
    assert dunning.approve(bob, []) == 0


def test_programs_ask_before_they_order(credit, bob, carol):
    program = Program(carol)
    told = program.get("/credit/check?customer=C1&amount=900")
    assert (told["decision"], told["available"], told["days"]) == ("blocked", "800.00", 60)
    assert [one["code"] for one in told["reasons"]] == ["limit"]
    assert program.get("/credit/check?customer=C1&amount=900&prepaid=true")["decision"] == "free"
    program.get("/credit/check?customer=C2&amount=1", 422)  # not hers
    asked = program.post(
        "/credit/exceptions",
        {"customer": "C1", "limit": "2000", "until": "2026-01-31", "reason": "fair"},
        201,
    )
    path = f"/credit/exceptions/{asked['id']}/decide"
    program.post(path, {"approve": True}, 403)
    assert Program(bob).post(path, {"approve": True})["state"] == "approved"
    assert program.get("/credit/check?customer=C1&amount=900")["decision"] == "free"
    held = Program(bob).post("/credit/holds", {"customer": "C2", "reason": "x"}, 201)
    assert (
        Program(bob).delete(f"/credit/holds/{held['id']}?reason=paid")["release_reason"] == "paid"
    )
    assert [one["customer"] for one in program.get("/credit/accounts?blocked=false")["items"]] == [
        "C3", "C1",
    ]  # fmt: skip


def test_an_exception_is_decided_in_place_on_today(credit, bob, carol, sign_in):
    until = date(2026, 1, 20)
    asked = actions.ask(carol, credit["C1"], until=until, limit=D(5000), reason="high season")
    client = sign_in(bob)
    page = client.get(reverse("activities:today")).content.decode()
    assert "limit 5,000" in page.split("Waiting for your yes")[1]
    here = {"headers": {"HX-Request": "true"}}
    decide = reverse("credit:decide", args=[asked.pk])
    assert 'value="reject"' in client.get(decide, **here).content.decode()
    done = client.post(decide, {"decision": "approve", "version": "1"}, **here)
    assert done.status_code == 204
    asked.refresh_from_db()
    assert asked.state == "approved"
