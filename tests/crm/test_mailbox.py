"""Mails become tickets: each once, replies in their ticket, programs left out.

The mailbox is on an IMAP server with TLS that the tests run on this machine.
"""

from datetime import timedelta
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from api_client import Program
from django.core import mail as outgoing
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone
from imap_server import ImapServer

from kefen_crm.contacts.actions import add as add_contact
from kefen_crm.customer_files.models import CustomerFile
from kefen_crm.customers.models import Customer
from kefen_crm.mailbox import actions, letters, marks, taking
from kefen_crm.mailbox.models import Mail, Mailbox, SentAnswer
from kefen_crm.platform.events import deliver
from kefen_crm.tickets.actions import answer, solve
from kefen_crm.tickets.models import Message, Ticket

ADDRESS = "help@kefen.example"
LI = "li@mingda.example"


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    server = ImapServer(tmp_path_factory.mktemp("imap"))
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def server(certified, monkeypatch):
    certified.mails, certified.commands, certified.validity = {}, [], 7
    monkeypatch.setenv("SSL_CERT_FILE", str(certified.certificate))
    return certified


@pytest.fixture
def box(graded, server, bob, carol, settings, tmp_path):
    """A mailbox with an old mail that stays where it is; Li writes for C1."""
    settings.MEDIA_ROOT = tmp_path
    settings.LANGUAGE_CODE = "en"
    add_contact(
        carol,
        Customer.objects.get(code="C1"),
        {"name": "Li", "reaches": [{"kind": "email", "value": LI.upper()}]},
    )
    server.add(written("Old"))
    found = Mailbox.objects.create(
        address=ADDRESS, host="localhost", port=server.port, account="help", secret="pass word"
    )
    assert taking.read(found) == 0
    return found


def written(subject, text="It hums.", sender=LI, to=ADDRESS, **headers):
    """The bytes of a mail; `_` in names of headers stands for `-`."""
    one = EmailMessage()
    one["From"], one["To"], one["Subject"] = f"Li Lei <{sender}>", to, subject
    one["Message-ID"] = headers.pop(
        "Message_ID", f"<{subject.split()[-1]}.{len(text)}@mingda.example>"
    )
    for name, value in headers.items():
        one[name.replace("_", "-")] = value
    one.set_content(text)
    return one.as_bytes()


def test_each_mail_of_a_customer_is_one_ticket_and_the_server_is_left_as_it_was(box, server):
    server.add(written("Noise", "It hums.\n\nOn Monday, Help <help@x.y> wrote:\n> Yes?"))
    assert (taking.read(box), taking.read(box)) == (1, 0)
    ticket = Ticket.objects.get()
    assert (ticket.title, ticket.contact, ticket.customer.code) == ("Noise", "Li Lei", "C1")
    assert (ticket.by, ticket.origin) == (None, f"mail:{Mail.objects.get().pk}")
    said = ticket.messages.get()
    assert (said.text, said.channel, said.direction) == ("It hums.", "mail", "in")
    # The server begins to count anew: what was read is known by its Message-ID.
    server.validity = 8
    server.mails = {1: server.mails[max(server.mails)], 2: written("Second")}
    assert taking.read(box) == 1
    assert {one.title for one in Ticket.objects.all()} == {"Noise", "Second"}
    assert {one.split()[0] for one in server.commands} <= {
        "CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT",
    }  # fmt: skip
    assert all("PEEK" in one or "SIZE" in one for one in server.commands if "FETCH" in one)


def test_replies_join_their_ticket_by_address_or_reference(box, server, carol):
    server.add(written("Noise"))
    taking.read(box)
    ticket = Ticket.objects.get()
    solve(carol, ticket, text="Oiled.")
    by_address = marks.reply_address(ADDRESS, ticket.pk)
    server.add(written("One", "Still", "other@elsewhere.example", by_address))
    taking.read(box)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.reopened) == ("open", 1)
    reference = f"<{marks.mark(ticket.pk)}.9@kefen.example>"
    server.add(written("Two", "by reference", In_Reply_To=reference))
    server.add(written("Three", "to my own", References=Mail.objects.last().message_id))
    forged = by_address.replace(f"t{ticket.pk}.", f"t{ticket.pk + 1}.")
    server.add(written("Four", "forged", to=forged))
    assert taking.read(box) == 3
    heard = list(ticket.messages.filter(direction="in").values_list("text", flat=True))
    assert heard == ["It hums.", "Still", "by reference", "to my own"]
    assert Ticket.objects.exclude(pk=ticket.pk).get().title == "Four"


def test_programs_loops_and_broken_mails_are_left_out(box, server):
    server.add(written("Away", Auto_Submitted="auto-replied"))
    server.add(written("News", Precedence="bulk"))
    server.add(written("Bounce", Return_Path="<>"))
    server.add(written("Own", sender=ADDRESS))
    server.add(b"Subject: =?nowhere?q?x?=\nFrom: <<>\nContent-Type: text/plain; charset=none\n\nx")
    server.add(written("Person", Auto_Submitted="no"))
    assert taking.read(box) == 6
    told = dict(Mail.objects.filter(outcome="left_out").values_list("subject", "why"))
    assert {key: told[key] for key in ("Away", "News", "Bounce", "Own")} == {
        "Away": "automatic", "News": "bulk", "Bounce": "bounce", "Own": "own",
    }  # fmt: skip
    assert Ticket.objects.get().title == "Person"
    for number in range(taking.FROM_ONE + 3):
        server.add(written(f"Again {number}"))
    taking.read(box)
    assert Mail.objects.filter(why="too-many").count() > 0
    assert Ticket.objects.count() <= taking.FROM_ONE


