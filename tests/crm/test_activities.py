"""Activities and tasks: logged, planned, put off, skipped, done; by whom, and what follows."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from jobs import work_off
from kefen_crm.activities import actions, escalation, ical, pages
from kefen_crm.activities.mentions import mentioned
from kefen_crm.activities.models import Activity, Task
from kefen_crm.activities.repeats import Repeat
from kefen_crm.contacts import actions as contacts
from kefen_crm.customers.actions import share
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.ledger import opened
from kefen_crm.platform import clock
from kefen_crm.platform.calendar import current
from kefen_crm.platform.events import KeyReused, Stale
from kefen_crm.platform.models import Event, Notification
from kefen_crm.team.models import Department
from kefen_crm.workdays import actions as workdays

# A Tuesday, eight days before the National Day holiday of 2026 begins.
NOW = datetime(2026, 9, 22, 2, tzinfo=UTC)
TODAY = date(2026, 9, 22)
REAL = timezone.now


@pytest.fixture
def now(monkeypatch):
    """10:00 in Shanghai on Tuesday the 22nd of September 2026."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def at(monkeypatch):
    """`at(moment)` has it be that moment."""

    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_to


@pytest.fixture
def deliver(monkeypatch):
    """Has the worker hand out the events, which it does by the real clock."""

    def delivered():
        monkeypatch.setattr(timezone, "now", REAL)
        work_off("platform")
        monkeypatch.setattr(timezone, "now", lambda: NOW)

    return delivered


@pytest.fixture
def customers(graded, now):
    """Carol looks after C1 and C3, Dave after C2; the company's calendar is known."""
    workdays.install()
    return {one.code: one for one in Customer.objects.select_related("owner")}


def call(**more):
    return {"kind": "call", "answered": True, "text": "They want a quote"} | more


def test_a_call_is_logged_and_the_next_one_planned(customers, carol, sign_in):
    page = sign_in(carol)
    form = page.get(reverse("activities:log", args=["C1"])).content.decode()
    assert "2026-09-23" in form
    assert 'value="2026-09-25"' not in form
    told = {"kind": "call", "answered": "yes", "text": "Send the quote", "next_on": "2026-09-23"}
    answer = page.post(reverse("activities:log", args=["C1"]), told | {"key": "one"})
    assert answer.status_code == 302
    activity, task = Activity.objects.get(), Task.objects.get()
    assert (activity.by, activity.text, activity.real) == (carol, "Send the quote", True)
    assert (task.owner, task.day, task.origin) == (carol, date(2026, 9, 23), "person")
    page.post(reverse("activities:log", args=["C1"]), told | {"key": "one"})
    page.raise_request_exception = False
    for key in ("a\0b", "a" * 300):  # no form of the site sends such
        odd = page.post(reverse("activities:log", args=["C1"]), told | {"key": key})
        assert odd.status_code == 400
    assert Activity.objects.count() == Task.objects.count() == 1


def test_logging_does_the_task_that_is_due(customers, carol):
    task = actions.plan(carol, customers["C1"], {"due_on": TODAY})
    other = actions.plan(carol, customers["C1"], {"due_on": TODAY, "kind": "todo"})
    later = actions.plan(carol, customers["C1"], {"due_on": TODAY + timedelta(days=1)})
    activity = actions.log(carol, customers["C1"], call())
    task.refresh_from_db()
    assert (task.state, task.done_by_activity) == ("done", activity)
    assert set(Task.objects.filter(state="open")) == {other, later}


def test_a_call_nobody_answers_comes_again_on_the_next_working_day(customers, carol):
    task = actions.plan(carol, customers["C1"], {"due_on": TODAY})
    actions.log(carol, customers["C1"], call(answered=False, text=""))
    task.refresh_from_db()
    assert (task.state, task.day, task.snoozes) == ("open", date(2026, 9, 23), 0)


