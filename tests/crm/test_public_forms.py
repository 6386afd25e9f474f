"""Public forms: anybody writes, the answer tells nothing, and what came is a ticket or a lead."""

import re
from collections import Counter

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from kefen_crm.contacts.actions import add as add_contact
from kefen_crm.customers.models import Customer
from kefen_crm.leads.models import Lead
from kefen_crm.platform.events import deliver
from kefen_crm.public_forms import actions, settling
from kefen_crm.public_forms.demo import demo
from kefen_crm.public_forms.models import PublicForm, Submission
from kefen_crm.tickets.models import Message, Ticket

TITLES = {"title_zh": "联系我们", "title_en": "Contact us"}
PHONE = "139 5712 3456"
SAID = {
    "name": "Li", "reach": "+86 13957123456", "kind": "complaint", "subject": "Noise",
    "text": "It hums.", "homepage": "",
}  # fmt: skip
ASKED = {"name": "Wu", "company": "Wu Ltd", "reach": "wu@wu.example", "text": "Forty pumps?"}


@pytest.fixture
def opened(graded, alice, carol):
    """Makes an open form, and gives its address; Li of C1 has a phone."""
    add_contact(
        carol,
        Customer.objects.get(code="C1"),
        {"name": "Li", "reaches": [{"kind": "phone", "value": PHONE}]},
    )

    def make(kind="ticket"):
        form = actions.save(alice, None, {**TITLES, "kind": kind, "active": True})
        return reverse("public_forms:fill", args=[actions.renew(alice, form), "en"])

    return make


def stranger():
    return Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})


def without_number(page):
    return re.sub(r"F-\d{6}", "F", page.content.decode())


def settle():
    deliver("public_forms.settle")


def test_a_form_is_closed_until_an_administrator_opens_it(graded, alice, bob, client, settings):
    with pytest.raises(PermissionDenied):
        actions.save(bob, None, TITLES)
    client.force_login(alice)
    client.post(reverse("public_forms:new"), TITLES | {"kind": "ticket"})
    form = PublicForm.objects.get()
    shown = client.post(reverse("public_forms:renew", args=[form.pk]), follow=True)
    token = re.search(r"/form/([\w-]+)/", shown.content.decode())[1]
    assert 'href="data:image/svg+xml;base64,' in shown.content.decode()  # to print
    assert token not in str(PublicForm.objects.values_list().get())
    address = reverse("public_forms:entrance", args=[token])
    answers = [stranger().get(one).status_code for one in (address, f"{address}en/")]
    assert answers == [404, 404]
    edit = reverse("public_forms:edit", args=[form.pk])
    form.refresh_from_db()
    client.post(edit, TITLES | {"kind": "ticket", "active": "on", "version": form.version})
    assert stranger().get(address)["Location"] == f"{address}en/"
    page = stranger().get(f"{address}zh/")
    assert (page.status_code, page["Content-Language"]) == (200, "zh-Hans")
    assert "联系我们" in page.content.decode()
    assert stranger().get(f"{address}fr/").status_code == 404
    told = reverse("public_forms:address", args=[form.pk])
    assert f"/form/{token}/" in client.get(told).content.decode()
    newer = actions.renew(alice, form)
    assert stranger().get(f"{address}en/").status_code == 404  # the old address
    assert f"/form/{newer}/" in client.get(told).content.decode()
    settings.SECRET_KEY = "another"  # of another site with the same database
    assert "/form/" not in client.get(told).content.decode().partition("<main")[2]
    assert stranger().get(f"/form/{newer}/").status_code == 302


def test_the_demo_has_forms_with_what_waits_and_what_was_handled(opened):
    opened()
    PublicForm.objects.all().delete()
    demo()
    demo()
    assert [form.active for form in PublicForm.objects.all()] == [True, True]
    assert all(actions.token_of(form) for form in PublicForm.objects.all())
    outcomes = Counter(Submission.objects.values_list("outcome", flat=True))
    assert outcomes == {"ticket": 3, "waits": 4, "lead": 3, "left_out": 1}


def test_the_answer_is_the_same_whoever_writes_and_unknown_ones_wait(opened, carol, client):
    address = opened()
    pages = [
        stranger().post(address, SAID),
        stranger().post(address, SAID | {"reach": "nobody@no.example"}),
        stranger().post(address, SAID | {"homepage": "http://spam.example", "text": "Buy"}),
    ]
    assert {one.status_code for one in pages} == {200}
    assert len({without_number(one) for one in pages}) == 1
    assert not any(one.cookies for one in pages)
    assert (
        pages[0]["Content-Security-Policy"]
        == client.get(reverse("account_login"))["Content-Security-Policy"]
    )
    assert not Ticket.objects.exists()  # the worker looks whose it is
    settle()
    settle()
    ticket = Ticket.objects.get()
    known, unknown, robot = Submission.objects.order_by("pk")
    assert (ticket.customer.code, ticket.title, ticket.kind) == ("C1", "Noise", "complaint")
    assert known.number in Message.objects.get().text
    assert (known.outcome, known.text, known.ticket) == ("ticket", "", ticket)
    assert (unknown.outcome, robot.outcome, robot.text) == ("waits", "left_out", "")
    client.force_login(carol)
    assert "nobody@no.example" in client.get(reverse("public_forms:waiting")).content.decode()
    give = reverse("public_forms:give", args=[unknown.pk])
    assert client.post(give, {"customer": "C9"}).status_code == 422
    client.post(give, {"customer": "C3", "remember": "on"})
    assert Ticket.objects.first().customer.code == "C3"
    stranger().post(address, SAID | {"reach": "nobody@no.example", "subject": "Again"})
    stranger().post(address, SAID | {"reach": "(021) 55550101", "subject": "Own phone"})
    settle()
    assert Ticket.objects.get(title="Own phone").customer.code == "C1"
    assert Ticket.objects.filter(title="Again", customer__code="C3").exists()  # a contact now


