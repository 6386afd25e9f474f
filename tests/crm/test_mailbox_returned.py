"""Mails that came back: notifications as mail servers write them end messages and addresses."""

from datetime import UTC, datetime

import pytest

from kefen_crm.customers.models import Customer
from kefen_crm.mailbox import returned, taking
from kefen_crm.mailbox.models import Mail, Mailbox
from kefen_crm.outreach import sending
from kefen_crm.outreach.actions import save_template, set_policy, write
from kefen_crm.outreach.channels import Outcome, message_id
from kefen_crm.outreach.models import Message, Suppression
from kefen_crm.platform.models import Event
from kefen_crm.tickets.models import Ticket

NOON = datetime(2025, 7, 1, 4, tzinfo=UTC)
ID = "<0f3a@crm.example.com>"

POSTFIX = """\
Return-Path: <>
Date: Tue,  1 Jul 2025 12:00:05 +0800 (CST)
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: news@kefen.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9DB3C3F.1751342405/mx.example.com"
Message-Id: <20250701040005.A1@mx.example.com>

This is a MIME-encapsulated message.

--9DB3C3F.1751342405/mx.example.com
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<li@one.example>: host mx.one.example[192.0.2.7] said: 550 5.1.1 <li@one.example>:
    Recipient address rejected: User unknown (in reply to RCPT TO command)

--9DB3C3F.1751342405/mx.example.com
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
X-Postfix-Queue-ID: 9DB3C3F
X-Postfix-Sender: rfc822; news@kefen.example
Arrival-Date: Tue,  1 Jul 2025 12:00:01 +0800 (CST)

Final-Recipient: rfc822; li@one.example
Original-Recipient: rfc822;li@one.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.one.example
Diagnostic-Code: smtp; 550 5.1.1 <li@one.example>: Recipient address rejected:
    User unknown

--9DB3C3F.1751342405/mx.example.com
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: news@kefen.example
To: li@one.example
Subject: News
Message-ID: <0f3a@crm.example.com>

--9DB3C3F.1751342405/mx.example.com--
"""
EXCHANGE = """\
From: <postmaster@one.example>
To: <news@kefen.example>
Date: Tue, 1 Jul 2025 04:00:03 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="98a6"
Content-Language: zh-CN
Message-ID: <aa11@AM0PR01MB1234.example>
In-Reply-To: <0f3a@crm.example.com>
References: <0f3a@crm.example.com>
Subject: =?utf-8?B?5peg5rOV6YCB6L6+?=: News
Auto-Submitted: auto-replied

--98a6
Content-Type: multipart/alternative; differences=Content-Type; boundary="b2"

--b2
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

5peg5rOV6YCB6L6+

--b2--

--98a6
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01MB1234.example
Received-From-MTA: dns;mx.example.com
Arrival-Date: Tue, 1 Jul 2025 04:00:02 +0000

Final-Recipient: rfc822;li@one.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient li@one.example not found by SMTP address lookup
X-Display-Name: li@one.example

--98a6--
"""  # noqa: E501  # as it stands in the mail
EXIM = """\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@host.example>
To: news@kefen.example
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=1751342405-eximdsn-2054
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1uW-0001@host.example>

--1751342405-eximdsn-2054
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1751342405-eximdsn-2054
Content-type: message/delivery-status

Reporting-MTA: dns; host.example

Action: failed
Final-Recipient: rfc822;li@one.example
Status: 5.0.0
Remote-MTA: dns; mx.one.example
Diagnostic-Code: smtp; 552 5.2.2 <li@one.example>: Mailbox is full

--1751342405-eximdsn-2054
Content-type: message/rfc822

Return-path: <news@kefen.example>
Received: from crm.example.com by host.example
Content-Type: multipart/alternative; boundary="x"
MIME-Version: 1.0
From: news@kefen.example
To: li@one.example
Message-ID: <0f3a@crm.example.com>

--x
Content-Type: text/plain

Dear Li

--x--

--1751342405-eximdsn-2054--
"""