def test_the_third_time_putting_off_needs_a_reason(customers, carol):
    task = actions.plan(carol, customers["C1"], {"due_on": TODAY})
    for days in (1, 2):
        task = actions.snooze(carol, task, TODAY + timedelta(days=days))
    with pytest.raises(ValidationError, match="put off 2 times already"):
        actions.snooze(carol, task, TODAY + timedelta(days=3))
    task = actions.snooze(carol, task, TODAY + timedelta(days=3), reason="On holiday")
    assert (task.snoozes, task.day, task.due_on) == (3, date(2026, 9, 25), TODAY)
    with pytest.raises(ValidationError, match="That day has passed"):
        actions.snooze(carol, task, TODAY - timedelta(days=1), reason="x")


@pytest.mark.parametrize("verb", [actions.skip, actions.done, actions.cancel])
def test_closing_without_an_activity_needs_a_reason(customers, carol, verb):
    task = actions.plan(carol, customers["C1"], {"due_on": TODAY})
    with pytest.raises(ValidationError, match="Say why"):
        verb(carol, task)
    closed = verb(carol, task, reason="They called the boss", key="k")
    assert closed.state in {"skipped", "done", "cancelled"}
    assert verb(carol, task, reason="They called the boss", key="k") == closed
    with pytest.raises(KeyReused):
        verb(carol, task, reason="Something else", key="k")
    with pytest.raises(ValidationError, match="closed already"):
        actions.snooze(carol, task, TODAY + timedelta(days=1))


def test_a_plan_says_by_which_day_and_for_whom(customers, carol, erin):
    for values, field in (
        ({}, "due_on"),
        ({"due_on": TODAY - timedelta(days=1)}, "due_on"),
        ({"due_on": TODAY, "colour": "red"}, "colour"),
        ({"due_on": TODAY, "owner": erin}, "owner"),
    ):
        with pytest.raises(ValidationError) as refused:
            actions.plan(carol, customers["C1"], values)
        assert set(refused.value.message_dict) == {field}
    task = actions.plan(carol, customers["C1"], {"due_on": TODAY, "title": " Offer "}, key="p")
    again = actions.plan(carol, customers["C1"], {"due_on": TODAY, "title": " Offer "}, key="p")
    assert (again, task.kind, task.title) == (task, "call", "Offer")
    Task.objects.filter(pk=task.pk).update(origin="rhythm")
    task.refresh_from_db()
    with pytest.raises(ValidationError, match="skip it"):
        actions.cancel(carol, task, reason="x")


def test_a_stale_version_is_refused_with_what_changed(customers, carol):
    task = actions.plan(carol, customers["C1"], {"due_on": TODAY})
    actions.snooze(carol, task, TODAY + timedelta(days=1))
    with pytest.raises(Stale) as refused:
        actions.skip(carol, task, reason="x", expected_version=1)
    assert [one.verb for one in refused.value.changes] == ["task.snoozed"]


def test_others_customers_are_out_of_reach(customers, carol, erin):
    with pytest.raises(Customer.DoesNotExist):
        actions.log(carol, customers["C2"], call())
    with pytest.raises(Customer.DoesNotExist):
        actions.plan(carol, customers["C2"], {"due_on": TODAY})
    with pytest.raises(PermissionDenied):
        actions.log(erin, customers["C1"], call())


def test_a_task_is_given_to_whoever_may_do_it(customers, carol, dave, bob, deliver):
    task = actions.plan(bob, customers["C1"], {"due_on": TODAY, "owner": carol})
    with pytest.raises(ValidationError, match="Dave 赵 cannot work on this customer"):
        actions.reassign(bob, task, dave)
    task = actions.reassign(carol, task, bob)
    assert task.owner == bob
    deliver()
    told = Notification.objects.filter(kind="task.given").order_by("pk")
    assert [one.message for one in told] == [
        "Bob 李 gave you a task with 上海明达贸易有限公司",
        "Carol 张 gave you a task with 上海明达贸易有限公司",
    ]


