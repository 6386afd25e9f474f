"""What people are told: at the bell, on the list, by a mail a day, as each wants it."""

import json
import smtplib
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from api_client import Program
from django.conf import settings as site
from django.urls import reverse
from django.utils.translation import gettext_noop, override

from jobs import queued, work_off
from kefen_crm.customers.actions import assign
from kefen_crm.customers.models import Customer
from kefen_crm.grading.models import Run, Scheme
from kefen_crm.imports.models import Import
from kefen_crm.notifications import actions
from kefen_crm.platform import clock, events, registry
from kefen_crm.platform.jobs import fail_orphans
from kefen_crm.platform.models import Notification, Tick
from kefen_crm.platform.notifications import notify
from kefen_crm.platform.parts import NoticeKind
from kefen_crm.platform.registry import Plugin

LIST, SETTINGS, ALL = (
    reverse(f"notifications:{name}") for name in ("list", "settings", "read_all")
)
MORNING = datetime(2026, 11, 27, 1, tzinfo=UTC)  # 9:00 in Shanghai


@pytest.fixture
def visit(monkeypatch):
    """A kind of the tests' own."""
    plugin = Plugin(notice_kinds=(NoticeKind("visit.due", "A visit is due", "map-pin"),))
    known = registry.plugins()
    monkeypatch.setattr(registry, "plugins", lambda: (*known, plugin))
    return "visit.due"


