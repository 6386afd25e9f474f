"""Dunning on a few invoices worked out by hand, as of 2025-07-01, by this policy:

A: call after 3 days, reminder after 10 · others: reminder after 7, second 21, call 60; at least 50

C1 (Carol, A)  i1 100 due 06-30: 1 day late · i2 200 due 06-25: 6 days late
C2 (Dave, B)   i3 1,000 due 03-01: 122 days late · i4 30 due 06-24: 7 days late
C3 (Carol, C)  i5 40 due 06-01: 30 days late, below the smallest amount
C4 (C)         i6 500 due 06-01, in dispute · i7 300 due 06-02, promised 400 of which i7 takes 300
"""

import smtplib
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D  # noqa: N817

import polars as pl
import pytest
from api_client import Program
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError

import kefen
from kefen_crm.activities.models import Task
from kefen_crm.customers.models import Customer
from kefen_crm.dunning import actions, letters, sending
from kefen_crm.dunning.models import Level, Step
from kefen_crm.dunning.planner import counted, outlook
from kefen_crm.dunning.policy import POLICY, DunningRule, due_stage
from kefen_crm.dunning.proposing import propose
from kefen_crm.platform import clock, rules
from kefen_crm.platform.models import Effect, Event
from kefen_crm.receivables import actions as receivables
from kefen_crm.receivables.refreshing import refresh
from kefen_crm.rules.actions import publish, roll_back, save
from kefen_crm.team.actions import create_user
from kefen_crm.team.roles import Role

DAY = date(2025, 7, 1)
INVOICES = {
    "invoice_id": ["i1", "i2", "i3", "i4", "i5", "i6", "i7"],
    "customer_id": ["C1", "C1", "C2", "C2", "C3", "C4", "C4"],
    "issued_on": ["2025-02-01"] * 7,
    "due_on": ["2025-06-30", "2025-06-25", "2025-03-01", "2025-06-24", "2025-06-01",
               "2025-06-01", "2025-06-02"],
    "amount": ["100", "200", "1000", "30", "40", "500", "300"],
}  # fmt: skip
BEST = {
    "name": "A", "scope": {"scheme": "abc", "classes": ["A"]},
    "call": 3, "reminder": 10, "second": 0, "final": 0, "language": "en",
}  # fmt: skip
OTHERS = {
    "name": "others", "reminder": 7, "second": 21, "final": 0, "call": 60, "quiet_days": 7,
    "minimum": 50, "language": "en",
}  # fmt: skip


@pytest.fixture
def owed(graded, settings, monkeypatch, alice, carol):
    settings.EMAIL_HOST = "mail.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(pl.DataFrame(INVOICES), kind="invoices")
    on(monkeypatch, DAY)
    Customer.objects.filter(code="C2").update(email="pay@two.example")
    Customer.objects.filter(code="C1").update(contact="Ms Wu")
    refresh(DAY)
    four = Customer.objects.get(code="C4")
    receivables.dispute(alice, four, "i6", "broken goods")
    receivables.promise(alice, four, D(400), date(2025, 7, 9))
    kind = rules.kinds()[POLICY]
    save(alice, kind, {"rules": [BEST, OTHERS]})
    publish(alice, kind, "as agreed")


def on(monkeypatch, day, hour=4):
    moment = datetime.combine(day, datetime.min.time(), UTC).replace(hour=hour)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


def pay(settings, number, code, day, amount):
    with kefen.open(settings.KEFEN_DATA) as ledger:
        paid = {"payment_id": [number], "customer_id": [code], "paid_on": [day], "amount": [amount]}
        ledger.load(pl.DataFrame(paid), kind="payments")


def steps(state=None):
    found = Step.objects.filter(**({"state": state} if state else {})).order_by("customer__code")
    return [(one.customer.code, one.level, int(one.amount)) for one in found]


def numbers():
    return list(Step.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("late", "done", "due"),
    [
        (6, "", None), (7, "", "reminder"), (300, "", "reminder"), (20, "reminder", None),
        (21, "reminder", "second"), (44, "reminder second", None), (59, "reminder second", None),
        (60, "reminder second", "call"), (99, "reminder second call", None),
    ],
)  # fmt: skip
def test_stages_follow_one_another_and_none_is_skipped(late, done, due):
    rule = DunningRule(name="x", reminder=7, second=21, final=0, call=60)
    assert due_stage(rule, late, done.split()) == due