def test_an_activity_is_a_fact_and_a_correction_follows(customers, carol, bob, deliver):
    activity = actions.log(carol, customers["C1"], call(outcome="interested"))
    note = actions.log(carol, customers["C1"], {"kind": "note", "text": "Moves house"})
    deliver()

    def facts():
        with opened() as ledger:
            rows = ledger.table("interactions").to_polars()
        return rows.select("interaction_id", "customer_id", "type", "responded", "note").rows()

    assert facts() == [(activity.number, "C1", "call", True, "They want a quote")]
    assert note.number != activity.number
    actions.correct(carol, activity, {"answered": False, "text": ""}, reason="Wrong line")
    deliver()
    assert facts() == [(activity.number, "C1", "call", False, None)]
    actions.withdraw(bob, activity, reason="Another customer")
    deliver()
    assert facts() == []


def test_only_its_author_or_a_manager_corrects_an_activity(customers, carol, bob):
    activity = actions.log(bob, customers["C1"], call())
    with pytest.raises(Activity.DoesNotExist):
        actions.correct(carol, activity, {"text": "No"})


def test_what_has_not_happened_yet_is_no_activity(customers, carol):
    with pytest.raises(ValidationError, match="plan a task instead"):
        actions.log(carol, customers["C1"], call(at=NOW + timedelta(hours=1)))
    with pytest.raises(ValidationError, match="There is no such field"):
        actions.log(carol, customers["C1"], call(mood="good"))


def test_whoever_is_named_is_told_if_they_may_see_the_customer(
    customers, carol, bob, dave, deliver
):
    actions.log(carol, customers["C1"], call(text="@Bob 李 please price it; @dave too"))
    deliver()
    told = Notification.objects.filter(kind="activity.mention")
    assert [(one.user, one.message) for one in told] == [
        (bob, "Carol 张 names you in a text about 上海明达贸易有限公司")
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("请@Bob 李看一下", True),
        ("＠bob, @BOB", True),
        ("price it.@bob.", True),
        ("send it to sales@bob.example", False),  # an address of mail
        ("the @bobcat loaders", False),
        ("@bob.example is their site", False),
        ("bob @ work", False),
    ],
)
def test_a_name_is_a_word_of_its_own(customers, carol, bob, text, named):
    assert mentioned(text, customers["C1"]) == ([bob.pk] if named else [])


def test_open_tasks_move_with_a_customer_and_what_is_done_stays(customers, carol, dave):
    open_task = actions.plan(carol, customers["C1"], {"due_on": TODAY})
    done = actions.done(carol, actions.plan(carol, customers["C1"], {"due_on": TODAY}), reason="x")
    assert actions.move(carol, dave, [customers["C1"].pk], None) == 1
    open_task.refresh_from_db()
    done.refresh_from_db()
    assert (open_task.owner, done.owner) == (dave, carol)


def test_today_orders_by_lateness_class_and_money(customers, carol, sign_in, monkeypatch):
    def planned(code, day, title):
        monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 9, 1, 2, tzinfo=UTC))
        actions.plan(carol, customers[code], {"due_on": day, "title": title})
        monkeypatch.setattr(timezone, "now", lambda: NOW)

    planned("C3", date(2026, 9, 14), "Neglected")  # six working days late
    planned("C3", date(2026, 9, 21), "Late")
    planned("C3", TODAY, "Of class C")
    planned("C1", TODAY, "Of class A")
    planned("C1", date(2026, 9, 23), "Tomorrow")
    client = sign_in(carol)
    titles = ["Neglected", "Late", "Of class A", "Of class C"]
    for at_once in (5_000, 0):  # by one query, and class by class as where there are many
        monkeypatch.setattr("kefen_crm.activities.today.SORTED_AT_ONCE", at_once)
        page = client.get(reverse("activities:today")).content.decode()
        places = [page.index(f"<strong>{title}</strong>") for title in titles]
        assert places == sorted(places)
    assert "7 working days late" in page  # the 20th, a Sunday, is made up for
    assert reverse("activities:coming") in page
    ahead = client.get(reverse("activities:coming")).content.decode()
    assert "<strong>Tomorrow</strong>" in ahead
    assert "<strong>Of class A</strong>" not in ahead