def test_notifications_are_read_as_servers_write_them():
    found = {}
    for name, text in (("postfix", POSTFIX), ("exchange", EXCHANGE), ("exim", EXIM)):
        [one] = returned.read(text.replace("\n", "\r\n").encode())
        assert returned.read(text.encode()) == [one]
        assert (one.ids, one.action, one.addresses) == ((ID,), "failed", {"li@one.example"})
        found[name] = one.status
    assert found == {"postfix": "5.1.1", "exchange": "5.1.10", "exim": "5.2.2"}
    two = POSTFIX.replace("\nFinal-Rec", "\nFinal-Recipient: rfc822;x@y.example\n"
                          "Action: delayed\nStatus: 4.4.1\n\nFinal-Rec")  # fmt: skip
    assert [one.action for one in returned.read(two.encode())] == ["delayed", "failed"]
    # A person's mail about a mail, a receipt, and what is cut off or broken say nothing.
    for other in (
        "From: li@one.example\nSubject: Fwd\n\nFinal-Recipient: rfc822;a@b.example\nAction: failed",
        POSTFIX.replace("message/delivery-status", "message/disposition-notification"),
        POSTFIX.split("Reporting-MTA")[0],
        "Content-Type: multipart/report; boundary=x\n\n",
        "",
    ):
        assert returned.read(other.encode()) == []
    for end in range(0, len(POSTFIX), 97):
        returned.read(POSTFIX[:end].encode())


@pytest.fixture
def sent(graded, bob, carol, settings, monkeypatch):
    """A mail that went to Li, and what is told of it by a text, by the state of the message."""
    settings.EMAIL_HOST = "mail.example.com"
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    set_policy(bob, {"needs_consent": False, "per_week": 0})
    Customer.objects.filter(code="C1").update(email="Li@one.example")
    words = {"name": "News", "channel": "email", "subject_zh": "x", "body_zh": "x"}
    template = save_template(bob, None, words)
    mailbox = Mailbox.objects.create(
        address="news@kefen.example", host="localhost", account="news", secret="x", validity=1
    )

    def told(text, known=True):
        Suppression.objects.all().delete()
        message = write(carol, template, Customer.objects.get(code="C1"))
        Message.objects.filter(pk=message.pk).update(state="sending")
        given = message_id(message)
        sending.noted(message.pk, Outcome(Message.State.SENT, given))
        raw = text.replace(ID, given if known else ID).encode()
        number = Mail.objects.count() + 1
        raw = raw.replace(b"\nMessage-I", b"\nX: %d\nMessage-I" % number, 1)
        for name in (b"20250701040005.A1", b"aa11", b"E1uW-0001"):
            raw = raw.replace(name, b"%s.%d" % (name, number))
        assert taking.take(mailbox, number, raw)
        assert not taking.take(mailbox, number, raw)
        mail = Mail.objects.get(uid=number)
        assert (mail.outcome, mail.why, mail.path) == ("left_out", "bounce", "")
        message.refresh_from_db()
        return message, list(Suppression.objects.values_list("normal", "why"))

    return told


def test_what_came_back_ends_the_message_and_an_address_that_is_no_more(sent):
    shut = [("li@one.example", "bounced")]
    for text, addresses in ((POSTFIX, shut), (EXCHANGE, shut), (EXIM, [])):
        message, suppressed = sent(text)
        assert (message.state, suppressed) == ("bounced", addresses)
        assert message.why.startswith("5.")
        assert Event.objects.filter(verb="outreach.bounced", object_id=message.pk).count() == 1
    assert "User unknown" in Message.objects.order_by("pk")[0].why
    # For now, by policy, or of an address that the customer's server passed it on to.
    for old, new in (
        ("Status: 5.1.1", "Status: 4.4.1"),
        ("Status: 5.1.1", "Status: 5.7.1"),
        ("li@one.example", "other@two.example"),
    ):
        message, suppressed = sent(POSTFIX.replace(old, new))
        assert (message.state, suppressed) == ("bounced", [])
    # It is still tried; it arrived; and nobody who does not know the mail ends anything.
    assert sent(POSTFIX.replace("Action: failed", "Action: delayed"))[0].state == "sent"
    assert sent(POSTFIX.replace("Action: failed", "Action: delivered"))[0].state == "delivered"
    message, suppressed = sent(POSTFIX, known=False)
    assert (message.state, suppressed) == ("sent", [])
    assert not Ticket.objects.exists()
