"""Leads: graded by rules, shared out, read from cards, converted once; worked out by hand.

Rules: A for referrals that tell five details, fading by a grade each 7 untouched days · B for
whoever writes "urgent" · C for two details · D for all others. Carol and Dave sell, Bob manages.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D  # noqa: N817

import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kefen_crm.contacts.models import Contact
from kefen_crm.customers.models import Customer
from kefen_crm.leads import actions, cards, queries
from kefen_crm.leads.capacity import LeadCapacity, Seller, shares
from kefen_crm.leads.capacity import preview as preview_capacity
from kefen_crm.leads.converting import Wanted, convert, meant
from kefen_crm.leads.grading import graded, in_force
from kefen_crm.leads.models import Lead
from kefen_crm.leads.preview import preview
from kefen_crm.opportunities.stages import begin
from kefen_crm.platform.models import Event, RuleDocument
from kefen_crm.team.models import User

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
RULES = [
    {"name": "Best", "grade": "A", "sources": "转介绍, exhibition", "details": 5, "fade_days": 7},
    {"name": "Urgent", "grade": "B", "words": "urgent, 急"},
    {"name": "Known", "grade": "C", "details": 2},
    {"name": "Rest", "grade": "D"},
]
RICH = {
    "company": "Huitong Machinery", "name": "Chen", "phone": "138 0013 8000", "source": "referral",
    "inquiry": "Bearings for a new line", "product": "Bearing", "quantity": "500",
}  # fmt: skip


@pytest.fixture
def ruled(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    RuleDocument.objects.create(
        kind="lead_grade", version=1, document={"rules": RULES}, state="published"
    )


def test_the_first_rule_that_fits_grades_and_the_untouched_fade(ruled, carol):
    lead = actions.note(carol, RICH)
    assert (lead.grade, lead.rule, lead.first_grade, lead.owner) == ("A", "Best", "A", carol)
    for days, grade in ((6, "A"), (7, "B"), (15, "C"), (99, "D")):
        assert graded(lead, in_force(), NOW + timedelta(days=days)).grade == grade
    assert actions.note(carol, RICH | {"source": "website"}).rule == "Known"
    assert actions.note(carol, {"name": "X", "inquiry": "急！"}).rule == "Urgent"
    poor = actions.note(carol, {"name": "X"})
    why = graded(poor, in_force(), NOW)
    assert (why.grade, why.told) == ("D", ())
    assert [(one.rule.name, one.part) for one in why.passed] == [
        ("Best", "sources"), ("Urgent", "words"), ("Known", "details"),
    ]  # fmt: skip
    poor = actions.change(carol, poor, {"company": "Y", "email": "a@b.cn"})
    assert (poor.grade, poor.first_grade, poor.state) == ("C", "D", "working")
    told = preview(in_force()[2:])
    assert (told.affected, told.population) == (2, 4)  # Best and Urgent become C and D
    for wrong in ({"note": "x"}, {"name": "X", "email": "no mail"}, {"name": "X", "source": "tv"}):
        with pytest.raises(ValidationError):
            actions.note(carol, wrong)


def test_who_sees_and_changes_a_lead(ruled, carol, dave, bob, erin):
    lead = actions.note(carol, RICH, key="one")
    assert actions.note(carol, RICH, key="one") == lead
    assert not queries.leads_for(dave).exists()
    assert queries.leads_for(erin).get() == lead
    with pytest.raises(ObjectDoesNotExist):
        actions.change(dave, lead, {"name": "Y"})
    with pytest.raises(PermissionDenied):
        actions.note(erin, RICH)
    with pytest.raises(ValidationError):
        actions.give(bob, lead, erin)
    actions.give(bob, lead, dave)
    assert queries.leads_for(dave).get() == lead
    with pytest.raises(ObjectDoesNotExist):  # a repeated key tells nothing of it
        actions.note(carol, RICH, key="one")
    actions.drop(dave, lead, "no_money")
    with pytest.raises(ValidationError, match="not open"):
        actions.change(dave, lead, {"name": "Y"})
    assert actions.take_up(dave, lead).state == "working"
    actions.drop(dave, lead, "no_need", note=" Built it themselves ")
    told = Event.objects.filter(object_type="leads.lead", object_id=str(lead.pk)).order_by("id")
    assert [(one.verb, one.actor) for one in told] == [
        ("lead.noted", carol), ("lead.given", bob), ("lead.dropped", dave), ("lead.taken-up", dave),
        ("lead.dropped", dave),
    ]  # fmt: skip
    last = told.last()
    assert (last.after["reason"], last.reason) == ("no_need", "Built it themselves")
    with pytest.raises(ValidationError):
        actions.drop(dave, actions.take_up(dave, lead), "bored")


def test_open_leads_are_graded_anew_each_day_and_what_is_wrong_is_told(ruled, carol, monkeypatch):
    rich, poor = actions.note(carol, RICH), actions.note(carol, {"name": "X"})
    gone = actions.drop(carol, actions.note(carol, RICH), "no_need")
    with pytest.raises(ValidationError, match="not dropped"):
        actions.take_up(carol, rich)
    with pytest.raises(ValidationError) as refused:
        actions.note(carol, {"name": "X", "budget": D(-1)})
    assert set(refused.value.message_dict) == {"budget"}
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(days=8))
    actions.regrade(None)
    for lead, grade in ((rich, "B"), (poor, "D"), (gone, "A")):
        lead.refresh_from_db()
        assert (lead.grade, lead.first_grade) == (grade, "D" if lead == poor else "A")


def test_leads_are_shared_out_by_grade_and_then_by_room(ruled, carol, dave, bob):
    RuleDocument.objects.create(
        kind="lead_capacity", version=1, document={"rules": [{"name": "All", "most": 2}]},
        state="published",
    )  # fmt: skip
    actions.note(carol, RICH)
    free = [
        actions.note(bob, {"name": name, "inquiry": said, "owner": None})
        for name, said in (("D1", ""), ("B1", "urgent"), ("B2", "urgent"), ("D2", ""))
    ]
    with pytest.raises(PermissionDenied):
        actions.assign_waiting(carol)
    assert actions.assign_waiting(bob) == (3, 1)
    owners = [Lead.objects.get(pk=one.pk).owner for one in free]
    assert owners == [dave, dave, carol, None]  # Carol, who has A, has room for one
    assert preview_capacity([LeadCapacity(name="All", most=1)]).affected == 2


@given(st.lists(st.sampled_from("ABCD"), max_size=12), st.lists(st.integers(0, 4), max_size=4))
def test_nobody_is_given_more_than_there_is_room_for(grades, rooms):
    people = [Seller(User(pk=pk), 0, room, {}) for pk, room in enumerate(rooms)]
    waiting = [Lead(grade=grade) for grade in sorted(grades)]
    given_out = shares(waiting, people)
    assert len(given_out) == min(len(waiting), sum(rooms))
    assert all(one.room >= 0 for one in people)
    assert [lead for lead, _one in given_out] == waiting[: len(given_out)]


CARDS = [
    ("张伟  采购经理\n华东机电有限公司\n手机：138 0013 8000\nzw@hd.cn",
     {"name": "张伟", "title": "采购经理", "company": "华东机电有限公司", "phone": "13800138000",
      "email": "zw@hd.cn"}),
    ("Huitong Co., Ltd\nJane Miller, Purchasing Director\nTel +86 21 5555 1234 jane@huitong.com",
     {"name": "Jane Miller", "title": "Purchasing Director", "phone": "+862155551234",
      "company": "Huitong Co., Ltd", "email": "jane@huitong.com"}),
    ("王 强\n总经理\n深圳恒达有限公司\n深圳市科技路18号\nMob 13912345678\n电话 0755-88886666",
     {"name": "王强", "title": "总经理", "company": "深圳恒达有限公司", "phone": "13912345678",
      "address": "深圳市科技路18号"}),
    ("姓名：李娜 | 电话：021-55551234 | 微信：lina88\n地址：上海市张江路100号\n苏州汇通集团",
     {"name": "李娜", "phone": "021-55551234", "wechat": "lina88", "company": "苏州汇通集团",
      "address": "上海市张江路100号"}),
    ("hello there", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fields"), CARDS)
def test_a_card_is_read(text, fields):
    assert cards.read(text) == fields


@given(st.text(max_size=300))
def test_any_text_is_read_without_harm(text):
    assert all(value.strip() and len(value) <= 200 for value in cards.read(text).values())


def test_a_lead_is_converted_once_and_nobody_twice(ruled, carol, dave):
    begin()
    first = actions.note(carol, RICH | {"email": "chen@huitong.com"})
    first = convert(carol, first, Wanted(opportunity="New line", amount=D(900)), key="once")
    again = convert(carol, first, Wanted(opportunity="New line", amount=D(900)), key="once")
    customer = Customer.objects.get()
    assert (again.pk, customer.name, customer.owner) == (first.pk, "Huitong Machinery", carol)
    assert (first.state, first.opportunity.source) == ("converted", first.number)
    with pytest.raises(ValidationError, match="not open"):
        convert(carol, first, Wanted())
    other = actions.note(carol, {"name": "陈总", "phone": "+86 13800138000", "company": "Huitong"})
    assert [one.customer for one in meant(carol, other)] == [customer]
    assert [one.customer for one in meant(dave, other)] == [None]  # another's: masked
    convert(carol, other, Wanted(customer=customer))
    assert Customer.objects.count() == 1
    assert Contact.objects.get().name == "Chen"  # of the same phone
    stranger = actions.note(dave, {"name": "Wu", "company": "Huitong"})
    with pytest.raises(ObjectDoesNotExist):
        convert(dave, stranger, Wanted(customer=customer))
    [row] = queries.conversions(carol, "grade", NOW - timedelta(days=9))[:1]
    assert (row.title, row.converted, row.share, row.low) == ("A", 1, 1.0, None)


def test_pages_propose_a_cards_fields_and_convert(ruled, carol, sign_in):
    client = sign_in(carol)
    page = client.post(reverse("leads:card"), {"text": CARDS[0][0]}).content.decode()
    assert 'value="华东机电有限公司"' in page
    assert not Lead.objects.exists()
    assert client.post(reverse("leads:card"), {"text": "…"}).status_code == 422
    client.post(reverse("leads:new"), RICH)
    lead = Lead.objects.get()
    assert "Best" in client.get(reverse("leads:detail", args=[lead.pk])).content.decode()
    convert_page = reverse("leads:convert", args=[lead.pk])
    Customer.objects.create(code="L1", name="Lindner Pumps", search="lindner pumps", owner=carol)
    Customer.objects.create(code="L2", name="Lindner Tools", search="lindner tools")  # nobody's
    for headers in ({"HX-Request": "true"}, {}):
        page = client.get(convert_page, {"q": "lindner"}, headers=headers).content.decode()
        assert 'value="L1"' in page
        assert 'value="L2"' not in page
    assert client.post(convert_page, {"customer": "L2"}).status_code == 422
    answer = client.post(convert_page, {"customer": "L1"})
    assert answer.url == reverse("customers:detail", args=["L1"])
    client.post(reverse("leads:new"), RICH | {"phone": "", "email": "", "company": "Elsewhere"})
    lead = Lead.objects.get(company="Elsewhere")
    convert_page = reverse("leads:convert", args=[lead.pk])
    answer = client.post(convert_page, {"customer": "new"})
    assert answer.status_code == 302
    assert client.get(answer.url).status_code == 200
    for name in ("list", "conversion"):
        assert client.get(reverse(f"leads:{name}")).status_code == 200
    found = client.get(reverse("customers:list") + "?lead_source=referral").content.decode()
    assert "Lindner Pumps" in found
    assert "Elsewhere" in found


def test_programs_note_and_convert_leads(ruled, carol):
    program = Program(carol)
    made = program.post("/leads", RICH, 201)
    assert (made["grade"], made["owner"]) == ("A", "carol")
    where = f"/leads/{made['id']}"
    why = program.get(where)["why"]
    assert (why["rule"], why["untold"]) == ("Best", ["budget", "wanted_on"])
    assert program.post("/leads/cards", {"text": CARDS[0][0]})["name"] == "张伟"
    assert program.post("/leads", {"note": "x"}, 422)["errors"][0]["pointer"] == "/name"
    program.post(f"{where}/convert", {"customer": "nobody"}, 422)
    assert program.post(f"{where}/convert", {})["customer"] == Customer.objects.get().code
    assert program.get("/leads?state=converted")["items"][0]["id"] == made["id"]