def test_a_long_list_of_tasks_is_counted_no_further(customers, carol, sign_in, monkeypatch):
    for number in range(3):
        actions.plan(carol, customers["C1"], {"kind": "call", "due_on": TODAY}, key=str(number))
    monkeypatch.setattr(pages, "PER_PAGE", 1)
    browser = sign_in(carol)
    assert "of 3" in browser.get("/tasks/").content.decode()
    monkeypatch.setattr(pages, "MOST_LISTED", 2)
    page = browser.get("/tasks/?page=9").content.decode()
    assert "2–2 of 2" in page
    assert "The first 2 are listed" in page


def test_today_asks_the_database_little(customers, carol, sign_in, django_assert_max_num_queries):
    for number in range(20):
        actions.plan(carol, customers["C1" if number % 2 else "C3"], {"due_on": TODAY})
    client = sign_in(carol)
    client.get(reverse("activities:today"))
    with django_assert_max_num_queries(16):
        client.get(reverse("activities:today"))


def test_hours_that_end_are_shown(customers, carol, sign_in):
    for _number in range(5):  # visits of 90 minutes; 7 working hours are left at 10:00
        actions.plan(carol, customers["C1"], {"due_on": TODAY, "kind": "visit"})
    page = sign_in(carol).get(reverse("activities:today")).content.decode()
    before, after = page.split("hours end about here")
    assert (before.count("data-kf-line"), after.count("data-kf-line")) == (4, 1)


def test_a_rep_lands_on_today(customers, carol, erin):
    from django.test import Client

    from cast import PASSWORD

    for person, address in ((carol, "/today/"), (erin, "/")):
        told = {"login": person.username, "password": PASSWORD}
        answer = Client().post(reverse("account_login"), told)
        assert answer["Location"] == address


def test_the_timeline_tells_what_was_said(customers, carol, sign_in):
    actions.log(carol, customers["C1"], call(), then={"due_on": TODAY + timedelta(days=1)})
    page = sign_in(carol).get(reverse("customers:detail", args=["C1"])).content.decode()
    assert "Logged" in page
    assert "They want a quote" in page
    assert "Task planned" in page
    assert Event.objects.filter(customer__code="C1", verb="task.planned").count() == 1


def test_a_task_is_offered_to_whoever_may_work_on_its_customer(
    customers, carol, dave, bob, sign_in
):
    task = actions.plan(carol, customers["C1"], {"due_on": TODAY, "title": "Sample"})
    client = sign_in(bob)
    for name, about in (("reassign", task.pk), ("plan", "C1")):
        form = client.get(reverse(f"activities:{name}", args=[about])).content.decode()
        assert f'<option value="{carol.pk}"' in form
        assert f'<option value="{dave.pk}"' not in form
    actions.done(carol, task, reason="By mail")
    event = Event.objects.get(verb="task.done")
    page = client.get(reverse("customers:detail", args=["C1"])).content.decode()
    assert (event.after["title"], event.after["state"]) == ("Sample", "done")
    assert "Sample" in page.split("Task done")[1].split("</li>")[0]


def test_a_calendar_program_reads_tasks_at_a_secret_address(customers, carol, sign_in, client):
    task = actions.plan(
        carol, customers["C1"], {"due_on": TODAY, "title": "Quote", "due_at": time(14, 30)}
    )
    page = sign_in(carol).post(reverse("activities:address")).content.decode()
    address = re.search(r"/tasks/calendar/[\w-]+\.ics", page)[0]
    text = client.get(address).content.decode()
    assert f"UID:task-{task.pk}@kefen" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT30M" in text  # RFC 7986
    assert client.head(address).status_code == 200  # programs that look whether it is there
    assert "DTSTART:20260922T063000Z" in text
    assert "SUMMARY:Quote · 上海明达贸易有限公司" in text
    actions.done(carol, task, reason="Sent")
    assert "UID" not in client.get(address).content.decode()
    sign_in(carol).post(reverse("activities:address"), {"end": "1"})
    assert client.get(address).status_code == 404


