"""Campaigns: who is drawn, that each step is done once, and what is said of what they brought."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils.translation import override

import kefen
from jobs import work_off
from kefen_crm.activities.models import Task
from kefen_crm.campaigns import actions, audience, demo, results, running
from kefen_crm.campaigns.models import Campaign, Member, Touch
from kefen_crm.campaigns.running import key_of
from kefen_crm.customers.drawing import drawn
from kefen_crm.customers.models import Customer
from kefen_crm.outreach import demo as written
from kefen_crm.outreach.actions import save_template
from kefen_crm.outreach.models import Message
from kefen_crm.platform.clock import Turn
from kefen_crm.platform.models import Event
from kefen_crm.team.models import User

NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)  # a Monday
CALL = {"day": 0, "kind": "task", "task": "call", "title": "Ask for the renewal"}


@pytest.fixture
def now(monkeypatch):
    def be(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    be(NOON)
    return be


@pytest.fixture
def wechat(graded, bob):
    return save_template(
        bob, None, {"name": "Hello", "channel": "hand", "body_zh": "{contact|您好}{coupon|}"}
    )


def many(owner, count):
    Customer.objects.bulk_create(
        Customer(code=f"M{n:04d}", name=f"M{n}", owner=owner, in_facts=True, origin="facts")
        for n in range(count)
    )


def test_customers_are_drawn_within_class_and_owner_and_groups_stay_together():
    strata = {n: "AB"[n % 2] + "/" + "xy"[n % 4 // 2] for n in range(4_000)}
    held = drawn(strata, [], "s", 10)
    assert Counter(strata[n] for n in held) == dict.fromkeys(set(strata.values()), 100)
    assert drawn(strata, [], "s", 10) == held != drawn(strata, [], "t", 10)
    # 1,000 strata of one customer each: the share of the whole is kept all the same.
    alone = drawn({n: str(n) for n in range(1_000)}, [], "s", 10)
    assert 70 <= len(alone) <= 130
    links = [(n, n + 1) for n in range(0, 4_000, 10)]
    together = drawn(strata, links, "s", 10)
    assert all((one in together) == (other in together) for one, other in links)
    assert drawn(strata, links, "s", 0) == set()


def test_a_campaign_is_drawn_once_and_each_step_is_done_once(wechat, bob, carol, now, sign_in):
    many(carol, 60)
    steps = [{"day": 3, **{k: v for k, v in CALL.items() if k != "day"}}]
    steps.append({"day": 0, "kind": "message", "template": wechat.pk})
    wanted = {"name": "Spring", "steps": steps, "holdout": 20, "prefix": "sp-"}
    with pytest.raises(PermissionDenied):
        actions.save(carol, None, wanted)
    with pytest.raises(ValidationError) as refused:
        actions.save(bob, None, wanted | {"holdout": 0})
    assert "left alone" in str(refused.value)
    made = actions.save(bob, None, wanted)
    assert [one["day"] for one in made.steps] == [0, 3]
    seen = audience.outlook(bob, made)
    assert (seen.count, seen.treated, seen.holdout, seen.least) == (65, 52, 13, None)
    frozen = actions.freeze(bob, made)
    counts = frozen.counts
    assert counts["treated"] + counts["holdout"] == 65
    assert 8 <= counts["holdout"] <= 18
    with pytest.raises(ValidationError, match="drawn"):
        actions.freeze(bob, frozen)
    with pytest.raises(ValidationError, match="drawn"):
        actions.save(bob, frozen, {"name": "Other"})
    coupons = set(Member.objects.filter(treated=True).values_list("coupon", flat=True))
    assert len(coupons) == counts["treated"]
    assert all(one.startswith("SP-") for one in coupons)
    assert set(Member.objects.filter(treated=False).values_list("coupon", flat=True)) == {""}
    many_more = Customer(code="LATE", name="Late", owner=carol, in_facts=True)
    many_more.save()
    actions.start(bob, frozen)
    assert not Task.objects.filter(origin__startswith="campaign").exists()
    for _ in range(3):
        running.go_on_soon(frozen.pk)
        work_off("campaigns")
    messages = Message.objects.filter(key__startswith=f"campaign/{frozen.pk}/")
    assert messages.count() == counts["treated"]
    treated = set(Member.objects.filter(treated=True).values_list("customer", flat=True))
    assert set(messages.values_list("customer", flat=True)) == treated
    assert {one.body.removeprefix("您好")[:3] for one in messages} == {"SP-"}
    now(NOON + timedelta(days=3))
    running.go_on(frozen.pk)
    running.go_on(frozen.pk)
    tasks = Task.objects.filter(origin=f"campaign/{frozen.pk}")
    owned = Customer.objects.filter(pk__in=treated, owner__isnull=False)
    assert tasks.count() == owned.count()
    assert set(tasks.values_list("title", flat=True)) == {"Ask for the renewal"}
    [_first, second] = results.reached(Campaign.objects.get())
    assert second["made"] == tasks.count()
    assert second["all"] == counts["treated"]
    member = Member.objects.filter(treated=True).first()
    used = actions.redeem(bob, member.coupon.lower())
    assert actions.redeem(bob, member.coupon).used_on == used.used_on
    with pytest.raises(ValidationError):
        actions.stop(bob, frozen, reason=" ")
    stopped = actions.stop(bob, frozen, reason="Sold out")
    assert set(messages.values_list("state", flat=True)) == {"stopped"}
    assert set(tasks.values_list("state", flat=True)) == {"cancelled"}
    now(NOON + timedelta(days=9))
    assert running.go_on(stopped.pk) == 0
    assert Touch.objects.count() == 2 * counts["treated"]
    # What was done with whom, as a file: of the customers in reach only, and it is noted.
    for reach, seen in (("all", treated), ("own", set())):
        User.objects.filter(pk=bob.pk).update(reach=reach)
        address = reverse("campaigns:log", args=[frozen.pk, "csv"])
        assert sign_in(bob).get(address).status_code == 405
        answer = sign_in(bob).post(address)
        lines = list(csv.DictReader(answer.getvalue().decode("utf-8-sig").splitlines()))
        assert len(lines) == 2 * len(seen)
        assert Event.objects.filter(verb="campaign.exported", after__count=len(lines)).exists()
        if seen:
            first = {one["Code"]: one for one in lines if one["Day"] == "0"}[member.customer.code]
            assert (first["State"], first["Why"]) == ("not sent", "the sending was stopped")
            assert (first["Template"], first["Coupon"]) == ("Hello", member.coupon)
            assert first["Made"] == "2026-01-05 12:00:00"
            assert {one["State"] for one in lines if one["Day"] == "3"} == {"cancelled", ""}
        # The API tells the same, page by page.
        program, told, place = Program(bob), [], f"/campaigns/{frozen.pk}/log?limit=40"
        while place:
            page = program.get(place)
            told, place = told + page["items"], page["next"]
        mail = [one["Day"] == "0" for one in lines]
        assert [one["kind"] == "message" for one in told] == mail
        assert [one["customer"] for one in told] == [one["Code"] for one in lines]
        if seen:
            assert {one["step"]: (one["day"], one["state"]) for one in told if one["state"]} == {
                0: (0, "stopped"),
                1: (3, "cancelled"),
            }
            assert {one["why"] for one in told if one["kind"] == "message"} == {"stopped"}
    Program(carol).get(f"/campaigns/{frozen.pk}/log", 403)
    assert sign_in(carol).post(address).status_code == 403


def test_what_it_brought_is_told_by_class_and_only_where_it_can_be(
    wechat, bob, carol, now, settings
):
    many(carol, 400)
    made = actions.save(
        bob,
        None,
        {
            "name": "Gain",
            "steps": [CALL],
            "holdout": 30,
            "cost": Decimal(500),
            "horizon": 20,
        },
    )
    started = actions.start(bob, actions.freeze(bob, made))
    results.measure(started.pk)
    assert Campaign.objects.get().result == {"rows": []}
    treated = set(started.members.filter(treated=True).values_list("customer__code", flat=True))
    whole = list(started.members.values_list("customer__code", flat=True))
    rows = [
        (f"X{n}", code, "2026-01-08", 100 + n % 7 + (50 if code in treated else 0))
        for n, code in enumerate(whole)
    ]
    rows.append(("END", "C5", "2026-01-20", 1))
    rows.append(("BEFORE", "M0001", "2026-01-04", 10_000))
    orders = pl.DataFrame(
        rows, schema=["order_id", "customer_id", "ordered_on", "amount"], orient="row"
    )
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(orders.with_columns(pl.all().cast(pl.String)), kind="orders")
    results.measure_soon(started.pk)
    work_off("campaigns")
    found = Campaign.objects.get().result
    [together, *_classes, unrated] = found["rows"]
    assert (found["until"], found["whole"]) == ("2026-01-20", False)
    assert (together["verdict"], unrated["key"]) == ("gain", "-")
    # One interval in twenty misses the truth by chance; none is off by many times its width.
    assert together["uplift"]["value"] == pytest.approx(50, abs=1)
    assert together["uplift"]["low"] < together["uplift"]["value"] < together["uplift"]["high"]
    assert together["uplift"]["high"] - together["uplift"]["low"] < 2
    assert together["repeat_treated"] == together["repeat_holdout"] == 1
    extra = together["uplift"]["value"] * len(treated)
    assert together["extra"] == pytest.approx(extra)
    assert together["per_extra"] == pytest.approx(500 / extra)
    # Whoever reads it reads the classes in their language.
    for language, named, whole in (("en", "Class A", "Together"), ("zh-hans", "A 类客户", "合计")):
        with override(language):
            titles = [one["title"] for one in results.shown(Campaign.objects.get())]
        assert (titles[0], titles[1]) == (whole, named)
    # Measured again by night once the days are over, until the facts know all of them.
    due = Turn("campaigns.measure", date(2026, 1, 26), NOON + timedelta(days=21))
    measured = Campaign.objects.get().measured_at
    now(NOON + timedelta(days=21))
    results.measure_ended(due)
    work_off("campaigns")
    assert Campaign.objects.get().measured_at == measured
    last = pl.DataFrame(
        [("LAST", "C5", "2026-02-01", "1")],
        schema=["order_id", "customer_id", "ordered_on", "amount"],
        orient="row",
    )
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(last, kind="orders")
    results.measure_ended(due)
    work_off("campaigns")
    assert Campaign.objects.get().result["whole"]
    results.measure_ended(due)
    assert Campaign.objects.get().measured_at == NOON + timedelta(days=21)


def test_programs_and_pages_do_the_same(wechat, bob, carol, now, sign_in):
    program = Program(bob)
    step = {"day": 0, "kind": "message", "template": wechat.pk}
    wanted = {"name": "API", "query": "class=abc:A", "steps": [step]}
    made = program.post("/campaigns", wanted, 201, headers={"Idempotency-Key": "a"})
    again = program.post("/campaigns", wanted, 201, headers={"Idempotency-Key": "a"})
    assert made["id"] == again["id"]
    place = f"/campaigns/{made['id']}"
    assert program.get(f"{place}/outlook")["customers"] == 1
    bad = program.post("/campaigns", wanted | {"steps": [{"day": 0, "kind": "message"}]}, 422)
    assert "template" in str(bad)
    page = sign_in(bob)
    shown = page.get(reverse("campaigns:campaign", args=[made["id"]])).content.decode()
    assert "too few to tell" in shown
    drawn_ = program.post(f"{place}/freeze", {"version": 1})
    assert (drawn_["state"], drawn_["treated"] + drawn_["held_out"]) == ("frozen", 1)
    program.post(f"{place}/start", {"version": 1}, 412)
    assert program.post(f"{place}/start", {})["state"] == "running"
    answer = page.post(reverse("campaigns:act", args=[made["id"], "stop"]), {"reason": "x"})
    assert answer.status_code == 302
    assert program.get(place)["state"] == "stopped"
    form = {
        "name": "Page",
        "query": "class=abc%3AB",
        "language": "zh",
        "holdout": "10",
        "horizon": "30",
        "cost": "0",
        "each": "0",
        "day0": "0",
        "what0": f"template:{wechat.pk}",
        "day1": "2",
        "what1": "task:call",
    }
    answer = page.post(reverse("campaigns:new"), form)
    newest = Campaign.objects.order_by("-pk").first()
    assert answer.headers["Location"] == newest.get_absolute_url()
    assert [one["kind"] for one in newest.steps] == ["message", "task"]
    assert page.get(reverse("campaigns:edit", args=[newest.pk])).status_code == 200
    assert sign_in(carol).get(reverse("campaigns:list")).status_code == 403
    Program(carol).get("/campaigns", 403)
    program.post("/campaigns/coupons", {"code": "NONE"}, 404)


def test_a_campaign_is_begun_with_the_customers_of_a_list(graded, bob, carol, sign_in):
    listed = reverse("customers:list") + "?class=abc:A&sort=-sales&page=1"
    browser = sign_in(bob)
    page = browser.get(listed).content.decode()
    link = f"{reverse('campaigns:new')}?from=class%3Dabc%253AA"
    assert link in page
    assert 'value="class=abc%3AA"' in browser.get(link).content.decode()
    told = "To choose customers, filter the list"
    assert told not in browser.get(link).content.decode()
    assert told in browser.get(reverse("campaigns:new")).content.decode()
    assert link not in sign_in(carol).get(listed).content.decode()


HARM = {"value": -9.0, "low": -14.0, "high": -4.0}


def test_a_demo_has_three_campaigns_and_what_was_written(graded, bob, carol, sign_in):
    many(carol, 40)
    Customer.objects.filter(owner=carol).update(sales=1)
    written.demo()
    demo.demo()
    demo.demo()
    assert Campaign.objects.count() == 3
    assert Message.objects.filter(key__startswith="demo/").count() == 40
    page = sign_in(bob)
    for one in Campaign.objects.all():
        assert sum(one.counts.values()) == one.members.count() > 40
        shown = page.get(one.get_absolute_url()).content.decode()
        assert "What it brought" in shown
        assert f"{one.counts['treated']} treated, {one.counts['holdout']} left alone" in shown
        (wording,) = set(
            Message.objects.filter(key__startswith=f"{key_of(one.pk)}/").values_list(
                "wording__template__name", flat=True
            )
        )
        assert wording == one.name
        result = {"rows": [{**one.result["rows"][0], "verdict": "harm", "uplift": HARM}]}
        Campaign.objects.filter(pk=one.pk).update(result=one.result | result)
        assert "It did harm" in page.get(one.get_absolute_url()).content.decode()
    assert page.get(reverse("outreach:messages")).status_code == 200
