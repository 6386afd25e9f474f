"""Tenders: their days in working days worked out by hand, their states, reminders and pages.

Carol has C1, Dave has C2. China's calendar of 2026: off from the 25th to the 27th of September and
from the 1st to the 7th of October, made up for on Saturday the 10th.
"""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D  # noqa: N817
from zoneinfo import ZoneInfo

import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from icalendar import Calendar as CalendarFile

from kefen_crm.activities import ical
from kefen_crm.customer_files import actions as files
from kefen_crm.customers.models import Customer
from kefen_crm.key_accounts import contracts, pages, reminders, tenders
from kefen_crm.key_accounts.deadlines import deadlines_of
from kefen_crm.key_accounts.models import Tender
from kefen_crm.opportunities.actions import open_opportunity
from kefen_crm.opportunities.stages import begin
from kefen_crm.platform.calendar import Calendar
from kefen_crm.platform.clock import Turn
from kefen_crm.platform.events import Stale
from kefen_crm.platform.models import CalendarDay, Notification
from kefen_crm.platform.public_holidays import differing

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 28, 2, tzinfo=UTC)  # Monday, 10:00 in Shanghai
DUE = datetime(2026, 10, 10, 15, tzinfo=SHANGHAI)  # Saturday, a make-up day


@pytest.fixture
def acme(carol, dave, monkeypatch):
    """Carol's customer, beside one of Dave's, with the days off of 2026."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    for day, worked in differing(2026).items():
        kind = CalendarDay.Kind.WORK if worked else CalendarDay.Kind.OFF
        CalendarDay.objects.update_or_create(
            date=day, source=CalendarDay.Source.PERSON, defaults={"kind": kind}
        )
    Customer.objects.create(code="C2", name="Beta", owner=dave)
    return Customer.objects.create(code="C1", name="华东机电", owner=carol)


def noted(by, customer, **values):
    return tenders.open_tender(by, customer, {"title": "New line", "due_at": DUE} | values)


def patched(program, path, body, status=200):
    more = {"data": json.dumps(body), "content_type": "application/json"}
    return program.ask("PATCH", path, status, **more)


@pytest.mark.parametrize(
    ("today", "day", "left"),
    [
        ("2026-11-27", "2026-11-27", 0),
        ("2026-11-27", "2026-11-30", 1),  # Friday to Monday
        ("2026-11-27", "2026-11-29", 0),  # due on a Sunday: today is the last day to work on it
        ("2026-09-24", "2026-09-28", 1),  # over three days off
        ("2026-09-30", "2026-10-08", 1),  # over the National Day
        ("2026-09-28", "2026-10-09", 4),  # 29, 30, 8, 9
        ("2026-09-28", "2026-10-10", 5),  # and the make-up Saturday
        ("2026-10-09", "2026-10-12", 2),  # Saturday the 10th, Monday the 12th
        ("2026-10-12", "2026-10-09", -2),
    ],
)
def test_time_left_is_counted_in_working_days(today, day, left):
    calendar = Calendar(SHANGHAI, days=differing(2026))
    now = datetime.combine(date.fromisoformat(today), datetime.min.time(), SHANGHAI)
    due = datetime.combine(date.fromisoformat(day), datetime.max.time(), SHANGHAI)
    [one] = deadlines_of([Tender(pk=1, due_at=due)], calendar, now)
    assert (one.left, one.missed) == (left, left < 0)


def test_what_is_due_follows_from_the_state(acme, carol):
    calendar = Calendar(SHANGHAI, days=differing(2026))
    days = {"questions_until": date(2026, 9, 30), "opens_at": DUE + timedelta(hours=1)}
    one = noted(carol, acme, **days)

    def due(now=NOW):
        return [each.what for each in deadlines_of([one], calendar, now)]

    assert due() == ["questions", "due"]
    assert due(datetime(2026, 10, 1, 2, tzinfo=UTC)) == ["due"]
    assert deadlines_of([one], calendar, DUE + timedelta(seconds=1))[0].missed
    for state, what in (("preparing", ["questions", "due"]), ("submitted", ["opening"])):
        one = tenders.move(carol, one, state)
        assert due() == what
    assert due(DUE + timedelta(hours=2)) == []
    assert [tenders.move(carol, one, "won").open, due()] == [False, ["opening"]]


def test_states_follow_each_other_and_a_loss_has_its_reason(acme, carol, dave, erin):
    one = noted(carol, acme, bond=D(5000), bond_paid_on=date(2026, 9, 20))
    for who, refusal in ((erin, PermissionDenied), (dave, ObjectDoesNotExist)):
        with pytest.raises(refusal):
            tenders.move(who, one, "preparing")
    with pytest.raises(ValidationError, match="watching"):
        tenders.move(carol, one, "won")
    one = tenders.move(carol, one, "preparing", expected_version=1, key="k")
    assert tenders.move(carol, one, "preparing", expected_version=1, key="k").version == 2
    with pytest.raises(Stale):
        tenders.move(carol, one, "submitted", expected_version=1)
    one = tenders.move(carol, one, "submitted")
    with pytest.raises(ValidationError, match="why"):
        tenders.move(carol, one, "lost")
    one = tenders.move(carol, one, "lost", "6 % dearer")
    assert (one.reason, one.bond_out) == ("6 % dearer", True)
    with pytest.raises(ValidationError, match="ended"):
        tenders.change(carol, one, {"title": "Else"})
    one = tenders.change(carol, one, {"bond_back_on": date(2026, 9, 27)})
    assert not one.bond_out
    with pytest.raises(ValidationError, match="why"):
        tenders.move(carol, one, "submitted")
    assert tenders.move(carol, one, "submitted", "Objection upheld").open


def test_days_that_do_not_follow_each_other_are_refused(acme, carol, dave):
    begin()
    other = open_opportunity(dave, Customer.objects.get(code="C2"), {"title": "Line"})
    wrong = {
        "opens_at": DUE - timedelta(minutes=1),
        "questions_until": date(2026, 10, 11),
        "bond_back_on": date(2026, 9, 1),
        "opportunity": other,
        "bond": D(-1),
        "checklist": [{"text": "x" * 201, "done": False}],
    }
    for name, value in wrong.items():
        with pytest.raises(ValidationError) as refused:
            noted(carol, acme, **{name: value})
        assert name in refused.value.message_dict
    assert not Tender.objects.exists()


def test_what_a_bid_needs_is_ticked_off_and_stays_done_when_the_list_changes(acme, carol):
    one = noted(carol, acme, checklist=tenders.read_items("Licence\n\n Samples \nPrice"))
    one = tenders.check_item(carol, one, 1, done=True, expected_version=1)
    assert one.undone == 2
    with pytest.raises(ValidationError):
        tenders.check_item(carol, one, 3, done=True)
    items = tenders.read_items("Samples\nLicence\nBond", one.checklist)
    assert items == [
        {"text": "Samples", "done": True},
        {"text": "Licence", "done": False},
        {"text": "Bond", "done": False},
    ]


def test_whoever_has_it_is_reminded_once_at_each_level_however_often_the_clock_ticks(
    acme, carol, bob
):
    one = noted(bob, acme, owner=carol)
    Notification.objects.all().delete()
    told = []
    for number in range(18):  # from Thursday the 24th of September
        day = date(2026, 9, 24) + timedelta(days=number)
        now = datetime.combine(day, datetime.min.time(), SHANGHAI) + timedelta(hours=6)
        for _tick in range(2):
            reminders.remind(Turn("key_accounts.remind", day, now))
        if Notification.objects.count() > len(told):
            told.append(day)
    assert told == [  # 5, 3, 1 and 0 working days before
        date(2026, 9, 28), date(2026, 9, 30), date(2026, 10, 9), date(2026, 10, 10),
    ]  # fmt: skip
    assert {each.user for each in Notification.objects.all()} == {carol}
    tenders.change(carol, one, {"due_at": DUE + timedelta(days=2)})  # the 12th: a new day
    reminders.remind(Turn("key_accounts.remind", date(2026, 10, 10), NOW))
    assert Notification.objects.count() == 5
    tenders.move(carol, one, "withdrawn", "Too small")
    reminders.remind(Turn("key_accounts.remind", date(2026, 10, 12), NOW))
    assert Notification.objects.count() == 5


def test_the_pages_show_what_is_due_and_today_tells_of_it(acme, carol, dave, sign_in, rf):
    client = sign_in(carol)
    address = reverse("key_accounts:tender_new", args=["C1"])
    wrong = {"title": "New line", "due_at": "2026-10-10T15:00", "opens_at": "2026-10-10T14:00"}
    assert client.post(address, wrong).status_code == 422
    told = wrong | {"opens_at": "", "owner": carol.pk, "checklist": "Licence\nPrice", "bond": "500"}
    assert client.post(address, told).status_code == 302
    one = Tender.objects.get()
    assert one.due_at == DUE
    check = reverse("key_accounts:tender_check", args=[one.pk, 0])
    assert client.post(check, {"done": "1", "version": "1"}).status_code == 302
    assert client.post(check, {"done": "", "version": "1"}).status_code == 409
    page = client.get(reverse("key_accounts:tender", args=[one.pk])).content.decode()
    assert "5 working days left" in page
    assert "1 of 2 to do" in page
    for name in ("key_accounts:tenders", "activities:today", "home"):
        assert "New line" in client.get(reverse(name)).content.decode()
    for query in ("?state=bond", "?state=lost", "?whose=mine&q=line"):
        assert client.get(reverse("key_accounts:tenders") + query).status_code == 200
    for name in ("key_accounts:detail", "customers:more"):
        assert "New line" in client.get(reverse(name, args=["C1"])).content.decode()
    assert "New line" in client.get(reverse("search"), {"q": one.number}).content.decode()
    move = reverse("key_accounts:tender_move", args=[one.pk])
    lost = {"state": "withdrawn", "reason": ""}
    assert client.post(move, lost).status_code == 422
    assert client.post(move, lost | {"reason": "Too small"}).status_code == 302
    paid = {"bond_paid_on": "2026-09-01", "bond_back_on": "", "note": ""}
    change = reverse("key_accounts:tender_change", args=[one.pk])
    assert client.post(change, paid).status_code == 302
    for who, titles in ((carol, ["The bond of 1 ended tender is not back"]), (dave, [])):
        request = rf.get("/")
        request.user = who
        assert [each.title for each in pages.attention(request)] == titles


def test_programs_note_move_and_read_what_is_due(acme, carol, dave):
    program = Program(carol)
    body = {"customer": "C1", "title": "Line", "due_at": "2026-10-09T07:00:00Z", "amount": "480000"}
    made = program.post("/tenders", body | {"checklist": [{"text": "Licence"}]}, 201)
    assert (made["state"], made["owner"], made["version"]) == ("watching", "carol", 1)
    where = f"/tenders/{made['id']}"
    [due] = program.get("/tenders/due")
    assert (due["what"], due["on"], due["working_days_left"]) == ("due", "2026-10-09", 4)
    told = patched(program, where, {"opens_at": "2026-10-09T06:00:00Z"}, 422)
    assert told["errors"][0]["pointer"] == "/opens_at"
    same = patched(program, where, {"amount": "480000.00", "version": 1})
    assert same["version"] == 1  # nothing changed
    program.post(f"{where}/move", {"state": "preparing", "version": 9}, 412)
    assert program.post(f"{where}/move", {"state": "preparing"})["state"] == "preparing"
    assert program.get("/tenders?state=preparing")["items"][0]["id"] == made["id"]
    Program(dave).get(where, 404)
    assert Program(dave).get("/tenders/due") == []


def test_open_ones_go_with_their_customer(acme, carol, dave):
    one, ended = noted(carol, acme), noted(carol, acme)
    tenders.move(carol, ended, "withdrawn", "Too small")
    assert tenders.move_owned(carol, dave, [acme.pk], None) == 1
    assert Tender.objects.get(pk=one.pk).owner == dave
    assert Tender.objects.get(pk=ended.pk).owner == carol


def test_its_moments_and_the_ends_of_contracts_stand_in_the_calendar_of_whose_it_is(
    acme, carol, dave, sign_in
):
    """By hand: bids are due at 15:00 in Shanghai, which is 7:00 UTC."""
    one = noted(carol, acme, owner=carol, questions_until=date(2026, 9, 30), reference="ZB-7")
    noted(carol, acme, owner=dave)
    gone = noted(carol, acme, owner=carol, title="Gone")
    tenders.move(carol, gone, "withdrawn", "No")
    told = {"title": "Frame", "begins_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    kept = contracts.note(carol, acme, told | {"notice_days": 30, "owner": carol})

    def read():
        address = reverse("activities:ical", args=[ical.create(carol)])
        found = CalendarFile.from_ical(sign_in(carol).get(address).content)
        return {str(each["UID"]): each for each in found.walk("VEVENT")}

    found = read()
    assert sorted(found) == [
        f"contract-{kept.pk}-end@kefen", f"contract-{kept.pk}-notice@kefen",
        f"tender-{one.pk}-due@kefen", f"tender-{one.pk}-questions@kefen",
    ]  # fmt: skip
    due = found[f"tender-{one.pk}-due@kefen"]
    assert due["DTSTART"].dt == datetime(2026, 10, 10, 7, tzinfo=UTC)
    assert str(due["URL"]).endswith(reverse("key_accounts:tender", args=[one.pk]))
    assert "华东机电" in str(due["SUMMARY"])
    assert found[f"tender-{one.pk}-questions@kefen"]["DTSTART"].dt == date(2026, 9, 30)
    assert found[f"contract-{kept.pk}-notice@kefen"]["DTSTART"].dt == date(2026, 12, 1)
    moved = tenders.change(carol, one, {"due_at": DUE + timedelta(days=1)})
    due = read()[f"tender-{one.pk}-due@kefen"]  # the same one, moved
    assert due["SEQUENCE"] == moved.version - 1
    assert due["DTSTART"].dt == datetime(2026, 10, 11, 7, tzinfo=UTC)


def test_files_belong_to_a_tender(acme, carol, dave, sign_in, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    one, client = noted(carol, acme, owner=carol), sign_in(carol)
    add, page = reverse("customer_files:add", args=["C1"]), one.get_absolute_url()
    about = f"key_accounts.tender:{one.pk}"
    assert about in client.get(page).content.decode()
    sent = {"files": SimpleUploadedFile("bid.txt", b"Our bid"), "about": about}
    assert client.post(add, sent).url == page
    assert "bid.txt" in client.get(page).content.decode()
    shown = client.get(reverse("customers:more", args=["C1"])).content.decode()
    assert f'href="{page}"' in shown
    other = noted(dave, Customer.objects.get(code="C2"))
    for wrong in (
        f"key_accounts.tender:{other.pk}",
        "key_accounts.tender:x",
        "no.model:1",
        "team.user:1",
    ):
        sent = {"files": SimpleUploadedFile("x.txt", b"x"), "about": wrong}
        assert client.post(add, sent).status_code == 404
    assert sign_in(dave).get(page).status_code == 404
    [file] = Program(carol).get("/customer-files?customer=C1")["items"]
    assert file["about"] == about
    with pytest.raises(ValidationError):
        files.thing_of(acme, f"key_accounts.tender:{other.pk}")
    made = files.add(carol, acme, "bid.txt", b"Our bid")  # of the customer itself, besides
    assert made.pk != file["id"]
    remove = reverse("customer_files:remove", args=[file["id"]])
    assert client.post(remove, {"here": "1"}).url == page