def test_programs_log_and_plan(customers, carol, dave):
    program = Program(carol)
    task = program.post("/tasks", {"customer": "C1", "due_on": "2026-09-22"}, 201)
    told = {"customer": "C1", "kind": "call", "answered": True, "text": "Yes"}
    made = program.post("/activities", told | {"then": {"due_on": "2026-09-24"}}, 201)
    assert made["number"] == f"A-{made['id']:06d}"
    assert program.get(f"/tasks/{task['id']}")["activity"] == made["id"]
    [planned] = program.get("/tasks?state=open")["items"]
    assert planned["day"] == "2026-09-24"
    refused = program.post(f"/tasks/{planned['id']}/skip", {"reason": "x", "version": 9}, 412)
    assert refused["code"] == "stale-version"
    Program(dave).get(f"/tasks/{planned['id']}", 404)
    fault = program.post("/activities", {"customer": "C2", "kind": "call"}, 422)
    assert fault["code"] == "unknown-customer"


def test_what_is_late_is_told_to_owners_and_then_to_leads(customers, carol, bob, at, sign_in):
    Department.objects.create(name="South", lead=bob)
    carol.department = Department.objects.get()
    carol.save()
    actions.plan(carol, customers["C1"], {"due_on": TODAY})
    told = []
    for day in (22, 23, 24, 28, 29, 30):  # the 25th to 27th are off
        clock.tick(at(datetime(2026, 9, day, 1, tzinfo=UTC)))
        rows = Notification.objects.filter(kind__in=["contact_gap", "task.due"]).order_by("pk")
        told.append([(one.user.username, one.message) for one in rows[sum(map(len, told)) :]])
    assert told == [
        [("carol", "1 follow-up is due today")],
        [],
        [
            ("carol", "1 follow-up of yours is late by two working days"),
            ("bob", "1 follow-up of Carol 张 is late by two working days"),
        ],
        [],
        [],
        [],
    ]
    page = sign_in(bob).get(reverse("activities:today")).content.decode()
    assert "kf-line-flagged" in page
    assert "1 follow-up is neglected" in sign_in(bob).get("/").content.decode()


def test_whoever_leads_a_department_is_told_of_what_is_neglected_within_reach(
    customers, carol, dave, bob, at, rf
):
    """Carol helps with C2, whose owner is of no department: that is not shown to whoever leads."""
    south = Department.objects.create(name="South", lead=bob)
    bob.department = carol.department = south
    bob.reach = "department"
    for one in (bob, carol):
        one.save()
    share(dave, customers["C2"], carol, "write")
    for code in ("C1", "C2"):
        actions.plan(carol, customers[code], {"due_on": TODAY})
    actions.plan(dave, customers["C2"], {"due_on": TODAY})
    at(datetime(2026, 9, 30, 1, tzinfo=UTC))

    def told(user):
        request = rf.get("/")
        request.user = user
        [item] = escalation.attention(request)
        return item.title, sorted(code for code, _name, _url in item.names), item.url[-4:]

    assert told(bob) == ("1 follow-up is neglected", ["C1"], "team")
    assert told(carol) == ("2 follow-ups are neglected", ["C1", "C2"], "mine")
    assert told(dave) == ("1 follow-up is neglected", ["C2"], "mine")


