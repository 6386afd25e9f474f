"""Playbooks on the company of the tests as of 2026-01-01: Carol holds C1 (A) and C3 (C), Dave C2
(B), nobody C4 (unrated) and C5 (C).

key: A, 60 hours, 5 visits, 2,000 of which 500 for gifts, discount 10 %
rest: B and C, 6 hours, nothing to give
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D  # noqa: N817
from json import dumps

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from grading import run_now, wording
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefen
from kefen_crm.activities.actions import log
from kefen_crm.activities.models import Task
from kefen_crm.customers.models import Customer
from kefen_crm.grading import queries as grading
from kefen_crm.grading.actions import publish as publish_scheme
from kefen_crm.grading.actions import roll_back as roll_back_scheme
from kefen_crm.grading.models import CustomerClass, RunInForce, Scheme
from kefen_crm.holdings.models import Leave
from kefen_crm.holdout.models import HoldoutMember, HoldoutYear
from kefen_crm.outreach.actions import save_template
from kefen_crm.outreach.models import Message
from kefen_crm.platform import clock, rules
from kefen_crm.platform.models import Confirmation, Event, RuleDocument
from kefen_crm.platform.registry import declared
from kefen_crm.playbooks import commitments, execution, plays, reading, spending, staffing, trials
from kefen_crm.playbooks.capacity import outlook
from kefen_crm.playbooks.document import PLAYBOOK, in_force
from kefen_crm.playbooks.models import Commitment, PlayTrial, Spend
from kefen_crm.quotes.ceilings import DISCOUNT_CEILING, ceiling_of
from kefen_crm.rules.actions import publish, roll_back, save, start
from kefen_crm.team.models import User
from kefen_crm.tickets.actions import open_ticket

KEY = {
    "name": "key", "scope": {"scheme": "abc", "classes": ["A"]}, "stance": "One to one",
    "service": "vip", "hours": 60, "visits": 5, "budget": 2000, "gifts": 500, "discount": 10,
    "support": 2, "points": 3,
    "rising": {"title": "Welcome", "means": "visit", "days": 3, "minutes": 60, "how": "1. Thank."},
    "at_risk": {"title": "Ask why", "days": 1},
}  # fmt: skip
REST = {
    "name": "rest", "scope": {"scheme": "abc", "classes": ["B", "C"]}, "hours": 6,
    "falling": {"title": "Win back", "days": 2},
}  # fmt: skip


@pytest.fixture
def noon(monkeypatch):
    """A moment of 2026-01-05, a Monday."""
    moment = datetime(2026, 1, 5, 4, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    return moment


@pytest.fixture
def promised(graded, noon, alice):
    put_in_force(alice, PLAYBOOK, [KEY, REST])
    RuleDocument.objects.update(at=noon)
    commitments.follow()
    return {one.code: one for one in Customer.objects.all()}


def put_in_force(by, kind, document, reason="as agreed"):
    save(by, rules.kinds()[kind], {"rules": document})
    return publish(by, rules.kinds()[kind], reason)


def open_promises():
    rows = Commitment.objects.filter(until=None)
    return dict(rows.values_list("customer__code", "rule"))


def test_a_document_says_what_is_wrong_where_and_nested_plays_are_written_in_the_form(
    graded, alice, client
):
    kind = rules.kinds()[PLAYBOOK]
    wrong = {"rules": [KEY | {"hours": -1, "rising": {"title": "x", "days": 900}}]}
    assert [one.path for one in rules.check(kind, wrong)] == ["0.hours", "0.rising.days"]
    client.force_login(alice)
    fields = {
        "rule0-name": "key", "rule0-scheme": "abc", "rule0-classes": "A", "rule0-hours": "60",
        "rule0-service": "vip", "rule0-rising.title": "Welcome", "rule0-rising.days": "900",
        "act": "save",
    }  # fmt: skip
    page = client.post("/rules/playbook/draft/", fields, follow=True).content.decode()
    assert 'name="rule0-rising.title" value="Welcome"' in page
    assert "When a customer has risen to it" in page
    assert page.count("is-invalid") == 1
    client.post("/rules/playbook/draft/", fields | {"rule0-rising.days": "9"})
    rising = rules.draft(PLAYBOOK).document["rules"][0]["rising"]
    assert rising == {"title": "Welcome", "days": 9, "withhold": False}


def test_ready_made_playbooks_fit_every_scheme_and_versions_are_compared(graded, alice, client):
    kind = rules.kinds()[PLAYBOOK]
    names = {one.name for one in kind.starts()}
    known = set(Scheme.objects.values_list("name", flat=True))
    assert {"abc", "rfm", "pyramid", "value-tiers"} <= names <= known
    for one in kind.starts():
        assert not rules.check(kind, {"rules": one.rules}), one.name
    pyramid = next(one for one in kind.starts() if one.name == "pyramid")
    assert [rule["service"] for rule in pyramid.rules] == [
        "vip", "vip", "standard", "self_service",
    ]  # fmt: skip
    start(alice, kind, "abc")
    publish(alice, kind, "to begin with")
    client.force_login(alice)
    assert "Draft it" in client.get("/rules/playbook/").content.decode()
    changed = [dict(one) for one in rules.published(PLAYBOOK).document["rules"]]
    changed[0]["hours"], changed[0]["rising"] = 50, changed[0]["rising"] | {"days": 7}
    put_in_force(alice, PLAYBOOK, changed[:2], "less")
    page = client.get("/rules/playbook/versions/1/2/").content.decode()
    assert "only in the older" in page
    assert "When a customer has risen to it: Within so many working days" in page
    program = Program(alice)
    told = program.get("/rules/playbook/versions/2/changes?since=1")
    assert [one["sort"] for one in told] == ["changed", "removed"]
    assert {"field": "Hours a year", "before": 60, "after": 50} in told[0]["fields"]
    assert {one["name"] for one in program.get("/rules/playbook/starts")} == names
    roll_back(alice, kind, 1, "too little")
    assert len(in_force()) == len(pyramid.rules) - 1


def test_the_preview_tells_hours_and_money_by_class_and_who_cannot_keep_it(
    graded, noon, alice, bob, carol, dave, client
):
    staffing.set_hours(bob, carol, hours_week=D(10), share=10)
    staffing.set_hours(bob, dave, hours_week=D(40), share=50, ceiling=1)
    Leave.objects.create(user=dave, first=date(2026, 2, 1), last=date(2026, 2, 28))
    told = outlook(parsed(KEY, REST))
    assert [(one.customers, one.hours, one.money, one.unowned) for one in told.promises] == [
        (1, 60, 2000, 0), (3, 18, 0, 1),
    ]  # fmt: skip
    loads = {one.user.username: one for one in told.people}
    assert (loads["carol"].hours, loads["dave"].hours) == (66, 6)
    # An hour a week: 4.2 or so a month, of which 5.5 are promised.
    assert len(loads["carol"].short) == 12
    assert sum(one.promised for one in loads["carol"].months) == pytest.approx(66)
    assert [one.first for one in loads["dave"].short] == [date(2026, 2, 1)]
    assert loads["dave"].months[0].capacity == 0
    client.force_login(alice)
    save(alice, rules.kinds()[PLAYBOOK], {"rules": [KEY, REST]})
    page = client.get("/rules/playbook/preview/").content.decode()
    for words in (
        "In all 78 hours and 2,000 a year for 4 customers.",
        "key: 1 customers, 60 hours, 2,000",
        "nobody looks after 1 of them",
        "Unaffordable: Carol 张 lacks hours in 12 of the next twelve months",
        "Unaffordable: Dave 赵 lacks hours in 1 of the next twelve months, most in 2026-02",
    ):
        assert words in page, words
    shown = client.get("/playbooks/capacity/?of=draft").content.decode()
    assert "unaffordable" in shown
    assert "What the draft would take" in shown
    with pytest.raises(PermissionDenied):
        staffing.set_hours(carol, carol, hours_week=D(80), share=100)


def parsed(*found):
    return rules.parse(rules.kinds()[PLAYBOOK], {"rules": list(found)})


def test_promises_follow_classes_and_versions(promised, alice, noon):
    assert open_promises() == {"C1": "key", "C2": "rest", "C3": "rest", "C5": "rest"}
    assert commitments.follow() == 0
    CustomerClass.objects.filter(customer=promised["C2"], scheme__name="abc").update(class_key="A")
    tomorrow = noon.date() + timedelta(days=1)
    assert commitments.follow(tomorrow) == 1
    assert open_promises()["C2"] == "key"
    [old] = Commitment.objects.filter(customer=promised["C2"]).exclude(until=None)
    assert (old.rule, old.until) == ("rest", tomorrow)
    put_in_force(alice, PLAYBOOK, [KEY])
    commitments.follow(tomorrow)
    assert open_promises() == {"C1": "key", "C2": "key"}
    assert set(Commitment.objects.filter(until=None).values_list("wording", flat=True)) == {2}


def test_ceilings_hold_where_they_are_spent(promised, alice, carol, dave, client):
    one, three = promised["C1"], promised["C3"]
    day = date(2026, 1, 4)
    gift = spending.note(carol, one, kind="gift", on=day, money=D(300), text="tea", key="k")
    assert spending.note(carol, one, kind="gift", on=day, money=D(300), text="tea", key="k") == gift
    with pytest.raises(ValidationError) as refused:
        spending.note(carol, one, kind="gift", on=day, money=D("200.01"))
    assert "“key” allows gifts of 500.00 a year; 200.00 are left in 2026" in str(refused.value)
    spending.note(carol, one, kind="support", on=day, hours=D(2), money=D(1700))
    with pytest.raises(ValidationError) as refused:
        spending.note(carol, one, kind="other", on=day, money=D(1))
    assert "has a budget of 2,000.00 a year; 0.00 are left" in str(refused.value)
    spending.note(carol, one, kind="discount", on=day, money=D(5000))
    spending.note(carol, one, kind="gift", on=date(2025, 12, 31), money=D(500))
    with pytest.raises(ValidationError):
        spending.note(carol, three, kind="gift", on=day, money=D(1))
    with pytest.raises(ValidationError):
        spending.note(carol, one, kind="support", on=date(2026, 1, 6))
    with pytest.raises(Customer.DoesNotExist):
        spending.note(dave, one, kind="support", on=day)
    spending.withdraw(carol, gift, "given to somebody else")
    spending.note(carol, one, kind="gift", on=day, money=D(300))
    # The quotes' own ceiling and the playbook's: the lower holds, and each where the other is not.
    assert (ceiling_of(one), ceiling_of(three)) == (10, None)
    put_in_force(alice, DISCOUNT_CEILING, [{"name": "all", "percent": 15}])
    assert (ceiling_of(one), ceiling_of(three)) == (10, 15)
    client.force_login(carol)
    page = client.get("/customers/of/C1/more/").content.decode()
    for words in (
        "What is promised",
        "key · ",
        "1 of 2",
        "300 of 500",
        "Discount up to 10 %",
        "Spent…",
    ):
        assert words in page, words
    refused = client.post(
        "/playbooks/of/C1/spend/", {"kind": "gift", "on": "2026-01-04", "money": "900"}
    )
    assert refused.status_code == 422
    assert "Give less" in refused.content.decode()


def test_a_move_plans_its_play_once_and_a_rolled_back_standard_takes_it_along(
    promised, alice, noon, monkeypatch
):
    scheme = Scheme.objects.get(name="abc")
    first = scheme.current
    clock.tick(noon)
    assert not plays_open()
    publish_scheme(alice, wording(scheme), "More A")
    later = noon + timedelta(minutes=31)
    run_now("abc", "2026-01-02")
    for moment in (later, later, later + timedelta(minutes=31)):
        clock.tick(moment)
    # C2 is A by the wider standard: it rose, once.
    assert plays_open() == [("C2", "play.rising", "Welcome", date(2026, 1, 8))]
    task = Task.objects.get(origin="play.rising")
    assert (task.owner.username, task.kind, task.told["from"], task.told["to"]) == (
        "dave", "visit", "B", "A",
    )  # fmt: skip
    assert Event.objects.filter(verb="task.planned", customer=promised["C2"]).count() == 1
    run_now("abc", "2026-01-02")
    clock.tick(later + timedelta(minutes=62))
    assert Task.objects.filter(origin__startswith="play.").count() == 1
    scheme.refresh_from_db()
    roll_back_scheme(alice, scheme, first, "too wide")
    run_now("abc", "2026-01-02")
    clock.tick(later + timedelta(minutes=93))
    task.refresh_from_db()
    assert (task.state, task.reason.split()[:2]) == (Task.State.CANCELLED, ["The", "move"])
    assert not plays_open()


def plays_open():
    rows = Task.objects.filter(origin__startswith="play.", state=Task.State.OPEN)
    return list(rows.values_list("customer__code", "origin", "title", "due_on"))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["tick", "killed", "again"]),
            st.tuples(st.sampled_from(["C1", "C2", "C3"]), st.sampled_from("AABC")),
        ),
        min_size=3,
        max_size=9,
    )
)
def test_replays_and_kills_plan_nothing_twice_and_lose_nothing(promised, noon, steps):
    """Whatever order ticks, kills and moves come in, each move of a day has its one task."""
    with transaction.atomic():
        scheme = Scheme.objects.get(name="abc")
        run = grading.in_force(scheme)
        rows = CustomerClass.objects.filter(scheme=scheme)
        rows.update(graded_before=True, previous_key=F("class_key"))
        RunInForce.objects.filter(scheme=scheme).update(before=run)
        moment = noon
        wanted = set()
        for step in [*steps, "tick"]:
            if isinstance(step, tuple):
                code, key = step
                rows.filter(customer__code=code).update(class_key=key)
                continue
            if step != "again":
                moment += timedelta(minutes=30)
            with pytest.MonkeyPatch.context() as patched:
                job = next(one for one in declared("clock_jobs") if one.name == "playbooks.plays")
                patched.setattr(clock, "declared", lambda _kind, job=job: [job])
                if step == "killed":
                    patched.setattr(plays, "record_all", killed)
                clock.tick(moment)
            if step == "tick":
                wanted |= {
                    (one.customer, f"play.{one.play}")
                    for one in plays.moves(scheme, run)
                    if (one.play, one.after)
                    in {("rising", "A"), ("falling", "B"), ("falling", "C")}
                    and Customer.objects.get(pk=one.customer).owner_id
                }
        found = list(Task.objects.filter(origin__startswith="play.").values_list(
            "customer", "origin"))  # fmt: skip
        assert len(found) == len(set(found))
        assert set(found) >= wanted
        told = Event.objects.filter(verb="task.planned", object_type="activities.task")
        assert told.count() == len(found)
        transaction.set_rollback(True)


def killed(*_told, **_more):
    raise SystemError("killed")


def test_many_moves_at_once_stop_and_ask(promised, noon, monkeypatch, bob):
    monkeypatch.setattr(clock, "MOST", 1)
    scheme = Scheme.objects.get(name="abc")
    CustomerClass.objects.filter(scheme=scheme, customer__owner__isnull=False).update(
        graded_before=True, previous_key="C", class_key="A"
    )
    RunInForce.objects.filter(scheme=scheme).update(before=F("run"))
    clock.tick(noon)
    [asked] = Confirmation.objects.all()
    assert (asked.rule, asked.touching, plays_open()) == (PLAYBOOK, 3, [])
    Confirmation.objects.update(decision="go")
    clock.tick(noon + timedelta(minutes=30))
    assert [code for code, *_more in plays_open()] == ["C1", "C2", "C3"]


def test_promised_and_done_by_class_and_person_with_reasons_targets_and_points(
    promised, noon, alice, bob, carol, client
):
    one, three = promised["C1"], promised["C3"]
    Commitment.objects.update(since=date(2025, 7, 1))
    at = noon - timedelta(hours=1)
    log(carol, one, {"kind": "visit", "minutes": 90, "at": at})
    log(carol, one, {"kind": "call", "minutes": 30, "answered": True, "at": at})
    spending.note(carol, one, kind="support", on=noon.date(), hours=D(1), money=D(50))
    spending.note(carol, one, kind="discount", on=noon.date(), money=D(70))
    for number, (state, reason, closed) in enumerate(
        [("done", "x", 2), ("done", "x", 4), ("skipped", "away", 3), ("open", "", None)]
    ):
        Task.objects.create(
            customer=one, owner=carol, due_on=date(2026, 1, 3), origin="play.rising",
            occurrence=str(number), state=state, reason=reason,
            closed_on=closed and date(2026, 1, closed),
        )  # fmt: skip
    staffing.set_target(bob, carol, "key", "points", 2026, 6)
    key, rest = execution.execution(bob)
    assert (key.rule, key.customers, key.hours, key.visits, key.contacts) == ("key", 1, 3.0, 1, 2)
    # Five of 365 days.
    assert key.promised["hours"] == pytest.approx(60 * 5 / 365)
    assert (key.money, key.discounts, dict(key.services)) == (50, 70, {"support": 1})
    assert (key.in_time, key.late, key.skipped, key.open_late, key.share_in_time) == (
        1,
        1,
        1,
        1,
        25,
    )
    assert (key.why, key.points) == ([("away", 1)], 3)
    assert (rest.rule, rest.customers, rest.hours) == ("rest", 3, 0)
    by_person = execution.execution(bob, by_person=True)
    assert [(one.rule, str(one.user), one.customers) for one in by_person] == [
        ("key", "Carol 张", 1), ("rest", "Carol 张", 1), ("rest", "Dave 赵", 1),
        ("rest", "None", 1),
    ]  # fmt: skip
    assert [(one.rule, one.customers) for one in execution.execution(carol)] == [
        ("key", 1), ("rest", 1),
    ]  # fmt: skip
    [progress] = execution.progress(bob)
    assert (progress.reached, progress.share, progress.behind) == (3, 50, False)
    client.force_login(bob)
    for address, words in (
        ("/playbooks/", "1 late, 1 still open, 1 skipped"),
        ("/playbooks/?by=person", "Carol 张"),
        ("/playbooks/why/?rule=key", "away"),
        ("/playbooks/targets/", "50 %"),
        ("/playbooks/capacity/", "40 hours a week assumed"),
    ):
        assert words in client.get(address).content.decode(), address
    sent = client.post(
        "/playbooks/targets/",
        {"user": carol.pk, "rule": "key", "measure": "visits", "amount": "4"},
    )
    assert sent.status_code == 302
    assert three.pk


def test_plays_are_read_and_a_new_wording_is_read_anew(promised, alice, carol, client):
    client.force_login(carol)
    assert "1 play to read" in client.get("/").content.decode()
    [play] = reading.how_tos(carol)
    client.post("/playbooks/plays/read/", {"digest": play.digest})
    page = client.get("/playbooks/plays/").content.decode()
    assert "1 of" in page
    assert "I have read it" not in page
    changed = KEY | {"rising": KEY["rising"] | {"how": "1. Thank. 2. Ask."}}
    put_in_force(alice, PLAYBOOK, [changed, REST])
    assert "I have read it" in client.get("/playbooks/plays/").content.decode()
    assert reading.confirm(carol, play.digest) is None


def test_programs_note_and_read_the_same(promised, carol, bob):
    program, boss = Program(carol), Program(bob)
    told = {"customer": "C1", "kind": "gift", "on": "2026-01-04", "money": "400", "text": "tea"}
    key = {"Idempotency-Key": "one"}
    made = program.post("/playbooks/spends", told, 201, headers=key)
    assert program.post("/playbooks/spends", told, 201, headers=key)["id"] == made["id"]
    refused = program.post("/playbooks/spends", told, 422)
    assert "100.00 are left" in str(refused)
    program.delete(f"/playbooks/spends/{made['id']}?reason=wrong&version=9", 412)
    gone = program.delete(f"/playbooks/spends/{made['id']}?reason=wrong&version=1")
    assert (gone["state"], Spend.objects.get().version) == ("withdrawn", 2)
    assert len(program.get("/playbooks/spends?customer=C1")["items"]) == 1
    [promise] = program.get("/playbooks/commitments?customer=C1")["items"]
    assert (promise["playbook"], promise["hours"], promise["until"]) == ("key", 60, None)
    hours = {"hours_week": "20", "share": 50, "ceiling": 5}
    put(program, "/playbooks/staff/carol", hours, 403)
    assert put(boss, "/playbooks/staff/carol", hours)["assumed"] is False
    staff = {one["user"]: one for one in boss.get("/playbooks/staff")}
    assert (staff["carol"]["ceiling"], staff["dave"]["assumed"]) == (5, True)
    done = boss.get("/playbooks/execution?by=person")
    assert {(one["playbook"], one["user"]) for one in done} >= {("key", "carol"), ("rest", None)}
    target = {"user": "carol", "playbook": "key", "measure": "visits", "year": 2026, "amount": 2}
    put(program, "/playbooks/targets", target, 403)
    assert put(boss, "/playbooks/targets", target)["amount"] == 2
    assert program.get("/playbooks/targets")[0]["amount"] == 2
    [play] = program.get("/playbooks/plays")
    assert program.post("/playbooks/plays/read", {"digest": play["digest"]})["read"]


def put(program, path, body, status=200):
    return program.ask("PUT", path, status, data=dumps(body), content_type="application/json")


def test_a_play_that_leaves_one_in_ten_out_is_judged_by_all_as_drawn(
    promised, alice, bob, carol, noon, sign_in, settings
):
    tried = KEY | {"rising": KEY["rising"] | {"withhold": True}}
    put_in_force(alice, PLAYBOOK, [tried, REST])
    scheme = Scheme.objects.get(name="abc")
    run = grading.in_force(scheme)
    people = Customer.objects.bulk_create(
        Customer(code=f"M{n:04d}", name=f"M{n}", owner=carol, in_facts=True) for n in range(600)
    )
    CustomerClass.objects.bulk_create(
        CustomerClass(customer=one, scheme=scheme, class_key="A") for one in people
    )
    complaining = people[:50]
    for one in complaining:
        open_ticket(carol, one, {"kind": "complaint", "title": "x", "text": "y"})
    moves = [plays.Move(one.pk, "rising", "B", "A") for one in people]
    made = plays.plan(in_force(), scheme, run, moves, 2, noon.date(), "1.run")
    out = set(PlayTrial.objects.filter(withheld=True).values_list("customer", flat=True))
    assert (len(made), len(out), PlayTrial.objects.count()) == (545, 55, 550)
    assert not out & {one.pk for one in complaining}
    assert not out & {one.customer_id for one in made}
    # The same moves plan nothing again, and draw nobody again.
    assert plays.plan(in_force(), scheme, run, moves, 2, noon.date(), "1.run") == []
    # A run that says the same as was planned between runs leaves out the same.
    again = plays.plan(in_force(), scheme, run, moves, 2, noon.date(), "1.next")
    assert not out & {one.customer_id for one in again}
    assert PlayTrial.objects.count() == 550
    trials.measure()
    assert [one.effect for one in trials.outcomes()] == [{}]
    left = {f"M{n:04d}" for n, one in enumerate(people) if one.pk in out}
    rows = [
        (f"X{n}", f"M{n:04d}", "2026-01-20", str(100 + n % 5 + 30 * (f"M{n:04d}" not in left)))
        for n in range(600)
    ]
    rows.append(("END", "C1", "2026-03-10", "1"))
    orders = pl.DataFrame(
        rows, schema=["order_id", "customer_id", "ordered_on", "amount"], orient="row"
    )
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(orders, kind="orders")
    trials.measure()
    [found] = trials.outcomes()
    assert (found.drawn, found.left_out, found.effect["verdict"]) == (550, 55, "gain")
    # One interval in twenty misses the truth by chance; none is off by many times its width.
    uplift = found.effect["uplift"]
    assert uplift["value"] == pytest.approx(30, abs=1)
    assert uplift["low"] < uplift["value"] < uplift["high"] < uplift["low"] + 2
    page = sign_in(bob).get("/playbooks/trials/").content.decode()
    assert "brought more" in page
    [told] = Program(bob).get("/playbooks/trials")
    assert (told["playbook"], told["play"], told["left_out"]) == ("key", "rising", 55)


def test_a_play_writes_to_whom_outreach_lets_it_and_takes_back_what_waits(
    promised, alice, bob, carol, noon, sign_in
):
    words = {"name": "Up", "channel": "email", "subject_zh": "{customer}", "body_zh": "{class}"}
    save_template(bob, None, words)
    unknown = KEY | {"rising": KEY["rising"] | {"template": "Down"}}
    untitled = KEY | {"falling": {"template": "Up"}}
    for wrong, told in ((unknown, "no template of this name"), (untitled, "Say which task")):
        with pytest.raises(ValidationError) as refused:
            put_in_force(alice, PLAYBOOK, [wrong, REST])
        assert told in str(refused.value)
    kind = rules.kinds()[PLAYBOOK]
    assert kind.offers()["rising.template"] == ["Up"]
    put_in_force(alice, PLAYBOOK, [KEY | {"rising": KEY["rising"] | {"template": "Up"}}, REST])
    scheme = Scheme.objects.get(name="abc")
    run = grading.in_force(scheme)
    agreed = {"consent": "yes"}
    people = Customer.objects.bulk_create(
        Customer(code=f"W{n}", name=f"W{n}", owner=carol, in_facts=True, attributes=attributes,
                 email=f"w{min(n, 3)}@x.example")
        for n, attributes in enumerate([agreed, {}, agreed, agreed, agreed, agreed, agreed])
    )  # fmt: skip
    CustomerClass.objects.bulk_create(
        CustomerClass(customer=one, scheme=scheme, class_key="A") for one in people
    )
    open_ticket(carol, people[2], {"kind": "complaint", "title": "x", "text": "y"})
    year = HoldoutYear.objects.create(year=2026, percent=2, salt="s", drawn_on=noon.date())
    HoldoutMember.objects.create(of=year, customer=people[6], held=True)
    moves = [plays.Move(one.pk, "rising", "B", "A") for one in people]
    tasks = plays.plan(in_force(), scheme, run, moves, 2, noon.date(), "1.run")
    assert len(tasks) == 7
    told = {one.customer.code: one.told["message"] for one in Task.objects.filter(
        origin="play.rising", occurrence="1.run").select_related("customer")}  # fmt: skip
    # No consent, a complaint, two a week to one address, and whom outreach leaves alone.
    assert {code: one["why"] for code, one in told.items() if "why" in one} == {
        "W1": "no-consent", "W2": "complaint", "W5": "cap", "W6": "holdout",
    }  # fmt: skip
    written = {one.key: one for one in Message.objects.all()}
    assert set(written) == {one["key"] for one in told.values() if "key" in one}
    assert {one.customer.code: one.subject for one in written.values()} == {
        code: code for code in ("W0", "W3", "W4")
    }
    assert plays.plan(in_force(), scheme, run, moves, 2, noon.date(), "1.run") == []
    assert Message.objects.count() == 3
    # Whom it did not reach and why is told by play, of the customers that one sees.
    Message.objects.filter(customer=people[3]).update(state="failed", why="550 no such user")
    Message.objects.filter(customer=people[0]).update(state="sent")
    program, page = Program(carol), sign_in(carol)
    [counted] = program.get("/playbooks/messages")
    reasons = {one["why"]: one["count"] for one in counted["reasons"]}
    assert (counted["sent"], counted["waiting"], counted["unsent"]) == (1, 1, 5)
    assert reasons == dict.fromkeys(["no-consent", "complaint", "cap", "holdout", "failed"], 1)
    listed = program.get("/playbooks/messages/unsent?limit=3")
    rest = program.get(listed["next"])
    words = {one["customer"]: one["words"] for one in listed["items"] + rest["items"]}
    assert (rest["next"], words["W1"], words["W3"]) == (
        None, "did not agree to be written to", "refused by the provider: 550 no such user",
    )  # fmt: skip
    told = page.get("/playbooks/messages/?rule=key&play=rising&why=cap").content.decode()
    assert "/customers/of/W5/" in told
    assert "/customers/of/W1/" not in told
    assert "was written to often enough this week" in told
    assert "not sent" in page.get("/playbooks/plays/").content.decode()
    Message.objects.exclude(customer=people[4]).update(state="queued", why="")
    late = noon + timedelta(hours=20)
    Message.objects.update(due=late)
    [waiting] = program.get("/playbooks/messages")
    assert (waiting["waiting"], waiting["unsent"]) == (3, 4)
    held = program.get("/playbooks/messages/unsent?state=waiting&why=later")["items"]
    assert ({one["customer"] for one in held}, held[0]["until"] is None) == (
        {"W0", "W3", "W4"}, False,
    )  # fmt: skip
    told = page.get("/playbooks/messages/?state=waiting").content.decode()
    assert ("quiet hours" in told, "/customers/of/W3/" in told) == (True, True)
    User.objects.filter(pk=carol.pk).update(reach="own")
    Customer.objects.filter(pk__in=[one.pk for one in people]).update(owner=bob)
    assert program.get("/playbooks/messages") == []
    User.objects.filter(pk=carol.pk).update(reach="all")
    # One is on its way when the moves are taken back: it stays; what waits does not go.
    Message.objects.filter(customer=people[0]).update(state="sending")
    plays.cancel(tasks)
    states = dict(Message.objects.values_list("customer__code", "state"))
    assert states == {"W0": "sending", "W3": "stopped", "W4": "stopped"}