class AnyPort(Controller):
    """A mail server of this machine, on a port that is free."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Mailbox:
    """A mail server that keeps what it is sent, and refuses while it is full."""

    def __init__(self):
        self.mails = []
        self.full = False

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  # aiosmtpd's
        if self.full:
            return "452 Too many mails"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 OK"


@pytest.fixture
def mailbox(settings):
    box = Mailbox()
    controller = AnyPort(box, hostname="127.0.0.1", port=0)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL = "crm@example.com"
    settings.KEFEN_URL = "https://crm.example.com"
    yield box
    controller.stop()


def tell(user, kind, **more):
    return notify([user], kind, "Visit %(name)s", {"name": "C1"}, "/customers/of/C1/", **more)


def test_the_bell_counts_what_is_unread(visit, carol, dave, sign_in):
    tell(carol, visit)
    tell(carol, visit)
    assert "2 unread notifications" in sign_in(carol).get(LIST).content.decode()
    assert "unread notification" not in sign_in(dave).get(LIST).content.decode()


def test_a_notification_is_read_by_its_own_person_and_leads_on(visit, carol, dave, sign_in):
    tell(carol, visit)
    one = Notification.objects.get()
    page = reverse("notifications:read", args=[one.pk])
    assert sign_in(dave).post(page).status_code == 404
    assert sign_in(carol).get(page).status_code == 405
    answer = sign_in(carol).post(page)
    assert (answer.status_code, answer["Location"]) == (302, "/customers/of/C1/")
    assert Notification.objects.get().read_at
    assert "Visit C1" not in sign_in(carol).get(LIST, {"show": "unread"}).content.decode()
    assert "Visit C1" in sign_in(carol).get(LIST).content.decode()


def test_all_are_read_at_once(visit, carol, dave, sign_in):
    for user in (carol, carol, dave):
        tell(user, visit)
    sign_in(carol).post(ALL)
    assert list(Notification.objects.filter(read_at=None).values_list("user", flat=True)) == [
        dave.pk
    ]


def test_it_never_leads_off_the_site(visit, carol, sign_in):
    notify([carol], visit, "Look", url="https://example.com/")
    one = Notification.objects.get()
    assert sign_in(carol).post(reverse("notifications:read", args=[one.pk]))["Location"] == LIST


def test_it_is_read_in_the_readers_language(visit, carol):
    text = gettext_noop("The run of %(scheme)s failed")
    notify([carol], visit, text, {"scheme": {"zh": "按销售额", "en": "By sales"}})
    one = Notification.objects.get()
    told = {}
    for language in ("en", "zh-hans"):
        with override(language):
            told[language] = one.message
    assert told == {"en": "The run of By sales failed", "zh-hans": "按销售额 运行失败"}


def test_everybody_chooses_how_to_be_told(visit, carol, sign_in):
    browser = sign_in(carol)
    assert "A visit is due" in browser.get(SETTINGS).content.decode()
    for bell, mail in ((True, False), (False, True), (False, False)):
        chosen = ({"bell": [visit]} if bell else {}) | ({"mail": [visit]} if mail else {})
        assert browser.post(SETTINGS, chosen).status_code == 302
        assert tell(carol, visit) == int(bell or mail)
        assert Notification.objects.filter(bell=bell, mail=mail).count() == int(bell or mail)
    assert len(browser.get(LIST).context["lines"]) == 1


def test_who_left_is_told_nothing(visit, carol):
    carol.is_active = False
    carol.save()
    assert tell(carol, visit) == 0


@pytest.fixture
def company(graded):
    """The graded company, whose owners have read what its first import gave them."""
    work_off("platform")
    Notification.objects.all().delete()
    return graded


def test_a_failed_import_is_told_to_whom_it_belongs_once(company, carol, bob):
    record = Import.objects.create(
        name="orders.csv", size=1, status=Import.Status.COMMITTING, by=bob
    )
    fail_orphans()  # there is no job
    work_off("platform")
    work_off("platform")
    [one] = Notification.objects.all()
    assert (one.user, one.message, one.url) == (
        bob,
        "orders.csv could not be imported",
        record.get_absolute_url(),
    )


def test_a_failed_run_is_told_to_who_asked_else_to_who_may(company, alice, bob, carol):
    scheme = Scheme.objects.get(name="abc")
    for by in (bob, None):
        Run.objects.create(version=scheme.current, by=by)
        fail_orphans()  # there is no job
    work_off("platform")
    told = Notification.objects.order_by("id").values_list("user__username", flat=True)
    assert [told[0], sorted(told[1:])] == ["bob", ["alice", "bob"]]


def test_one_mail_a_day_tells_all_that_is_new(visit, carol, dave, mailbox):
    dave.language = "zh-hans"
    dave.save()
    for user in (carol, carol, dave):
        tell(user, visit)
    for _again in range(2):
        clock.tick(MORNING)
        work_off("notifications")
    assert [to for to, _mail in mailbox.mails] == [["carol@example.com"], ["dave@example.com"]]
    english, chinese = (mail for _to, mail in mailbox.mails)
    assert (english["Subject"], chinese["Subject"]) == ("Kefen: 2 notifications", "客分：1 条通知")
    body = english.get_body(("plain",)).get_content()
    assert body.count("- Visit C1") == 2
    assert "https://crm.example.com/customers/of/C1/" in body
    page = english.get_body(("html",)).get_content()
    assert '<a href="https://crm.example.com/customers/of/C1/">Visit C1</a>' in page
    tell(carol, visit)
    clock.tick(MORNING.replace(day=28))
    work_off("notifications")
    assert [mail["Subject"] for _to, mail in mailbox.mails[2:]] == ["Kefen: 1 notification"]


def test_what_the_mail_server_refuses_is_mailed_again(visit, carol, mailbox):
    tell(carol, visit)
    mailbox.full = True
    with pytest.raises(smtplib.SMTPException):
        actions.send_digest(carol.pk)
    mailbox.full = False
    assert actions.send_digest(carol.pk) == 1
    assert actions.send_digest(carol.pk) == 0
    assert len(mailbox.mails) == 1


def test_without_a_mail_server_none_is_queued(visit, carol, sign_in):
    assert site.EMAIL_HOST == ""
    tell(carol, visit)
    clock.tick(MORNING)
    assert Tick.objects.get(job=actions.DIGEST).done_at
    assert queued("notifications") == []
    assert "no mail server" in sign_in(carol).get(SETTINGS).content.decode()


def test_owners_are_told_who_becomes_theirs_and_whose_are_anothers(company, bob, carol, dave):
    customer = Customer.objects.get(code="C1")
    before, after = (carol, dave) if customer.owner == carol else (dave, carol)
    assign(bob, customer, after)
    work_off("platform")
    rows = Notification.objects.filter(kind__startswith="customer.").values_list("user", "kind")
    assert set(rows) == {(before.pk, "customer.taken"), (after.pk, "customer.given")}
    assert "Bob 李 made you the owner of 上海明达贸易有限公司" in [
        one.message for one in Notification.objects.filter(user=after)
    ]


def test_collaborators_are_told(graded, bob, dave):
    customer = Customer.objects.get(code="C1")
    events.record(bob, "customer.shared", customer, after={"user": dave.pk, "access": "read"})
    work_off("platform")
    [one] = Notification.objects.filter(kind="customer.shared")
    assert (one.user, one.message) == (
        dave,
        "Bob 李 made you a collaborator of 上海明达贸易有限公司",
    )


def test_a_program_reads_marks_and_chooses(visit, carol, bob):
    for name in ("甲", "乙"):
        notify([carol, bob], visit, gettext_noop("A visit to %(customer)s"), {"customer": name})
    program = Program(carol)
    newest, older = program.get("/notifications")["items"]
    assert (newest["text"], older["text"]) == ("A visit to 乙", "A visit to 甲")
    assert program.post(f"/notifications/{older['id']}/read", {})["read_at"]
    assert [one["id"] for one in program.get("/notifications?unread=true")["items"]] == [
        newest["id"]
    ]
    theirs = Program(bob).get("/notifications?limit=1")
    program.post(f"/notifications/{theirs['items'][0]['id']}/read", {}, status=404)
    assert program.post("/notifications/read", {}) == {"marked": 1}
    chosen = json.dumps([{"kind": visit, "bell": False, "mail": False}])
    answer = program.ask(
        "PUT", "/notifications/choices", data=chosen, content_type="application/json"
    )
    assert {one["kind"]: one["bell"] for one in answer}[visit] is False
    assert notify([carol], visit, "A visit") == 0