def test_html_alone_is_read_as_text_in_any_charset_and_files_are_kept(box, server):
    one = EmailMessage()
    one["From"], one["To"], one["Subject"] = LI, ADDRESS, "报价 问题"
    one.add_alternative(
        "<style>p{}</style><p>您好&nbsp;&amp;谢谢</p><div>请<b>尽快</b></div>",
        subtype="html",
        charset="gb2312",
    )
    one.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="../图.pdf")
    one.add_attachment(b"", maintype="text", subtype="plain", filename="empty.txt")
    server.add(one.as_bytes())
    taking.read(box)
    ticket = Ticket.objects.get()
    assert ticket.title == "报价 问题"
    kept = CustomerFile.objects.get()
    assert (kept.name, kept.customer.code, kept.by) == ("图.pdf", "C1", None)
    assert kept.place.read_bytes() == b"%PDF-1.4 x"
    assert ticket.messages.get().text == "您好 &谢谢\n请尽快\nFile: 图.pdf"
    assert letters.without_quotes("> all of it") == "> all of it"


def test_mails_of_unknown_senders_wait_until_somebody_says_whose_they_are(
    box, server, bob, carol, dave, erin, client, django_capture_on_commit_callbacks
):
    for subject in ("Hello", "Offer", "Third"):
        server.add(written(subject, sender="new@acme.example"))
    taking.read(box)
    assert not Ticket.objects.exists()
    first, second, third = Mail.objects.order_by("pk")
    place = first.place
    assert place.is_file()
    client.force_login(carol)
    page = client.get(reverse("mailbox:waiting")).content.decode()
    assert "new@acme.example" in page
    assert (
        client.post(reverse("mailbox:give", args=[first.pk]), {"customer": "C2"}).status_code == 422
    )
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mailbox:give", args=[first.pk]), {"customer": "C3", "remember": "on"})
    ticket = Ticket.objects.get()
    assert (ticket.customer.code, ticket.title) == ("C3", "Hello")
    assert not place.exists()
    with pytest.raises(ValidationError):
        actions.give(carol, first, ticket.customer)
    with pytest.raises(PermissionDenied):
        actions.leave_out(erin, second)
    actions.leave_out(carol, second)
    assert [one["subject"] for one in Program(carol).get("/mails")["items"]] == ["Third"]
    made = Program(carol).post(f"/mails/{third.pk}/give", {"customer": "C3"}, 201)
    assert Ticket.objects.get(pk=made["ticket"]).title == "Third"
    # The sender is known from now on.
    server.add(written("Next", sender="New@acme.example"))
    taking.read(box)
    assert Ticket.objects.latest("pk").customer.code == "C3"
    Mail.objects.update(at=timezone.now() - timedelta(days=200))
    taking.forget()
    assert set(Mail.objects.values_list("outcome", flat=True)) == {"ticket"}


def test_an_answer_by_mail_goes_out_once_and_its_reply_comes_back(
    box, server, carol, django_capture_on_commit_callbacks
):
    server.add(written("Noise"))
    taking.read(box)
    ticket = Ticket.objects.get()
    answer(carol, ticket, "Oil it.", channel="mail", wait=False)
    answer(carol, ticket, "I called.", channel="call", wait=False)
    solve(carol, ticket, text="All well?", channel="mail")
    for _again in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            deliver("mailbox.answers")
    assert [one.body for one in outgoing.outbox] == ["Oil it.", "All well?"]
    sent = outgoing.outbox[0]
    assert (sent.to, SentAnswer.objects.count()) == ([LI], 2)
    assert sent.subject == f"Re: Noise [{ticket.number}]"
    ((_name, back),) = getaddresses(sent.reply_to)
    assert sent.extra_headers["In-Reply-To"] == Mail.objects.get().message_id
    server.add(written("Re", "Thanks", to=back))
    taking.read(box)
    assert Message.objects.filter(ticket=ticket).last().text == "Thanks"


def test_why_a_mailbox_is_not_read_is_told(box, server, monkeypatch, client, alice, bob):
    def why(**changed):
        Mailbox.objects.update(**changed)
        box.refresh_from_db()
        taking.read(box)
        return box.why

    assert why(secret="wrong") == "sign-in"
    assert why(secret="pass word", folder="None") == "folder"
    assert why(folder="INBOX", port=1) == "unreachable"
    monkeypatch.delenv("SSL_CERT_FILE")
    assert why(port=server.port) == "certificate"
    assert box.failures == 4
    taking.read(box)
    client.force_login(alice)
    assert "certificate is not valid" in client.get(reverse("mailbox:settings")).content.decode()
    assert "is not read" in client.get(reverse("home")).content.decode()
    page = reverse("mailbox:edit", args=[box.pk])
    told = client.get(page).content.decode()
    assert "pass word" not in told
    sent = {"address": ADDRESS, "host": "imap.example", "port": "993", "account": "help",
            "folder": "INBOX", "version": box.version, "active": "on"}  # fmt: skip
    assert client.post(page, sent).status_code == 302
    box.refresh_from_db()
    assert (box.secret, box.validity, box.host) == ("pass word", None, "imap.example")
    with pytest.raises(PermissionDenied):
        actions.save(bob, box, {"host": "x"})
