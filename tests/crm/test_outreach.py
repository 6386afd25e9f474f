"""Outreach: templates with fields, whom messages reach, and each sent at most once."""

import json
import random
import re
from datetime import UTC, datetime, time, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from api_client import Program
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from jobs import work_off
from kefen_crm.contacts import actions as contacts
from kefen_crm.customers.models import Customer
from kefen_crm.outreach import actions, reaching, sending
from kefen_crm.outreach.channels import Outcome
from kefen_crm.outreach.models import Message, Policy, Sender, Suppression, Template
from kefen_crm.outreach.wording import FIELDS, values_of
from kefen_crm.tickets.actions import open_ticket, solve

NOON = datetime(2025, 7, 1, 4, tzinfo=UTC)
NEWS = {
    "name": "News",
    "channel": "email",
    "subject_zh": "{customer}新品",
    "body_zh": "{contact|您好}，{owner}",
    "subject_en": "News for {customer}",
    "body_en": "Dear {contact|friend}, <b>{class}</b> by {owner}",
}
AGREED = [{"kind": "email", "value": "Li@One.example", "consent": "yes"}]


@pytest.fixture
def now(monkeypatch):
    def be(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    be(NOON)
    return be


@pytest.fixture
def news(graded, bob, settings):
    settings.EMAIL_HOST = "mail.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.KEFEN_URL = "https://crm.example.com"
    return actions.save_template(bob, None, NEWS)


def customer(code="C1"):
    return Customer.objects.get(code=code)


def person(carol, code="C1", **more):
    return contacts.add(carol, customer(code), {"name": "Li", "reaches": AGREED} | more)


def why_not(code, news, now=NOON):
    one = customer(code)
    return reaching.reached([one.pk], news.channel, news.purpose, now).refused.get(one.pk)


def test_templates_have_versions_and_refuse_fields_that_there_are_not(news, bob, carol, sign_in):
    with pytest.raises(ValidationError) as refused:
        actions.save_template(bob, news, {"body_en": "{name} {contact} {salary}"})
    [told] = refused.value.message_dict["body_en"]
    assert told.startswith("There is no such field: {name}, {salary}.")
    assert all(name in told for name in FIELDS)
    with pytest.raises(ValidationError) as refused:
        actions.save_template(bob, None, {"name": "x", "channel": "email", "body_zh": "hi"})
    assert "subject_zh" in refused.value.message_dict
    with pytest.raises(PermissionDenied):
        actions.save_template(carol, news, {"name": "Mine"})
    again = actions.save_template(bob, news, {"subject_en": "Better, {customer}"})
    assert (again.version, again.words.number, again.versions.count()) == (2, 2, 2)
    assert actions.save_template(bob, again, {"subject_en": "Better, {customer}"}).version == 2
    # As a customer reads it: filled, and nothing of a customer becomes HTML of ours.
    Customer.objects.filter(code="C1").update(contact="<i>Li</i>")
    classes = {
        language: values_of([customer()], language=language)[customer().pk]["class"]
        for language in ("zh", "en")
    }
    assert classes == {"zh": "A 类客户", "en": "Class A"}
    page = sign_in(carol).get(reverse("outreach:template", args=[news.pk]) + "?customer=C1")
    shown = page.content.decode()
    assert "Dear &lt;i&gt;Li&lt;/i&gt;, &lt;b&gt;" in shown
    assert "Carol 张" in shown
    assert "no address that works" in shown
    assert sign_in(carol).get(reverse("outreach:template_new")).status_code == 403


def test_everybody_who_is_not_reached_is_told_why(news, bob, carol, now):
    assert why_not("C1", news) == "no-address"
    li = person(carol, reaches=[{"kind": "email", "value": "li@one.example"}])
    assert why_not("C1", news) == "no-consent"
    actions.set_policy(bob, {"needs_consent": False})
    assert why_not("C1", news) is None
    actions.set_policy(bob, {"needs_consent": True})
    service = actions.save_template(bob, None, NEWS | {"name": "Service", "purpose": "service"})
    assert why_not("C1", service) is None
    refused = [{"kind": "email", "value": "li@one.example", "consent": "no"}]
    contacts.change(carol, li, {"reaches": refused})
    # What the person refused is not reached by the customer's file either.
    Customer.objects.filter(code="C1").update(email="LI@one.example", attributes={"consent": "yes"})
    assert why_not("C1", news) == why_not("C1", service) == "refused"
    contacts.change(carol, li, {"reaches": AGREED})
    gone = actions.suppress(carol, "email", " li@ONE.example ")
    Customer.objects.filter(code="C1").update(email="")
    assert why_not("C1", news) == why_not("C1", service) == "suppressed"
    with pytest.raises(ValidationError):
        actions.lift(bob, gone, reason=" ")
    actions.lift(bob, gone, reason="asked to")
    ticket = open_ticket(
        carol, customer(), {"kind": "complaint", "title": "Broken", "text": "Again"}
    )
    assert (why_not("C1", news), why_not("C1", service)) == ("complaint", None)
    solve(carol, ticket, cause="other", text="Replaced")
    for _ in range(2):
        actions.write(carol, news, customer(), language="en")
    assert why_not("C1", news) == "cap"
    with pytest.raises(ValidationError, match="often enough"):
        actions.write(carol, news, customer(), language="en")
    assert why_not("C1", news, NOON + timedelta(days=8)) is None
    every = list(Customer.objects.values_list("pk", flat=True))
    counts = reaching.reached(every, "email", "marketing", NOON).counts
    assert counts == {"no-address": 4, "cap": 1}


def test_a_mail_is_sent_once_and_ended_by_one_click(news, bob, carol, dave, now):
    person(carol)
    made = actions.write(carol, news, customer(), language="en", key="k1")
    assert actions.write(carol, news, customer(), language="en", key="k1") == made
    with pytest.raises(Customer.DoesNotExist):
        actions.write(dave, news, customer())
    work_off("outreach")
    sending.send_due()
    work_off("outreach")
    [sent] = mail.outbox
    assert sent.to == ["li@one.example"]
    assert sent.body.startswith("Dear Li, <b>")
    [(html, _kind)] = sent.alternatives
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    place = sent.extra_headers["List-Unsubscribe"].strip("<>")
    token = re.fullmatch(r"https://crm\.example\.com/unsubscribe/([\w-]+)/", place)[1]
    made.refresh_from_db()
    assert (made.state, made.wording.number) == ("sent", 1)
    assert token not in str(Message.objects.values_list().get())
    # To look notes nothing, as programs that check links do; a mail program posts (RFC 8058).
    stranger = Client(enforce_csrf_checks=True)
    address = reverse("outreach:unsubscribe", args=[token])
    page = stranger.get(address)
    assert (page.status_code, page["Cache-Control"], len(page.cookies)) == (200, "no-store", 0)
    assert not Suppression.objects.exists()
    for _ in range(2):
        done = stranger.post(
            address,
            "List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
        )
        assert (done.status_code, len(done.cookies)) == (200, 0)
    assert Suppression.objects.get().why == "unsubscribed"
    assert why_not("C1", news) == "suppressed"
    assert stranger.post(reverse("outreach:unsubscribe", args=["x" * 24])).status_code == 404


def test_what_changed_since_stops_a_message_and_nights_are_quiet(news, bob, carol, now, sign_in):
    li = person(carol)
    night = datetime(2025, 7, 1, 14, tzinfo=UTC)  # 22:00 in Shanghai
    now(night)
    made = actions.write(carol, news, customer())
    assert made.due == datetime(2025, 7, 2, 1, tzinfo=UTC)
    work_off("outreach")
    assert not mail.outbox
    page = sign_in(carol).get(reverse("outreach:messages")).text
    assert "Between 20:00–09:00 nothing is sent" in page
    assert "not before 2025-07-02 09:00" in page
    page = sign_in(carol).get(reverse("outreach:message", args=[made.pk])).text
    assert "between 20:00–09:00 nothing is sent" in page
    now(made.due)
    contacts.leave(carol, li)
    sending.send("email")
    made.refresh_from_db()
    assert (made.state, made.why, len(mail.outbox)) == ("stopped", "no-address", 0)
    other = person(carol, "C3", name="Wu")
    second = actions.write(carol, news, customer("C3"))
    actions.set_policy(bob, {"quiet_from": time(8), "quiet_until": time(12)})
    sending.send("email")
    second.refresh_from_db()
    assert (second.state, second.due) == ("queued", datetime(2025, 7, 2, 4, tzinfo=UTC))
    assert other.version == 1
    # A field without a value: nothing is sent with a hole in it.
    empty = {"name": "Coupon", "channel": "email", "subject_zh": "x", "body_zh": "{coupon}"}
    coupon = actions.save_template(bob, None, empty)
    with pytest.raises(ValidationError, match="no value"):
        actions.write(carol, coupon, customer("C3"))


def test_what_the_server_says_decides_and_what_is_unknown_waits_for_a_person(
    news, carol, now, monkeypatch
):
    person(carol)
    answers = [
        SMTPServerDisconnected("gone"),
        ConnectionResetError(),
        SMTPRecipientsRefused({"li@one.example": (450, b"busy")}),
        SMTPRecipientsRefused({"li@one.example": (550, b"no such user")}),
    ]
    states = []
    Policy.objects.create(per_week=0)
    backend = "django.core.mail.backends.locmem.EmailBackend.send_messages"
    for error in answers:

        def refuse(*_about, error=error):
            raise error

        monkeypatch.setattr(backend, refuse)
        made = actions.write(carol, news, customer())
        sending.send("email")
        made.refresh_from_db()
        states.append(made.state)
    assert states == ["unknown", "unknown", "queued", "bounced"]
    assert Suppression.objects.get().why == "bounced"
    Suppression.objects.all().delete()
    monkeypatch.undo()
    sending.send_due()
    unknown, settled = Message.objects.filter(state="unknown").order_by("pk")
    with pytest.raises(ValidationError):
        actions.settle(carol, made, "queued")
    assert actions.settle(carol, settled, "sent").state == "sent"
    assert actions.settle(carol, unknown, "queued").state == "queued"


KILLS = 100


class Killed(BaseException):
    """The program ends here, as if by the kernel."""


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_twice_however_often_the_program_is_killed(graded, bob, carol, monkeypatch):
    """Ends of the program at random places around the provider's call."""
    hand = actions.save_template(bob, None, {"name": "G", "channel": "group", "body_zh": "x"})
    Sender.objects.create(
        name="g", kind="wecom", channel="group", url="https://x.example", by=bob, per_minute=9
    )
    one, chance = customer(), random.Random(13)
    made, _refused = actions.queue(hand, [one.pk], {one.pk: "k0"}, datetime.now(UTC))
    first = Message.objects.get(pk=made[one.pk])
    for number in range(1, 100):
        first.pk, first.key, first._state.adding = None, f"k{number}", True
        first.save(force_insert=True)
    arrived, kills = [], 0
    note = sending.noted

    def hand_over(message, *_about):
        assert Message.objects.get(pk=message.pk).state == "sending"
        if chance.random() < 0.25:
            raise Killed
        arrived.append(message.key)
        if chance.random() < 0.25:
            raise Killed
        return Outcome(Message.State.SENT)

    def noted(*about):
        if chance.random() < 0.2:
            raise Killed
        note(*about)

    monkeypatch.setattr(sending, "hand_over", hand_over)
    while kills < KILLS:
        monkeypatch.setattr(sending, "noted", noted)
        try:
            sending.send("group")
        except Killed:
            kills += 1
        monkeypatch.setattr(sending, "noted", note)
        if not Message.objects.filter(state="queued").exists():
            Message.objects.exclude(state="unknown").filter(state="sending").update(
                moved_at=datetime.now(UTC) - timedelta(minutes=16)
            )
            sending.lost(datetime.now(UTC))
            assert not Message.objects.filter(state="sending").exists()
            assert sending.send("group") == 0
            # More to do, until there were enough kills.
            for number in range(50):
                first.pk, first.key, first._state.adding = None, f"m{kills}-{number}", True
                first.state = "queued"
                first.save(force_insert=True)
    assert len(arrived) == len(set(arrived))
    unknown = set(Message.objects.filter(state="unknown").values_list("key", flat=True))
    sent = set(Message.objects.filter(state="sent").values_list("key", flat=True))
    assert (
        sent
        <= set(arrived)
        <= sent
        | unknown
        | set(Message.objects.filter(state="sending").values_list("key", flat=True))
    )


def test_programs_write_and_providers_report(news, alice, bob, carol, dave, now):
    person(carol)
    program, manager = Program(carol), Program(bob)
    made = manager.post("/outreach/templates", NEWS | {"name": "Second"}, 201)
    wrong = manager.post("/outreach/templates", NEWS | {"body_en": "{nobody}"}, 422)
    assert "{nobody}" in str(wrong)
    place = f"/outreach/templates/{made['id']}"
    seen = program.post(f"{place}/preview", {"customer": "C1", "language": "en"}, 200)
    assert (seen["to"], seen["why_not"], seen["missing"]) == ("Li", None, [])
    assert seen["subject"].startswith("News for ")
    for status in (200, 412):
        body = json.dumps({"subject_en": f"Other {status}", "version": 1})
        manager.ask("PATCH", place, status, data=body, content_type="application/json")
    asked = {"template": made["id"], "customer": "C1", "language": "en"}
    sent = program.post("/outreach/messages", asked, 201, headers={"Idempotency-Key": "a"})
    again = program.post("/outreach/messages", asked, 201, headers={"Idempotency-Key": "a"})
    assert (sent["id"], sent["state"]) == (again["id"], "queued")
    assert Program(dave).get("/outreach/messages", 200)["items"] == []
    sending.send("email")
    told = program.get(f"/outreach/messages/{sent['id']}", 200)
    assert (told["state"], told["template_version"]) == ("sent", 2)
    report = {"provider_id": told["provider_id"], "state": "delivered"}
    assert manager.post("/outreach/reports", report, 200)["state"] == "delivered"
    back = manager.post("/outreach/reports", report | {"state": "bounced", "why": "550"}, 200)
    assert back["state"] == "bounced"
    assert manager.post("/outreach/reports", report, 200)["state"] == "bounced"
    [shut] = program.get("/outreach/suppressions", 200)["items"]
    assert (shut["address"], shut["why"], shut["customer"]) == ("li@one.example", "bounced", "C1")
    refused = program.post("/outreach/messages", asked, 422)
    assert "suppressed" in str(refused)
    lift = f"/api/v1/outreach/suppressions/{shut['id']}/lift"
    body = {"data": {"reason": "new mailbox"}, "content_type": "application/json"}
    assert manager.client.post(lift, **body, headers=manager.headers).status_code == 204
    assert Template.objects.count() == 2
