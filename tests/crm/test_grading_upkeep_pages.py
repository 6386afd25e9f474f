"""The pages of versions, drafts, the clock and classes set by hand."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from grading import run_now, wording

from kefen_crm.customers.models import Customer
from kefen_crm.grading import actions, override_report
from kefen_crm.grading.models import CustomerClass, Draft, Override, Run, Schedule, Scheme

VERSIONS = reverse("grading:versions", args=["abc"])
REPORT = reverse("grading:by_hand")


@pytest.fixture
def abc(graded):
    return Scheme.objects.select_related("current").get(name="abc")


@pytest.fixture
def draft(abc, bob):
    return actions.save_draft(bob, wording(abc), "More A")


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def by_hand(by, code, key, reason="Signed", until=None):
    scheme = Scheme.objects.select_related("current").get(name="abc")
    customer = Customer.objects.get(code=code)
    return actions.set_override(by, customer, scheme, key, reason, until)


def test_a_draft_is_tried_and_published(draft, bob, sign_in):
    client = sign_in(bob)
    page = reverse("grading:draft", args=["abc", draft.pk])
    said = text(client.get(page))
    assert "Cut of Class A: first 75% → first 95%" in said
    assert "Not tried yet" in said
    assert client.post(reverse("grading:shadow", args=["abc", draft.pk])).url == page
    assert "Waiting for its turn" in text(client.get(page))
    actions.execute_runs([Run.objects.get(shadow=True).pk])
    said = text(client.get(page))
    assert "1 → 2" in said
    assert "1 customer would be in another class." not in said
    assert "2 customers would be in another class." in said
    answer = client.post(reverse("grading:publish", args=["abc", draft.pk]), {"reason": ""})
    assert answer.status_code == 422
    answer = client.post(
        reverse("grading:publish", args=["abc", draft.pk]), {"reason": "Grow", "run": "on"}
    )
    assert answer.url == reverse("grading:detail", args=["abc"])
    scheme = Scheme.objects.get(name="abc")
    assert (scheme.current.number, scheme.current.reason) == (2, "Grow")
    assert Run.objects.filter(version=scheme.current, status="queued", shadow=False).exists()


def test_a_draft_that_was_overtaken_says_so(draft, abc, alice, bob, sign_in):
    actions.publish(alice, wording(abc, window="6m"), "Shorter")
    page = sign_in(bob).get(reverse("grading:draft", args=["abc", draft.pk]))
    assert "Another version was published since this draft began" in text(page)


def test_a_draft_is_thrown_away(draft, bob, sign_in):
    answer = sign_in(bob).post(reverse("grading:discard", args=["abc", draft.pk]))
    assert answer.url == reverse("grading:detail", args=["abc"])
    assert not Draft.objects.exists()


def test_a_shadow_run_says_what_it_is(draft, bob, sign_in):
    run = actions.shadow(bob, draft)
    actions.execute_runs([run.pk])
    said = text(sign_in(bob).get(reverse("grading:run", args=["abc", run.pk])))
    assert "it shows what a draft would do" in said


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_history_in_words(abc, bob, sign_in, language):
    actions.publish(bob, wording(abc, window="6m"), "Shorter")
    client = sign_in(bob)
    client.cookies["django_language"] = language
    said = text(client.get(VERSIONS))
    english = language == "en"
    assert ("Window: 12 months → 6 months" if english else "统计周期：12 个月 → 6 个月") in said
    assert "Shorter" in said
    said = text(client.get(f"{VERSIONS}?from=2&to=1"))
    assert ("Window: 6 months → 12 months" if english else "统计周期：6 个月 → 12 个月") in said


def test_rolling_back_asks_why(abc, bob, erin, sign_in):
    actions.publish(bob, wording(abc), "More A")
    restore = reverse("grading:restore", args=["abc", 1])
    client = sign_in(bob)
    asked = client.get(restore, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in asked
    assert "first 95% → first 75%" in asked
    assert client.post(restore, {"reason": ""}).status_code == 422
    client.post(restore, {"reason": "Too many"})
    assert Scheme.objects.get(name="abc").current.restores.number == 1
    assert "takes up version 1 again" in text(sign_in(erin).get(VERSIONS))


def test_the_clock_is_set_on_the_page(abc, bob, sign_in):
    page = reverse("grading:schedule", args=["abc"])
    client = sign_in(bob)
    assert "Only when asked" in text(client.get(page))
    chosen = {"rhythm": "weekly", "weekday": 4, "day": 1, "hour": 6, "on_import": "on"}
    assert client.post(page, chosen).url == reverse("grading:detail", args=["abc"])
    schedule = Schedule.objects.get()
    assert (schedule.rhythm, schedule.weekday, schedule.hour) == ("weekly", 4, 6)
    assert "Every week · next on" in text(client.get(reverse("grading:detail", args=["abc"])))
    assert client.post(page, chosen | {"hour": 24}).status_code == 422


def test_a_class_is_set_and_lifted_on_the_customers_page(abc, bob, carol, sign_in):
    client = sign_in(bob)
    page = reverse("customers:detail", args=["C3"])
    place = reverse("grading:set_by_hand", args=["abc", "C3"])
    assert "Computed:" in text(client.get(place))
    assert client.post(place, {"class_key": "A", "reason": ""}).status_code == 422
    until = timezone.localdate() + timedelta(days=10)
    chosen = {"class_key": "A", "reason": "Signed", "until": until.isoformat()}
    assert client.post(place, chosen).url == page
    said = text(sign_in(carol).get(page))
    assert f"until {until.isoformat()}: Signed" in said
    assert "Set by hand…" not in said
    listed = text(client.get(reverse("customers:list") + "?class=abc:A"))
    assert "Set by hand by Bob 李: Signed · computed: Class C" in listed
    override = Override.objects.get()
    lift = reverse("grading:lift", args=[override.pk])
    assert "Signed" in text(client.get(lift))
    assert client.post(lift, {"reason": "Fell through"}).url == page
    assert "Set by hand by" not in text(client.get(reverse("customers:list")))


def test_what_runs_out_is_gone_from_the_list_without_the_clock(abc, bob, sign_in, monkeypatch):
    by_hand(bob, "C3", "A", until=timezone.localdate() + timedelta(days=1))
    moment = timezone.now() + timedelta(days=2)
    client = sign_in(bob)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    listed = text(client.get(reverse("customers:list") + "?class=abc:A"))
    assert "Acme Tools" not in listed
    assert CustomerClass.objects.get(customer__code="C3", scheme=abc).class_key == "C"


def test_counts_follow_what_was_set_since_the_run(abc, bob, sign_in):
    """C3 with its 400 goes from C to A: A has 2 customers and 8,400, C one and 100."""
    by_hand(bob, "C3", "A")
    client = sign_in(bob)
    page = client.get(reverse("grading:detail", args=["abc"]))
    found = {one.key: (one.customers, one.value) for one in page.context["standing"].tallies}
    assert found == {"A": (2, 8400), "B": (1, 1500), "C": (1, 100), "none": (1, 0)}
    assert "1 customer is in a class set by hand" in text(page)
    run_now("abc")
    page = client.get(reverse("grading:detail", args=["abc"]))
    again = {one.key: (one.customers, one.value) for one in page.context["standing"].tallies}
    assert again == found


def test_the_report_by_person(abc, bob, alice, sign_in):
    by_hand(bob, "C3", "A")
    by_hand(bob, "C5", "B", "Grows")
    lifted = by_hand(alice, "C1", "C", "Leaves")
    actions.lift_override(alice, lifted, "Stays")
    page = sign_in(bob).get(REPORT)
    people = {one.name: one for one in page.context["people"]}
    bobs = people["Bob 李"]
    assert (bobs.total, bobs.money, dict(bobs.ways)["up"], bobs.judged) == (2, 500, 2, 0)
    assert dict(people["Alice 王"].states) == {"active": 0, "expired": 0, "lifted": 1}
    run_now("abc")
    page = sign_in(bob).get(REPORT)
    assert {one.name: (one.agreed, one.judged) for one in page.context["people"]} == {
        "Bob 李": (0, 2),
        "Alice 王": (0, 1),
    }


def test_each_number_of_the_report_leads_to_its_decisions(abc, bob, alice, sign_in):
    by_hand(bob, "C3", "A")
    by_hand(alice, "C1", "C", "Leaves")
    client = sign_in(alice)
    for query, codes in {
        f"by={bob.pk}": ["C3"],
        "way=down": ["C1"],
        f"by={bob.pk}&way=down": [],
        "state=active": ["C1", "C3"],
        "scheme=rfm": [],
        "later=open": ["C1", "C3"],
    }.items():
        page = client.get(f"{REPORT}?{query}").context["page"]
        assert sorted(one.override.customer.code for one in page) == codes, query


def test_representatives_see_the_decisions_about_their_own(abc, bob, carol, dave, sign_in):
    by_hand(bob, "C3", "A")
    assert sign_in(carol).get(REPORT).context["people"][0].total == 1
    assert sign_in(dave).get(REPORT).context["people"] == []


def test_time_may_come_to_agree(abc, bob, sign_in):
    """As of 1 April 2026 C1 has 3,000 of 4,900 left, 61 %: so C2 at 92 % is B still, C3 C."""
    by_hand(bob, "C3", "C", "Keep it there")
    run_now("abc", "2026-04-01")
    [one] = override_report.read(
        Override.objects.select_related("customer", "scheme__current", "by")
    )
    assert (one.way, one.later, one.now) == ("same", "agrees", "C")


def test_stale_classes_say_so_and_can_be_run(abc, bob, erin, sign_in):
    actions.publish(bob, wording(abc), "More A")
    detail = reverse("grading:detail", args=["abc"])
    said = text(sign_in(bob).get(detail))
    assert "These classes are out of date" in said
    assert "version 2 has not been run" in said
    readers = text(sign_in(erin).get(detail))
    assert "These classes are out of date" in readers
    assert "Run now" not in readers
    assert "out of date" in text(sign_in(erin).get(reverse("customers:list")))
    run_now("abc")
    assert "out of date" not in text(sign_in(bob).get(detail))


def test_a_missed_run_makes_classes_stale(abc, bob, sign_in):
    actions.set_schedule(bob, abc, timezone.now(), "daily", hour=2)
    detail = reverse("grading:detail", args=["abc"])
    assert "out of date" not in text(sign_in(bob).get(detail))
    old = timezone.now() - timedelta(days=2)
    Run.objects.filter(version__scheme=abc).update(finished=old)
    assert "the run due" in text(sign_in(bob).get(detail))


@pytest.mark.parametrize("who", ["carol", "erin"])
def test_representatives_and_readers_may_look_but_not_change(who, draft, bob, request, sign_in):
    made = by_hand(bob, "C3", "A")
    client = sign_in(request.getfixturevalue(who))
    assert client.get(VERSIONS).status_code == 200
    for name, arguments in (
        ("draft", ["abc", draft.pk]),
        ("restore", ["abc", 1]),
        ("schedule", ["abc"]),
        ("set_by_hand", ["abc", "C3"]),
        ("lift", [made.pk]),
    ):
        assert client.get(reverse(f"grading:{name}", args=arguments)).status_code == 403
    for name in ("shadow", "publish", "discard"):
        place = reverse(f"grading:{name}", args=["abc", draft.pk])
        assert client.post(place, {"reason": "Mine"}).status_code == 403


def test_signed_out_sees_nothing(draft, client):
    for place in (VERSIONS, REPORT, reverse("grading:draft", args=["abc", draft.pk])):
        assert client.get(place).url.startswith(reverse("account_login"))


def test_the_queries_of_the_report_do_not_grow(abc, bob, sign_in, django_assert_max_num_queries):
    for code in ("C1", "C2", "C3", "C5"):
        by_hand(bob, code, "B")
    client = sign_in(bob)
    client.get(REPORT)
    with django_assert_max_num_queries(9):
        assert client.get(REPORT).context["people"][0].total == 4
