"""Care: occasions by both calendars, each answered once, and never when it is over.

Lunar days are those of the Gregorian-Lunar Calendar Conversion Tables of the Hong Kong Observatory.
"""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import ValidationError
from django.urls import reverse

import kefen
from kefen_crm.activities.models import Task
from kefen_crm.activities.today import why
from kefen_crm.care import demo, giving, lunar, queries
from kefen_crm.care.document import CARE, CareRule
from kefen_crm.care.lunar import LunarDay, lunar_of, observed_on
from kefen_crm.care.models import Care
from kefen_crm.care.occasions import due_days, holiday, yearly
from kefen_crm.contacts import actions as contacts
from kefen_crm.customers.models import Customer
from kefen_crm.outreach import sending
from kefen_crm.outreach.actions import save_template
from kefen_crm.outreach.models import Message, Suppression
from kefen_crm.platform import clock, rules
from kefen_crm.platform.calendar import Calendar
from kefen_crm.platform.models import Confirmation, RuleDocument
from kefen_crm.rules.actions import faults, publish, save, start
from kefen_crm.tickets.actions import open_ticket

MONDAY = datetime(2026, 1, 5, 4, tzinfo=UTC)
AGREED = [{"kind": "phone", "value": "13800138111", "consent": "yes"}]


@pytest.fixture
def now(monkeypatch):
    def be(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    be(MONDAY)
    return be


@pytest.fixture
def greeting(graded, bob):
    words = {"name": "Greeting", "channel": "sms", "body_zh": "{contact}：{occasion}快乐"}
    return save_template(bob, None, words)


def put_in_force(by, *document):
    save(by, rules.kinds()[CARE], {"rules": list(document)})
    published = publish(by, rules.kinds()[CARE], "as agreed")
    RuleDocument.objects.update(at=MONDAY)
    return published


def tick(now, moment):
    now(moment)
    clock.tick(moment)


def person(by, code, born, calendar="solar", **more):
    about = {"name": f"Li {code}", "birthday": born, "birthday_calendar": calendar}
    return contacts.add(by, Customer.objects.get(code=code), about | more)


def test_lunar_birthdays_are_kept_as_the_observatory_has_it():
    # New years, Mid-Autumn, Dragon Boat and Double Ninth Festivals, and solar terms.
    assert holiday("spring_festival", 2026) == date(2026, 2, 17)
    assert holiday("spring_festival", 2027) == date(2027, 2, 6)
    assert holiday("mid_autumn", 2025) == date(2025, 10, 6)
    assert holiday("mid_autumn", 2026) == date(2026, 9, 25)
    assert holiday("dragon_boat", 2026) == date(2026, 6, 19)
    assert holiday("double_ninth", 2026) == date(2026, 10, 18)
    assert holiday("lantern", 2026) == date(2026, 3, 3)
    assert holiday("qingming", 2026) == date(2026, 4, 5)
    assert holiday("winter_solstice", 2025) == date(2025, 12, 21)
    # The leap month 4 of 2020 began on 23 May: 1 June is its day 10. 2026 has no leap month, and
    # its month 4 began on 17 May. 2025 had a leap month 6, from 25 July on.
    born = lunar_of(date(2020, 6, 1))
    assert born == LunarDay(2020, 4, 10, leap=True)
    assert observed_on(born, 2026) == date(2026, 5, 26)
    assert observed_on(born, 2020) == date(2020, 6, 1)
    assert observed_on(LunarDay(1987, 6, 5, leap=True), 2025) == date(2025, 7, 29)
    assert observed_on(LunarDay(1987, 6, 5), 2025) == date(2025, 6, 29)
    # Month 12 of the lunar year 2025 had 29 days from 19 January 2026 on, and so no day 30.
    assert observed_on(LunarDay(1984, 12, 30), 2025) == date(2026, 2, 16)
    assert observed_on(LunarDay(1984, 12, 30), 2024) == date(2025, 1, 28)
    # Whatever the day of birth, its own year keeps it on that day.
    days = [date(1950, 1, 1) + timedelta(days=37 * n) for n in range(700)]
    assert all(observed_on(own, own.year) == day for day in days if (own := lunar_of(day)))
    assert lunar_of(date(1800, 1, 1)) is None
    assert lunar.months.cache_info().maxsize == lunar.LAST - lunar.FIRST + 1
    assert (yearly(date(1996, 2, 29), 2026), yearly(date(1996, 2, 29), 2028)) == (
        date(2026, 2, 28),
        date(2028, 2, 29),
    )


def test_a_task_falls_on_the_last_working_day_before_a_day_off_a_message_on_the_day_itself():
    zone = Calendar(UTC, days={date(2026, 2, 16) + timedelta(days=n): False for n in range(8)})
    task = CareRule(name="t", occasion="holiday", how="task")
    first, last = date(2026, 2, 9), date(2026, 2, 15)
    # 17 February is within the holidays, before them lies a weekend: Friday 13 is left.
    assert due_days(task, first, last, zone)[date(2026, 2, 17)] == date(2026, 2, 13)
    early = CareRule(name="e", occasion="holiday", how="task", lead_days=5)
    assert due_days(early, first, last, zone)[date(2026, 2, 17)] == date(2026, 2, 12)
    message = CareRule(name="m", occasion="holiday", how="message")
    assert due_days(message, first, last, zone) == {
        first + timedelta(days=n): first + timedelta(days=n) for n in range(7)
    }


def test_a_birthday_is_answered_once_by_both_calendars_through_the_one_gate(
    greeting, alice, bob, carol, dave, now, sign_in
):
    # Month 11 began on 20 December 2025 and on 30 November 1978: 8 January is its day 20, as
    # 19 December was.
    person(carol, "C1", "1980-01-07", reaches=AGREED)
    person(carol, "C3", "1978-12-19", "lunar", reaches=AGREED)
    person(dave, "C2", "1990-01-07", reaches=[AGREED[0] | {"consent": "no"}])
    in_person = {
        "name": "in person", "scope": {"scheme": "abc", "classes": ["A"]}, "occasion": "birthday",
        "how": "task", "lead_days": 1, "title": "Congratulate", "minutes": 20, "money": 100,
    }  # fmt: skip
    short = {"name": "short", "occasion": "birthday", "how": "message", "template": "Greeting"}
    kind = rules.kinds()[CARE]
    document = {"rules": [in_person, short]}
    preview = kind.preview(rules.parse(kind, document))
    assert preview.notes[0] == "This week 4 greetings, 1 by hand: 0.3 hours, 100"
    assert "refused to be written to 1" in preview.notes[-1]
    assert [touched for _name, _holds, touched in preview.rules] == [1, 3]
    put_in_force(alice, in_person, short)
    coming = queries.coming(Customer.objects.get(code="C1"))
    assert [(one.rule.name, one.due) for one in coming] == [
        ("in person", date(2026, 1, 6)),
        ("short", date(2026, 1, 7)),
    ]
    page = sign_in(carol).get(reverse("customers:detail", args=["C1"])).content.decode()
    assert "Birthday of Li C1 on 2026-01-07" in page
    for day in (6, 6, 7, 8, 8):
        tick(now, datetime(2026, 1, day, 1, tzinfo=UTC))
    task = Task.objects.get(origin="care.birthday")
    assert (task.title, task.due_on, task.owner) == ("Congratulate", date(2026, 1, 6), carol)
    assert why(task) == "Birthday of Li C1 on 2026-01-07"
    sent = {one.customer.code: one for one in Message.objects.select_related("customer")}
    assert sorted(sent) == ["C1", "C3"]
    assert sent["C1"].body == "Li C1：生日快乐"
    assert sent["C1"].until == datetime(2026, 1, 7, 16, tzinfo=UTC)  # midnight in Shanghai
    cares = {(one.rule, one.customer.code): one for one in Care.objects.all()}
    assert {key: (one.day.day, one.why) for key, one in cares.items()} == {
        ("in person", "C1"): (7, ""),
        ("short", "C1"): (7, ""),
        ("short", "C2"): (7, "refused"),
        ("short", "C3"): (8, ""),
    }
    assert cares["in person", "C1"].class_key == "A"
    # A worker that comes back after the day sends no greeting any more.
    now(datetime(2026, 1, 9, 4, tzinfo=UTC))
    assert sending.claim("sms")[0].state == "stopped"
    assert Message.objects.get(pk=sent["C1"].pk).why == "late"
    # Planned against done, by rule and class, for those whose customers they are.
    Task.objects.update(state="done", closed_on=date(2026, 1, 6), reason="Called")
    [hand, short_done] = queries.by_rule(carol)
    assert (hand.planned, hand.in_time, hand.share) == (1, 1, 100)
    assert (hand.minutes, hand.money) == (20, 100)
    assert (short_done.planned, short_done.lost, short_done.waiting) == (2, 1, 1)
    assert [one.title for one in queries.by_class(bob, "short")] == [
        "Class A",
        "Class B",
        "Class C",
    ]
    for address in (reverse("care:list"), reverse("care:rule") + "?rule=short"):
        text = sign_in(bob).get(address).content.decode()
        assert "refused to be written to" in text
    assert sign_in(carol).get(reverse("care:rule") + "?rule=none").status_code == 404
    program = Program(bob)
    assert program.get("/care?customer=C2")["items"][0]["why"] == "refused"
    assert [one["planned"] for one in program.get("/care/rules")] == [1, 3]
    assert program.get("/care/coming?customer=C1") == []
    where = f"/outreach/reached?customer=C2&template={greeting.pk}"
    assert program.get(where) == {"to": "", "address": "", "why": "refused"}
    policy = program.ask(
        "PUT", "/outreach/policy", data='{"per_week": 7}', content_type="application/json"
    )
    assert (policy["per_week"], policy["needs_consent"]) == (7, True)
    assert program.get("/outreach/policy") == policy


def test_after_nine_days_out_what_is_over_is_told_and_not_made(
    greeting, alice, bob, carol, now, sign_in
):
    person(carol, "C1", "1980-01-09", reaches=AGREED)
    person(carol, "C3", "1981-01-15", reaches=AGREED)
    Customer.objects.filter(code="C3").update(last_order_on=date(2025, 10, 15))
    put_in_force(
        alice,
        {"name": "b", "occasion": "birthday", "how": "message", "template": "Greeting"},
        {"name": "early", "occasion": "birthday", "how": "task", "lead_days": 5},
        {"name": "silent", "occasion": "silent", "after_days": 90, "how": "task", "title": "Ask"},
        {
            "name": "news", "occasion": "new_product", "product": "X1", "launched": "2026-01-06",
            "how": "task", "means": "mail",
        },
    )  # fmt: skip
    tick(now, datetime(2026, 1, 5, 1, tzinfo=UTC))
    first = Care.objects.get()  # the task for 9 January was due before there were rules
    assert (first.rule, first.task.due_on) == ("early", date(2026, 1, 5))
    for hours in (0, 1, 30):
        tick(now, datetime(2026, 1, 14, 1, tzinfo=UTC) + timedelta(hours=hours))
    told = {(one.rule, one.customer.code): one for one in Care.objects.all()}
    # The birthday of 9 January is over, that of 15 January is not: it comes on its day, and the
    # task that was due on the 9th is made at once. What lasts is made for a week: of the silence
    # noted on the 13th, and of the new product of the 6th no more.
    assert told["b", "C1"].why == "late"
    assert told["b", "C1"].message is None
    assert told["b", "C3"].message.due.day == 15
    assert told["early", "C3"].task.due_on == date(2026, 1, 14)
    asks = told["silent", "C3"].task
    assert asks.title == "Ask"
    assert asks.told["text"] % asks.told["data"] == "No order since 2025-10-15"
    assert {one.why for (rule, _code), one in told.items() if rule == "news"} == {"late"}
    assert Message.objects.count() == 1
    assert queries.too_late(bob, 7) == 6
    page = sign_in(bob).get(reverse("care:list") + "?state=late").content.decode()
    assert "came too late" in page
    # The same rules under other names greet nobody again.
    put_in_force(
        alice, {"name": "renamed", "occasion": "birthday", "how": "message", "template": "Greeting"}
    )
    tick(now, datetime(2026, 1, 15, 9, tzinfo=UTC))
    assert Message.objects.count() == 1
    asks.refresh_from_db()
    assert asks.state == "open"
    # Who has ordered again is not asked why not.
    Customer.objects.filter(code="C3").update(last_order_on=date(2026, 1, 15))
    tick(now, datetime(2026, 1, 16, 9, tzinfo=UTC))
    asks.refresh_from_db()
    assert (asks.state, asks.reason) == ("cancelled", "Ordered again")


def test_purchases_anniversaries_and_whom_care_leaves_in_peace(
    greeting, alice, carol, now, settings
):
    lines = pl.DataFrame(
        {
            "order_id": ["L1", "L2", "L3"],
            "customer_id": ["C1", "C3", "C3"],
            "ordered_on": ["2026-01-02", "2026-01-02", "2025-06-18"],
            "amount": [10, 10, 10],
            "category": ["Pump", "Pump", "Pump"],
        }
    )
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(lines.with_columns(pl.all().cast(pl.String)), kind="order_lines")
    Customer.objects.filter(code="C2").update(first_order_on=date(2021, 1, 7))
    Customer.objects.filter(code="C3").update(first_order_on=date(2024, 1, 7))
    put_in_force(
        alice,
        {"name": "note", "occasion": "after_purchase", "category": "Pump", "after_days": 5,
         "how": "task", "title": "Explain"},
        {"name": "years", "occasion": "anniversary", "every_years": 5, "how": "task"},
        {"name": "new year", "occasion": "holiday", "holiday": "labour", "how": "task"},
    )  # fmt: skip
    tick(now, datetime(2026, 1, 7, 1, tzinfo=UTC))
    told = {(one.rule, one.customer.code): one for one in Care.objects.all()}
    # C3 bought a pump half a year before: it knows how. Two years are no five.
    assert sorted(told) == [("note", "C1"), ("years", "C2")]
    assert why(told["years", "C2"].task) == "5 years since the first order"
    assert why(told["note", "C1"].task) == "Bought of Pump on 2026-01-02"
    # The 1st of May is off: the task comes on the last day worked before. C3 complains, C4 and C5
    # have nobody.
    open_ticket(
        carol, Customer.objects.get(code="C3"), {"kind": "complaint", "title": "x", "text": "y"}
    )
    tick(now, datetime(2026, 4, 30, 1, tzinfo=UTC))
    may = Care.objects.filter(rule="new year").values_list("customer__code", "why")
    assert dict(may) == {"C1": "", "C2": "", "C3": "complaint", "C4": "nobody", "C5": "nobody"}


def test_a_rule_says_what_it_lacks_and_stops_before_it_greets_very_many(
    greeting, alice, carol, now, sign_in
):
    kind = rules.kinds()[CARE]
    wrong = [
        {"name": "a", "how": "message", "template": "None"},
        {"name": "b", "occasion": "after_purchase"},
        {"name": "b", "occasion": "new_product"},
    ]
    assert [one.path for one in faults(kind, {"rules": wrong})] == [
        "0.template", "1.category", "2.name", "2.product", "2.launched",
    ]  # fmt: skip
    bad = [{"name": "a", "occasion": "new_product", "launched": "1 May", "product": "X"}]
    assert [one.path for one in faults(kind, {"rules": bad})] == ["0.launched"]
    with pytest.raises(ValidationError):
        put_in_force(alice, *wrong)
    assert kind.offers()["template"] == ["Greeting"]
    start(alice, kind, "usual")
    assert not faults(kind, rules.draft(CARE).document)
    Customer.objects.bulk_create(
        Customer(code=f"M{n}", name=f"M{n}", owner=carol, in_facts=True) for n in range(60)
    )
    put_in_force(
        alice,
        {"name": "day", "occasion": "holiday", "holiday": "women", "how": "task", "lead_days": 2},
    )
    # The page says of a rule what its occasion has, the form besides which occasion has what.
    page = sign_in(alice).get(reverse("rules:detail", args=[CARE])).content.decode()
    assert "Which holiday" in page
    for nothing in ("Anniversary: every so many years", "Message: the language", "False"):
        assert nothing not in page
    form = sign_in(alice).post(reverse("rules:begin", args=[CARE]), follow=True).content.decode()
    assert 'data-kf-only="rule0-occasion" data-kf-values="holiday"' in form
    friday = datetime(2026, 3, 6, 1, tzinfo=UTC)
    tick(now, friday)
    assert not Care.objects.exists()
    question = Confirmation.objects.get(rule=CARE)
    assert question.touching == 65
    Confirmation.objects.update(decision="go")
    tick(now, friday + timedelta(hours=1))
    assert Task.objects.filter(origin="care.holiday").count() == 63


def test_the_demo_has_rules_people_and_what_was_done(greeting, bob, now):
    Suppression.objects.all().delete()
    Customer.objects.update(sales=1)
    demo.demo()
    demo.demo()
    assert RuleDocument.objects.filter(kind=CARE).count() == 1
    assert rules.in_force(CARE)
    assert giving.introduced()