def test_a_task_repeats_on_workdays_until_its_series_ends(customers, carol, sign_in):
    """By hand: Thursdays from 24 September 2026; 1 to 7 October are off."""
    page = sign_in(carol)
    told = {"kind": "call", "title": "Stock", "due_on": "2026-09-24", "owner": carol.pk}
    told |= {"repeat": "week", "every": "1", "times": "4", "key": "r"}
    both = page.post(reverse("activities:plan", args=["C1"]), told | {"until": "2026-12-01"})
    assert both.status_code == 422
    assert page.post(reverse("activities:plan", args=["C1"]), told).status_code == 302
    shown = page.get(reverse("activities:calendar") + "?at=2026-10-08").content.decode()
    assert [f"every week, {n} of 4" in shown for n in (1, 2, 3, 4)] == [False, True, True, True]
    secret = ical.create(carol)
    feed = page.get(reverse("activities:ical", args=[secret])).content.decode()
    starts = ["20260924", "20261008", "20261015", "20261022"]
    assert re.findall(r"DTSTART;VALUE=DATE:(\d+)", feed) == starts
    uids = re.findall(r"UID:(series-\S+)", feed)
    first = Task.objects.get()
    actions.log(carol, customers["C1"], call(), closes=[first.pk])
    second = Task.objects.get(state="open")
    assert (second.title, second.day, second.owner) == ("Stock", date(2026, 10, 8), carol)
    assert uids[1] in page.get(reverse("activities:ical", args=[secret])).content.decode()
    [told] = Program(carol).get("/tasks?state=open")["items"]
    assert (told["repeat"]["number"], told["repeat"]["times"]) == (2, 4)
    actions.skip(carol, second, reason="Moved")
    third = Task.objects.get(state="open")
    assert third.day == date(2026, 10, 15)
    actions.cancel(carol, third, reason="No more stock")
    assert not Task.objects.filter(state="open").exists()


def test_one_that_was_late_stands_for_those_missed(customers, carol, at):
    """By hand: on the 31st of each month, with short months and an end."""
    program = Program(carol)
    told = {"customer": "C1", "due_on": "2026-10-30", "repeat": {"unit": "day", "every": 2}}
    program.post("/tasks", told | {"repeat": {"unit": "year"}}, 422)
    made = program.post("/tasks", told, 201)
    at(datetime(2026, 11, 6, 2, tzinfo=UTC))  # due would have been on 3 and 5 November
    actions.done(carol, Task.objects.get(pk=made["id"]), reason="By mail")
    assert Task.objects.get(state="open").day == date(2026, 11, 9)
    months = Repeat(1, "month", date(2027, 1, 31), until=date(2027, 5, 1))
    calendar = current()
    # 31 January and 28 February are Sundays, 31 March is a Wednesday, 30 April a Friday.
    assert [day for day, _more in months.following(date(2027, 1, 31), calendar)] == [
        date(2027, 3, 1), date(2027, 3, 31), date(2027, 4, 30),
    ]  # fmt: skip


def test_an_activity_is_linked_with_the_contact_it_was_with(customers, carol, sign_in):
    fang = contacts.add(carol, customers["C1"], {"name": "王芳"})
    others = contacts.add(carol, customers["C3"], {"name": "李雷"})
    one = actions.log(carol, customers["C1"], call(contact=" 王芳 "))
    assert (one.person, one.contact) == (fang, "王芳")
    program = Program(carol)
    said = {"customer": "C1", "kind": "visit", "contact_id": fang.pk}
    made = program.post("/activities", said, 201)
    assert (made["contact"], made["contact_id"]) == ("王芳", fang.pk)
    program.post("/activities", said | {"contact_id": others.pk}, 422)
    both = program.get(f"/activities?contact={fang.pk}")["items"]
    assert [each["id"] for each in both] == [made["id"], one.pk]
    page = sign_in(carol).get(reverse("customers:detail", args=["C1"])).content.decode()
    assert f'<a href="/customers/of/C1/#contact-{fang.pk}">王芳</a>' in page
    assert f'id="contact-{fang.pk}"' in page
    assert "Last conversation" in page
    assert "Visit · 王芳" in page  # on the timeline
    # Somebody else after all; two of one name are nobody.
    assert actions.correct(carol, one, {"contact": "Guest"}).person is None
    contacts.add(carol, customers["C1"], {"name": "王芳"})
    assert actions.log(carol, customers["C1"], call(contact="王芳")).person is None
    assert actions.correct(carol, one, {"person_id": fang.pk, "contact": ""}).contact == "王芳"