def test_the_day_proposes_what_the_policy_says(owed, bob, client):
    found = outlook(rules.in_force(POLICY), DAY)
    told = [(one.level, int(one.amount), [part.number for part in one.parts])
            for one in found.steps]  # fmt: skip
    # C2: both invoices get their reminder, in one letter. C1: a call about i2, of class A.
    assert told == [("reminder", 1030, ["i3", "i4"]), ("call", 200, ["i2"])]
    assert found.resting == {"dispute": 1, "promise": 1, "minimum": 1}
    assert counted(one.level for one in found.steps) == "1 letter, 1 call"
    assert propose(DAY) == propose(DAY) == 2
    assert steps() == [("C1", "call", 200), ("C2", "reminder", 1030)]
    client.force_login(bob)
    page = client.get("/dunning/").content.decode()
    assert "Proposed: 1 letter, 1 call." in page
    letter = Step.objects.get(level=Level.REMINDER)
    page = client.get(f"/dunning/{letter.pk}/").content.decode()
    assert "i3, due 2025-03-01, 122 days late: 1,000.00" in page
    assert "Together: 1,030.00" in page
    assert "Now: 1 letter, 1 call." in client.get("/rules/dunning/preview/").content.decode()


def test_what_is_approved_is_sent_once_and_goes_on_after_the_quiet_days(owed, bob, monkeypatch):
    propose(DAY)
    assert actions.approve(bob, numbers(), key="k") == 2
    assert actions.approve(bob, numbers(), key="k") == 2
    assert Task.objects.get(origin="dunning").owner.username == "carol"
    sending.send_approved()
    sending.send_approved()
    assert [(one.to, one.subject) for one in mail.outbox] == [
        (["pay@two.example"], "Payment reminder: 2 of our invoices")
    ]
    assert "pay by 2025-07-08" in mail.outbox[0].body
    verbs = Event.objects.filter(customer__code="C2", verb__startswith="dunning.")
    assert [one.verb for one in verbs.order_by("id")] == ["dunning.approved", "dunning.sent"]
    # i3 is due for its second reminder at once, but the customer has 7 quiet days.
    told = []
    for days in (6, 7):
        on(monkeypatch, DAY + timedelta(days))
        propose()
        told.append(sorted(steps("proposed")))
    # i1 is 7 days late by then, so it is called about; i2, called about before, is 12 days late.
    of_one = [("C1", "call", 100), ("C1", "reminder", 200)]
    assert told == [of_one, [*of_one, ("C2", "second", 1000)]]


def test_what_comes_between_approval_and_sending_stops_the_letter(owed, bob, settings, alice):
    two = Customer.objects.get(code="C2")

    def stopped(why):
        sending.send_approved()
        step = Step.objects.order_by("-pk").get(customer=two, state="stopped")
        assert step.why == why
        Step.objects.filter(customer=two).delete()

    def approved():
        propose(DAY)
        actions.approve(bob, list(two.dunning_steps.values_list("pk", flat=True)))

    approved()
    opened = receivables.dispute(alice, two, "i4", "never came")
    stopped("dispute")
    receivables.settle(alice, opened, "it came")
    approved()
    promised = receivables.promise(alice, two, D(5), date(2025, 7, 3))
    stopped("promise")
    receivables.withdraw(alice, promised)
    approved()
    pay(settings, "p1", "C2", "2025-07-01", "1")  # of today: it counts at once
    stopped("payment")
    assert not mail.outbox
    assert not Effect.objects.filter(rule=POLICY).exists()


class Killed(BaseException):
    """The program ends here."""