def test_an_inquiry_becomes_one_graded_lead_that_nobody_has_yet(opened, bob):
    address = opened("lead")
    assert stranger().post(address, ASKED).status_code == 200
    settle()
    lead = Lead.objects.get()
    assert (lead.source, lead.company, lead.email, lead.owner, lead.by) == (
        "form", "Wu Ltd", "wu@wu.example", None, None,
    )  # fmt: skip
    assert lead.first_grade == lead.grade
    stranger().post(address, ASKED | {"reach": "WU@wu.example", "text": "And valves?"})
    stranger().post(address, ASKED | {"reach": "010-88886666"})
    stranger().post(address, ASKED | {"reach": "+861088886666", "text": "By May?"})
    settle()
    by_phone, by_mail = Lead.objects.order_by("-pk")
    assert "Forty pumps?" in by_mail.inquiry
    assert "And valves?" in by_mail.inquiry
    assert "By May?" in by_phone.inquiry
    assert {one["source"] for one in Program(bob).get("/leads")["items"]} == {"form"}


def test_what_is_wrong_too_long_repeated_or_too_much_is_refused_or_taken_once(
    opened, monkeypatch, settings
):
    address = opened()
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "public": "999/m/ip"}
    wrong = [
        {"name": ""}, {"name": "x" * 61}, {"text": "x" * 3_001}, {"subject": "a\x00b"},
        {"reach": "nothing"}, {"reach": "1"}, {"reach": "@"}, {"reach": "9" * 121},
        {"kind": "else"}, {"text": " "},
    ]  # fmt: skip
    answers = [stranger().post(address, SAID | one).status_code for one in wrong]
    assert answers == [422] * len(wrong)
    assert stranger().post(address, b"\xff\x00", content_type="text/plain").status_code == 422
    assert [getattr(stranger(), way)(address).status_code for way in ("put", "delete")] == [405] * 2
    assert not Submission.objects.exists()
    markup = stranger().post(address, SAID | {"name": "<script>", "text": ""}).content.decode()
    assert "&lt;script&gt;" in markup
    first, again = (stranger().post(address, SAID) for _each in range(2))
    assert first.content == again.content
    assert Submission.objects.count() == 1
    monkeypatch.setattr(actions, "MOST", 1)
    refused = stranger().post(address, SAID | {"text": "More of it"})
    assert refused.status_code == 429
    assert "More of it" in refused.content.decode()  # nothing typed is lost
    monkeypatch.undo()
    codes = [stranger().post(address, SAID | {"text": f"No. {one}"}).status_code
             for one in range(20)]  # fmt: skip
    assert set(codes) == {200, 429}  # of one address


def test_programs_list_give_and_leave_out_what_waits(opened, carol, alice, dave, erin, sign_in):
    def found(user, number):
        page = sign_in(user).get(reverse("search"), {"q": number})
        groups = {str(one.title): one.entries for one in page.context["groups"]}
        return [one.href for one in groups.get("Public forms", ())]

    address = opened()
    for number in (1, 2):
        stranger().post(address, SAID | {"reach": f"no{number}@no.example"})
    settle()
    program = Program(carol)
    second, first = program.get("/forms")["items"]
    waits = reverse("public_forms:give", args=[first["id"]])
    assert found(carol, first["number"].lower()) == [waits]
    assert found(erin, first["number"]) == []  # who answers no tickets
    given = program.post(f"/forms/{first['id']}/give", {"customer": "C1"}, 201)
    assert Ticket.objects.get(pk=given["ticket"]).customer.code == "C1"
    assert found(carol, first["number"]) == [reverse("tickets:detail", args=[given["ticket"]])]
    assert found(dave, first["number"]) == []  # C1 is Carol's
    program.client.post(f"/api/v1/forms/{second['id']}/leave-out", headers=program.headers)
    program.post(f"/forms/{second['id']}/leave-out", {}, 422)
    assert program.get("/forms")["items"] == []
    with pytest.raises(ValidationError, match="set up another"):
        actions.save(alice, PublicForm.objects.get(), {"kind": "lead"})
    Submission.objects.update(at="2020-01-01T00:00Z")
    settling.forget()
    assert [one.outcome for one in Submission.objects.all()] == ["ticket"]
