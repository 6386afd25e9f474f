"""Tickets and their clocks, worked out by hand.

The company works Monday to Friday, 9 to 12 and 13 to 18 in Shanghai. Carol has C1 (class A) and
C3, Dave has C2 (class B). Tickets of A are answered within 2 hours of work, further answers within
4, solved within 16; those of all others within 8, 16 and 40. Urgent ones have half of that.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefen
from kefen_crm.customer_pages.moments import by_event, feeds_of
from kefen_crm.customers.models import Customer
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform import clock
from kefen_crm.platform.calendar import Calendar
from kefen_crm.platform.events import Stale, deliver
from kefen_crm.platform.models import CalendarDay, Notification, RuleDocument
from kefen_crm.platform.rules import kinds
from kefen_crm.tickets import actions, queries

SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = [
    {"name": "A", "scope": {"scheme": "abc", "classes": ["A"]},
     "first_reply": 2, "next_reply": 4, "resolve": 16},
    {"name": "All", "first_reply": 8, "next_reply": 16, "resolve": 40},
]  # fmt: skip


def at(text):
    """A moment of Shanghai: `07-04 17:00`, of 2025."""
    return datetime.strptime(f"2025-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.fixture
def now(monkeypatch):
    """Have it be a moment."""

    def be(moment):
        moment = at(moment) if isinstance(moment, str) else moment
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        return moment

    be("07-04 17:00")
    return be


@pytest.fixture
def served(graded, now):
    RuleDocument.objects.create(
        kind="service_level", version=1, document={"rules": RULES}, state="published"
    )


def opened(by, code, **values):
    said = {"title": "Late again", "text": "Where is it?", "kind": "question", **values}
    return actions.open_ticket(by, Customer.objects.get(code=code), said)


def clocks(ticket):
    """When each clock runs out, in Shanghai, and whether it was broken."""
    return {
        one.target: (f"{one.due_at.astimezone(SHANGHAI):%m-%d %H:%M}", bool(one.breached_at))
        for one in ticket.clocks.order_by("started_at", "pk")
    }


def test_times_run_in_working_hours_and_stand_still_while_the_customer_is_asked(served, carol, now):
    ticket = opened(carol, "C1")  # on a Friday at 17:00
    assert clocks(ticket) == {"first": ("07-07 10:00", False), "resolve": ("07-08 17:00", False)}
    now("07-07 09:30")
    actions.answer(carol, ticket, "It left yesterday.", channel="call")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.due_at) == ("waiting", None)
    now("07-09 12:30")  # 18.5 hours of work later, at lunch
    actions.hear(carol, ticket, "Nothing came.", channel="wechat")
    assert clocks(ticket) == {
        "first": ("07-07 10:00", False),
        "resolve": ("07-11 10:30", False),
        "next": ("07-09 17:00", False),
    }
    ticket.refresh_from_db()
    assert ticket.due_at == at("07-09 17:00")
    now("07-10 09:00")
    actions.solve(carol, ticket, text="It is there now.")
    assert clocks(ticket)["next"] == ("07-09 17:00", True)
    assert clocks(ticket)["resolve"] == ("07-11 10:30", False)
    now("07-11 17:00")  # 9.5 of 16 hours were left
    actions.reopen(carol, ticket, "Broken on arrival")
    assert clocks(ticket)["resolve"] == ("07-15 09:30", False)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.reopened, ticket.solved_at) == ("open", 1, None)


def test_holidays_and_make_up_days_count_as_the_calendar_says(served, dave, now):
    off = [date(2025, 10, day) for day in range(1, 9)]
    CalendarDay.objects.all().delete()
    CalendarDay.objects.bulk_create(
        [CalendarDay(date=day, kind="off") for day in off]
        + [CalendarDay(date=date(2025, 10, 11), kind="work")]
    )
    now("09-30 16:00")
    ticket = opened(dave, "C2")
    assert clocks(ticket) == {"first": ("10-09 16:00", False), "resolve": ("10-14 16:00", False)}


def test_the_first_answer_is_not_overruled_by_the_next(served, carol, now):
    ticket = opened(carol, "C1")
    now("07-04 17:30")
    actions.hear(carol, ticket, "Hello?")
    assert set(clocks(ticket)) == {"first", "resolve"}
    now("07-07 11:00")
    actions.answer(carol, ticket, "Here we are.", wait=False)
    assert clocks(ticket)["first"] == ("07-07 10:00", True)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.due_at) == ("open", at("07-08 17:00"))


def test_urgent_tickets_and_better_classes_have_less_time_and_never_more(served, dave, now):
    ticket = opened(dave, "C2")  # 8 and 40 hours from Friday, 17:00
    assert clocks(ticket)["first"] == ("07-07 17:00", False)
    actions.change(dave, ticket, {"severity": "urgent"})
    assert clocks(ticket) == {"first": ("07-07 12:00", False), "resolve": ("07-09 12:00", False)}
    actions.change(dave, ticket, {"severity": "low"})
    assert clocks(ticket)["first"] == ("07-07 12:00", False)
    CustomerClass.objects.filter(customer__code="C2", scheme__name="abc").update(class_key="A")
    clock.tick(now("07-04 17:30"))
    assert clocks(ticket) == {"first": ("07-07 10:00", False), "resolve": ("07-08 17:00", False)}
    CustomerClass.objects.filter(customer__code="C2", scheme__name="abc").update(class_key="C")
    clock.tick(now("07-04 18:00"))
    ticket.refresh_from_db()
    assert ticket.due_at == at("07-07 10:00")


def test_alerts_come_once_at_three_quarters_and_when_it_is_over_within_working_hours(
    served, carol, dave, bob, now
):
    ticket = opened(carol, "C1")
    mine = Notification.objects.filter(kind__startswith="ticket.")
    clock.tick(now("07-04 18:00"))
    clock.tick(now("07-07 08:30"))
    assert not mine.exists()
    clock.tick(now("07-07 09:30"))
    clock.tick(now("07-07 10:00"))
    assert [(one.user, one.kind) for one in mine] == [(carol, "ticket.soon")]
    clock.tick(now("07-07 10:30"))
    clock.tick(now("07-07 11:00"))
    assert [(one.user, one.kind) for one in mine.filter(kind="ticket.late")] == [
        (carol, "ticket.late")
    ]
    assert clocks(ticket)["first"] == ("07-07 10:00", True)
    actions.give(carol, ticket, None)
    clock.tick(now("07-09 09:00"))  # the solution is late, and the ticket nobody's
    assert mine.filter(user=bob, kind="ticket.late").count() == 1


def test_a_complaint_says_what_it_came_from_and_is_a_fact_of_the_ledger(
    served, carol, now, settings, monkeypatch
):
    ticket = opened(carol, "C1", kind="complaint")
    with pytest.raises(ValidationError, match="answered"):
        actions.solve(carol, ticket, cause="Packing")
    with pytest.raises(ValidationError, match="came from"):
        actions.solve(carol, ticket, text="Sorry.")
    now("07-05 09:00")
    actions.solve(carol, ticket, text="Sent again.", cause="Packing")
    monkeypatch.undo()  # the worker goes by the real clock
    deliver("ledger")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        row = ledger.table("feedback").to_polars().row(0, named=True)
        assert ledger.table("interactions").to_polars().height == 0
    assert (row["feedback_id"], row["customer_id"], row["type"]) == (
        ticket.number,
        "C1",
        "complaint",
    )
    assert (row["status"], str(row["resolved_on"])) == ("resolved", "2025-07-05")
    assert by_event(feeds_of("feedback"), ticket.number), "the timeline has its event already"
    assert not by_event(feeds_of("feedback"), "T-1")
    months = queries.last_months(date(2025, 7, 31), 2)
    assert [str(one) for one in months] == ["2025-06-01", "2025-07-01"]
    found = queries.causes(carol, months, "cause")
    assert [(one.title, one.months, one.share) for one in found] == [("Packing", (0, 1), 1.0)]


def test_a_note_changes_no_clock_and_who_writes_after_the_end_reopens(served, carol, now):
    ticket = opened(carol, "C1")
    before = clocks(ticket)
    said = actions.note(carol, ticket, "Ask the plant", key="n")
    assert actions.note(carol, ticket, "Ask the plant", key="n") == said
    ticket.refresh_from_db()
    assert (said.direction, ticket.state, clocks(ticket)) == ("note", "open", before)
    assert [one.text for one in ticket.messages.order_by("pk")] == ["Where is it?", "Ask the plant"]
    with pytest.raises(ValidationError, match="not solved"):
        actions.reopen(carol, ticket, "Again")
    actions.solve(carol, ticket, text="It is there.")
    with pytest.raises(ValidationError) as refused:
        actions.reopen(carol, ticket, " ")
    assert set(refused.value.message_dict) == {"reason"}
    now("07-08 10:00")
    heard = actions.hear(carol, ticket, "It is not", key="h")
    assert actions.hear(carol, ticket, "It is not", key="h") == heard
    ticket.refresh_from_db()
    assert (ticket.state, ticket.reopened, ticket.solved_at) == ("open", 1, None)
    assert clocks(ticket)["next"] == ("07-08 15:00", False)  # 4 hours of work, after lunch


def test_who_may_what(served, carol, dave, erin):
    ticket = opened(carol, "C1")
    with pytest.raises(ObjectDoesNotExist):
        actions.answer(dave, ticket, "Mine")
    with pytest.raises(PermissionDenied):
        actions.answer(erin, ticket, "Read only")
    with pytest.raises(ValidationError, match="may answer"):
        actions.give(carol, ticket, erin)
    actions.give(carol, ticket, dave)
    with pytest.raises(Stale):
        actions.solve(carol, ticket, text="Done", expected_version=1)
    assert not queries.tickets_for(dave).exists()


def test_pages_show_the_queue_the_thread_and_the_panel(served, carol, client, now):
    client.force_login(carol)
    ticket = opened(carol, "C1")
    now("07-07 11:00")
    page = client.get(reverse("tickets:queue") + "?state=late").content.decode()
    assert "Late again" in page
    sent = {"text": "On its way <b>", "channel": "call", "verb": "answer"}
    client.post(reverse("tickets:say", args=[ticket.pk]), sent)
    actions.hear(carol, ticket, "Thanks", channel="wechat")
    actions.answer(carol, ticket, "You are welcome", channel="call")
    shown = client.get(reverse("tickets:detail", args=[ticket.pk]))
    assert shown.context["form"]["channel"].value() == "wechat"  # as the customer wrote
    page = shown.content.decode()
    last = client.get(reverse("tickets:solve", args=[ticket.pk])).context["form"]
    assert last["channel"].value() == "wechat"
    assert "On its way &lt;b&gt;" in page
    assert "stands still" in page
    refused = client.post(reverse("tickets:say", args=[ticket.pk]), {"text": " ", "verb": "note"})
    assert refused.status_code == 422
    page = client.get(reverse("customers:detail", args=["C1"])).content.decode()
    assert ticket.number in page
    solved = client.post(reverse("tickets:solve", args=[ticket.pk]), {"channel": "call"})
    assert solved.status_code == 302
    assert "Late again" in client.get(reverse("tickets:queue") + "?state=solved").content.decode()


def test_programs_open_answer_and_solve(served, carol):
    program = Program(carol)
    body = {"customer": "C1", "title": "Noise", "text": "It hums.", "kind": "repair"}
    made = program.post("/tickets", body, 201, headers={"Idempotency-Key": "1"})
    again = program.post("/tickets", body, 201, headers={"Idempotency-Key": "1"})
    assert made["id"] == again["id"]
    path = f"/tickets/{made['id']}"
    program.post(f"{path}/messages", {"direction": "out", "text": "Oil it."}, 201)
    whole = program.get(path)
    assert [one["direction"] for one in whole["messages"]] == ["in", "out"]
    assert [one["allowed_minutes"] for one in whole["clocks"]] == [120, 960]
    assert program.post(f"{path}/solve", {"cause": "Dust"})["state"] == "solved"
    assert program.post(f"{path}/solve", {}, 422)
    assert program.post(f"{path}/reopen", {"reason": "Again"})["reopened"] == 1
    assert program.get("/tickets?state=open")["items"][0]["id"] == made["id"]


def test_the_preview_says_whom_the_levels_would_have_missed(served, carol, now):
    ticket = opened(carol, "C1")
    now("07-07 11:00")  # after 3 hours of work
    actions.answer(carol, ticket, "Here we are.")
    kind = kinds()["service_level"]
    found = kind.preview([kind.model(**one) for one in RULES])
    assert found.affected == 1
    assert found.rules[0][0::2] == ("A", 1)
    assert found.names[0][0] == "C1"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["answer", "hold", "hear", "solve", "reopen"]), st.integers(1, 3_000)
    ),
    max_size=8,
)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
def test_the_solution_s_clock_counts_the_hours_of_work_while_it_is_ours(served, carol, now, steps):
    calendar = Calendar(SHANGHAI)
    moment = now("07-04 17:00")
    ticket = opened(carol, "C1")
    used = timedelta(0)
    for what, minutes in steps:
        later = moment + timedelta(minutes=minutes)
        ticket.refresh_from_db()
        used += calendar.worked(moment, later) if ticket.state == "open" else timedelta(0)
        moment = now(later)
        try:
            if what == "answer":
                actions.answer(carol, ticket, "Said")
            elif what == "hold":
                actions.answer(carol, ticket, "Said", wait=False)
            elif what == "hear":
                actions.hear(carol, ticket, "Said")
            elif what == "solve":
                actions.solve(carol, ticket, text="Said")
            else:
                actions.reopen(carol, ticket, "Said")
        except ValidationError:
            pass
        one = ticket.clocks.get(target="resolve")
        since = one.paused_at or one.stopped_at or moment
        counted = calendar.worked(one.started_at, since) - timedelta(minutes=one.paused)
        assert counted == used
        assert bool(one.breached_at) <= (used > timedelta(hours=16))
        ticket.refresh_from_db()
        running = ticket.clocks.filter(stopped_at=None, paused_at=None)
        assert ticket.due_at == min((one.due_at for one in running), default=None)
        assert (ticket.state == "open") == running.filter(target="resolve").exists()