@pytest.mark.parametrize("place", ["before", "after", "refused", "broken"])
def test_one_letter_an_invoice_and_level_whenever_it_is_killed(owed, bob, monkeypatch, place):
    propose(DAY)
    actions.approve(bob, numbers())
    deliver = mail.EmailMessage.send
    errors = {
        "refused": smtplib.SMTPRecipientsRefused({}),
        "broken": smtplib.SMTPServerDisconnected(),
    }

    def dying(message):
        if place == "after":
            deliver(message)
        raise errors.get(place, Killed())

    with monkeypatch.context() as patched:
        patched.setattr(mail.EmailMessage, "send", dying)
        with suppress(Killed):
            sending.send_approved()
    for _turn in range(3):
        sending.send_approved()
        clock.tick(datetime(2025, 7, 1, 8, tzinfo=UTC))
        propose(DAY)
    letter = Step.objects.exclude(state="proposed").get(customer__code="C2")
    assert letter.state == ("failed" if place == "refused" else "unsure")
    assert len(mail.outbox) == (place == "after")
    if letter.state == "unsure":
        actions.settle(bob, letter, sent=place == "after")
    propose(DAY)
    again = [one for one in steps("proposed") if one[0] == "C2"]
    assert again == ([] if place == "after" else [("C2", "reminder", 1030)])


def test_letters_without_an_address_are_printed_in_the_companys_own_words(
    owed, alice, erin, client
):
    Customer.objects.filter(code="C2").update(email="")
    with pytest.raises(ValidationError):
        actions.write_text(alice, "reminder", "en", "Hello {who}", "{total}")
    with pytest.raises(ValidationError):
        actions.write_text(alice, "reminder", "en", "Hello", "Pay.")
    actions.write_text(alice, "reminder", "en", "Hello {customer}", "Pay {total}, {days} days.")
    propose(DAY)
    with pytest.raises(PermissionDenied):
        actions.approve(erin, numbers())
    client.force_login(alice)
    client.post("/dunning/approve/", {"every": "1"})
    assert "Print 1 letter" in client.get("/dunning/?tab=waiting").content.decode()
    page = client.post("/dunning/print/", follow=True).content.decode()
    assert "1,030.00" in page
    assert "122 days." in page
    assert steps("done") == [("C1", "call", 200), ("C2", "reminder", 1030)]
    assert "Nothing to print" in client.post("/dunning/print/", follow=True).content.decode()


def test_finance_drafts_the_policy_and_writes_letters_and_a_manager_publishes(owed, bob, client):
    fiona = create_user(None, username="fiona", password="x", role=Role.FINANCE)
    kind = rules.kinds()[POLICY]
    client.force_login(fiona)
    assert "/rules/dunning/" in client.get("/dunning/").content.decode()
    assert "Roll back" not in client.get("/rules/dunning/").content.decode()
    client.post("/rules/dunning/begin/")
    save(fiona, kind, {"rules": [OTHERS | {"reminder": 3}]})
    page = client.get("/rules/dunning/draft/").content.decode()
    assert "/rules/dunning/publish/" not in page
    assert client.post("/rules/dunning/publish/", {"reason": "Sooner"}).status_code == 403
    with pytest.raises(PermissionDenied):
        roll_back(fiona, kind, 1, "Because")
    assert client.get("/rules/contact_gap/").status_code == 403
    text = {"subject": "Please pay", "text": "Pay {total}, {days} days."}
    assert client.post("/dunning/texts/reminder/en/", text).status_code == 302
    assert letters.text_of("reminder", "en") == ("Please pay", "Pay {total}, {days} days.")
    assert "has a draft to publish" not in client.get("/").content.decode()
    client.force_login(bob)
    assert "has a draft to publish" in client.get("/").content.decode()
    assert "/rules/dunning/publish/" in client.get("/rules/dunning/draft/").content.decode()
    publish(bob, kind, "Sooner")
    assert [one.reminder for one in rules.in_force(POLICY)] == [3]
    assert "has a draft to publish" not in client.get("/").content.decode()


def test_programs_approve_and_see_what_became_of_it(owed, bob, dave):
    propose(DAY)
    program = Program(bob)
    found = program.get("/dunning/steps?state=proposed")["items"]
    assert [one["amount"] for one in found] == ["200.00", "1030.00"]
    chosen = {"steps": [one["id"] for one in found]}
    assert program.post("/dunning/reject", {"steps": chosen["steps"][:1], "reason": "x"}, 200) == {
        "count": 1
    }
    assert program.post("/dunning/approve", chosen, 200) == {"count": 1}
    letter = found[1]["id"]
    taken = program.post(f"/dunning/steps/{letter}/take-back", {}, 200)
    assert taken["state"] == "proposed"
    assert len(Program(dave).get("/dunning/steps")["items"]) == 1  # C2 is his
