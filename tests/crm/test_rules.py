"""Rules as documents: drafted, checked, previewed, published, rolled back; who they hold for."""

from dataclasses import replace
from datetime import date
from json import dumps
from typing import Literal

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field, create_model

from jobs import queued
from kefen_crm.activities.rules import CONTACT_GAP
from kefen_crm.customers.models import Customer
from kefen_crm.gateway import LAPSED
from kefen_crm.gateway.filters import UNRATED
from kefen_crm.grading.scopes import divided, facts_of
from kefen_crm.platform import rules
from kefen_crm.platform.models import Confirmation, Event, Notification, RuleDocument
from kefen_crm.platform.scoped_rules import Facts, Fault, ScopedRule, decide
from kefen_crm.rules import actions
from kefen_crm.rules.document import as_inputs, changed, written
from kefen_crm.team.models import Department

DETAIL, DRAFT, PUBLISH, PREVIEW, BEGIN = (
    reverse(f"rules:{name}", args=[CONTACT_GAP])
    for name in ("detail", "draft", "publish", "preview", "begin")
)
A = {"name": "Best", "scope": {"scheme": "abc", "classes": ["A"]}, "working_days": 10}
REST = {"name": "Rest", "scope": {}, "working_days": 30}


@pytest.fixture
def kind(db):
    return rules.kinds()[CONTACT_GAP]


def published(by, kind, *found, reason="Because"):
    actions.save(by, kind, {"rules": list(found)})
    return actions.publish(by, kind, reason)


def test_the_first_rule_that_fits_holds_and_says_why_not_those_before():
    south = ScopedRule(name="South", scope={"regions": ["South"]})
    best = ScopedRule(name="Best", scope={"scheme": "abc", "classes": ["A", "B"]})
    rest = ScopedRule(name="Rest")
    decision = decide([south, best, rest], Facts(classes={"abc": "B"}, region="North"))
    assert (decision.rule, decision.passed) == (best, ((south, "regions"),))
    decision = decide([south, best, rest], Facts(classes={"rfm": "A"}, region="North"))
    assert (decision.rule, [part for _rule, part in decision.passed]) == (
        rest,
        ["regions", "classes"],
    )
    assert decide([south], Facts()).rule is None
    team = ScopedRule(name="Team", scope={"departments": [7]})
    assert decide([team], Facts(departments=frozenset({7, 9}))).rule is team
    assert decide([team], Facts(departments=frozenset({9}))).passed == ((team, "departments"),)


scopes = st.fixed_dictionaries(
    {},
    optional={
        "classes": st.lists(st.sampled_from(["A", "B", "C", UNRATED, LAPSED]), max_size=2),
        "regions": st.lists(st.sampled_from(["华东", "华南", ""]), max_size=2),
        "types": st.lists(st.sampled_from(["经销商", ""]), max_size=1),
        "departments": st.lists(st.sampled_from(["mine", "above", "other"]), max_size=2),
    },
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(scopes, max_size=4), st.data())
def test_a_database_divides_customers_as_each_is_decided(graded, carol, wanted, data):
    with transaction.atomic():
        sales, other = (Department.objects.create(name=name) for name in ("Sales", "Other"))
        north = Department.objects.create(name="North", parent=sales)
        places = {"above": sales.pk, "mine": north.pk, "other": other.pk}
        carol.department = north
        carol.save()
        for customer in Customer.objects.all():
            customer.region = data.draw(st.sampled_from(["华东", "华南", ""]))
            customer.customer_type = data.draw(st.sampled_from(["经销商", ""]))
            customer.owner = data.draw(st.sampled_from([carol, None]))
            customer.save()
        found = [
            ScopedRule(
                name=str(number),
                scope={
                    **one,
                    "scheme": "abc",
                    "departments": [places[name] for name in one.get("departments", [])],
                },
            )
            for number, one in enumerate(wanted)
        ]
        by_rule = {
            rule.name: set(customers.values_list("code", flat=True))
            for rule, customers in divided(found, Customer.objects.all())
        }
        one_by_one = {rule.name: set() for rule in found}
        for customer in Customer.objects.all():
            if rule := decide(found, facts_of(customer)).rule:
                one_by_one[rule.name].add(customer.code)
        assert by_rule == one_by_one
        transaction.set_rollback(True)


def test_a_department_stands_for_all_within_it(graded, carol):
    sales = Department.objects.create(name="Sales")
    carol.department = Department.objects.create(name="North", parent=sales)
    carol.save()
    rule = ScopedRule(name="Sales", scope={"departments": [sales.pk]})
    [(_rule, customers)] = divided([rule], Customer.objects.all())
    assert set(customers.values_list("code", flat=True)) == {"C1", "C3"}
    assert decide([rule], facts_of(customers[0])).rule == rule


def test_a_document_is_checked_by_place(graded, kind):
    bad = A | {"working_days": 0, "scope": {"regions": "South"}, "colour": "red"}
    faults = {one.path: one.message for one in actions.faults(kind, {"rules": [REST, bad]})}
    assert faults == {
        "1.scope.regions": "This has to be a list.",
        "1.working_days": "This has to be at least 1.",
        "1.colour": "There is no such field here.",
    }
    unknown = [
        A | {"scope": scope}
        for scope in (
            {"scheme": "abc", "classes": ["A", "Z"]},
            {"scheme": "nix", "classes": ["A"]},
            {"departments": [99]},
        )
    ]
    assert [(one.path, one.message) for one in actions.faults(kind, {"rules": unknown})] == [
        ("0.scope.classes", "“ABC analysis” has no class “Z”."),
        ("1.scope.scheme", "There is no scheme “nix”."),
        ("2.scope.departments", "A department of this scope is no more."),
    ]


def test_a_form_shows_a_document_and_is_read_back(graded, kind):
    sales = Department.objects.create(name="Sales")
    scope = {"scheme": "abc", "classes": ["B", UNRATED], "departments": [sales.pk]}
    best = A | {"scope": scope | {"regions": ["华东", "South"], "types": ["经销商"]}}
    faults = {"1.working_days": "Few.", "1.scope.classes": "Gone.", "10.name": "Of another."}
    rest, shown = as_inputs(
        kind, {"rules": [REST, best]}, [Fault(path, told) for path, told in faults.items()]
    )
    assert (rest.prefix, rest.scheme, rest.classes, rest.faults) == ("rule0-", "", [], {})
    assert shown.faults == {"working_days": "Few.", "scope_classes": "Gone."}
    assert [key for key, _title, chosen in shown.classes if chosen] == ["B", UNRATED]
    assert shown.departments == [(sales.pk, "Sales", True)]
    assert (shown.regions, shown.types) == ("华东, South", "经销商")
    [days] = shown.inputs
    assert (days.kind, days.value, days.least, days.most) == ("number", 10, 1, 250)
    assert (days.fault, rest.inputs[0].fault) == ("Few.", "")
    asking = replace(kind, model=create_model("Asking", __base__=ScopedRule, days=(int, ...)))
    shown = as_inputs(asking, {"rules": [REST, REST | {"days": 3}]}, [])
    assert [one.inputs[0].value for one in shown] == ["", 3]
    own = {
        "sure": (bool, Field(default=True)),
        "word": (str, Field(default="so", description="What is said")),
        "tone": (Literal["low", "high"], Field(default="high", title="Tone")),
    }
    asking = replace(kind, model=create_model("Asking", __base__=ScopedRule, **own))
    sure, word, tone = as_inputs(asking, {"rules": [REST]}, [])[0].inputs
    assert [(one.kind, one.value) for one in (sure, word, tone)] == [
        ("check", True), ("text", "so"), ("choice", "high"),
    ]  # fmt: skip
    assert [(one.label, one.hint, one.choices) for one in (word, tone)] == [
        ("word", "What is said", ()), ("Tone", "", [("low", "low"), ("high", "high")]),
    ]  # fmt: skip
    said = QueryDict("rule0-name=A&rule0-sure=1&rule0-tone=low&rule1-name=B&rule1-word=7")
    assert written(asking, said)["rules"] == [
        {"name": "A", "scope": {}, "sure": True, "tone": "low"},
        {"name": "B", "scope": {}, "sure": False, "word": "7"},
    ]
    form = QueryDict(
        "rule10-name= Last &rule10-working_days=soon&rule2-name=First&rule2-scheme=abc"
        "&rule2-classes=B&rule2-classes=Z&rule2-departments=7&rule2-departments=x"
        "&rule2-regions=华东、 South；&rule2-types=&rule2-working_days=-5"
    )
    scope = {"scheme": "abc", "classes": ["B"], "departments": [7], "regions": ["华东", "South"]}
    assert written(kind, form) == {
        "rules": [
            {"name": "First", "scope": scope, "working_days": -5},
            {"name": "Last", "scope": {}, "working_days": "soon"},
        ]
    }


def test_published_with_a_reason_and_rolled_back(graded, kind, bob):
    first = published(bob, kind, A, reason="A customers first")
    second = published(bob, kind, A, REST)
    assert [rule.name for rule in rules.in_force(CONTACT_GAP)] == ["Best", "Rest"]
    third = actions.roll_back(bob, kind, first.version, "Too many")
    assert [rule.name for rule in rules.in_force(CONTACT_GAP)] == ["Best"]
    rows = RuleDocument.objects.filter(kind=CONTACT_GAP).values_list("version", "state", "reason")
    assert list(rows) == [
        (3, "published", "Too many"),
        (2, "retired", "Because"),
        (1, "retired", "A customers first"),
    ]
    assert third.document == first.document != second.document
    verbs = Event.objects.filter(verb__startswith="rules.").order_by("id")
    assert [one.verb for one in verbs] == [
        "rules.published",
        "rules.published",
        "rules.rolled-back",
    ]
    assert [one.before["document"] for one in verbs] == [None, first.document, second.document]
    assert verbs[1].after == {"kind": CONTACT_GAP, "document": second.document}
    with pytest.raises(ValidationError):
        actions.roll_back(bob, kind, 4, "There is none")
    assert actions.begin(bob, kind).document == first.document
    actions.save(bob, kind, {"rules": [REST]})
    assert actions.begin(bob, kind).document == {"rules": [REST]}


@pytest.mark.parametrize("document", [{"rules": [A | {"working_days": 0}]}, None])
def test_nothing_wrong_and_nothing_without_a_reason_is_published(graded, kind, bob, document):
    if document:
        actions.save(bob, kind, document)
    with pytest.raises(ValidationError):
        actions.publish(bob, kind, "Because")
    actions.save(bob, kind, {"rules": [A]})
    with pytest.raises(ValidationError):
        actions.publish(bob, kind, "  ")
    assert rules.in_force(CONTACT_GAP) == []


def test_only_who_may_sets_rules(graded, kind, carol, erin, sign_in):
    for user in (carol, erin):
        client = sign_in(user)
        assert reverse("rules:list") not in client.get("/").content.decode()
        assert client.get(reverse("rules:list")).status_code == 403
        assert client.get(DETAIL).status_code == 403
        assert client.post(BEGIN).status_code == 403
        assert client.post(PUBLISH, {"reason": "x"}).status_code == 403
        for act in (
            lambda by: actions.begin(by, kind),
            lambda by: actions.save(by, kind, {"rules": []}),
            lambda by: actions.discard(by, kind),
            lambda by: actions.publish(by, kind, "Because"),
            lambda by: actions.roll_back(by, kind, 1, "Because"),
        ):
            with pytest.raises(PermissionDenied):
                act(user)


def test_rules_are_written_looked_at_and_published_on_the_pages(graded, bob, sign_in):
    client = sign_in(bob)
    assert "Nothing is in force" in client.get(DETAIL).content.decode()
    assert client.post(BEGIN)["Location"] == DRAFT
    client.post(DRAFT, {"act": "add"})
    form = {"rule0-name": "Best", "rule0-scheme": "abc", "rule0-working_days": "0"}
    page = client.post(DRAFT, form | {"act": "save"}, headers={"HX-Request": "true"})
    assert "This has to be at least 1." in page.content.decode()
    assert 'name="rule0-classes" value="A"' in page.content.decode()
    assert "This has to be at least 1." in client.get(PREVIEW).content.decode()
    form |= {"rule0-classes": ["A"], "rule0-working_days": "10"}
    client.post(DRAFT, form | {"rule0-regions": "华东，华南", "act": "save"})
    assert rules.draft(CONTACT_GAP).document["rules"] == [
        A | {"scope": {"scheme": "abc", "classes": ["A"], "regions": ["华东", "华南"]}}
    ]
    assert "would be touched now" in client.get(PREVIEW).content.decode()
    assert client.post(PUBLISH, {"reason": "A first"})["Location"] == DETAIL
    page = client.get(DETAIL).content.decode()
    assert "ABC analysis: " in page
    assert "A first" in page
    assert client.get(DRAFT)["Location"] == DETAIL
    client.post(BEGIN)
    page = client.post(PUBLISH, {"reason": "Not saved"}, follow=True).content.decode()
    assert "The draft says what is in force already." in page
    assert rules.published(CONTACT_GAP).version == 1
    client.post(reverse("rules:discard", args=[CONTACT_GAP]))
    back = reverse("rules:roll_back", args=[CONTACT_GAP, 1])
    assert client.post(back, {"reason": ""}).status_code == 302
    client.post(back, {"reason": "Again"})
    assert rules.published(CONTACT_GAP).version == 2


def test_two_editors_write_over_nothing_unseen(graded, kind, alice, bob, sign_in):
    """Bob looks at his draft; Alice changes it; what Bob then saves or publishes is refused."""
    actions.save(bob, kind, {"rules": [A]})
    client = sign_in(bob)
    seen = client.get(DRAFT).context["seen"]
    actions.save(alice, kind, {"rules": [REST]})
    form = {"rule0-name": "Mine", "rule0-working_days": "7", "act": "save", "seen": seen}
    for headers in ({"HX-Request": "true"}, {}):
        answer = client.post(DRAFT, form, headers=headers)
        text = answer.content.decode()
        assert "Somebody changed, published or dropped the draft" in text
        assert 'value="Mine"' in text
        assert rules.draft(CONTACT_GAP).document == {"rules": [REST]}
    assert client.post(PUBLISH, {"reason": "As I saw it", "seen": seen})["Location"] == DRAFT
    assert "This is what it says now" in client.get(DRAFT).content.decode()
    assert rules.in_force(CONTACT_GAP) == []

    program = Program(bob)
    draft = program.get(f"/rules/{CONTACT_GAP}")["draft"]
    actions.save(alice, kind, {"rules": [A]})
    late = {"rules": [A | {"name": "Mine"}], "expected": draft["digest"]}
    path, more = f"/rules/{CONTACT_GAP}/draft", {"content_type": "application/json"}
    assert program.ask("PUT", path, 412, data=dumps(late), **more)["code"] == "stale-version"
    unseen = {"reason": "As I saw it", "expected": draft["digest"]}
    program.post(f"/rules/{CONTACT_GAP}/publish", unseen, status=412)
    now = program.get(f"/rules/{CONTACT_GAP}")["draft"]["digest"]
    saved = program.ask("PUT", path, data=dumps(late | {"expected": now}), **more)
    seen = saved["draft"]["digest"]
    program.post(f"/rules/{CONTACT_GAP}/publish", {"reason": "Seen", "expected": seen})
    assert [one.name for one in rules.in_force(CONTACT_GAP)] == ["Mine"]

    client.post(DRAFT, form)  # the draft is gone: it is told, and saved anew when wanted
    assert rules.draft(CONTACT_GAP) is None
    client.post(DRAFT, form | {"seen": ""})
    assert rules.draft(CONTACT_GAP).document["rules"][0]["name"] == "Mine"


def test_buttons_do_what_they_say_and_others_nothing():
    both = {"rules": [A, REST]}
    assert changed(both, "up:1")["rules"] == [REST, A]
    assert changed(both, "remove:1")["rules"] == [A]
    added = changed(both, "add")["rules"]
    assert (added[:2], added[2]["scope"], added[2]["name"][-1]) == ([A, REST], {}, "3")
    for button in ("up:0", "up:2", "remove:2", "remove:-1", "remove:x", "up:x", "sing:1", ""):
        assert changed(both, button) == both


def test_rules_are_moved_and_removed(graded, kind, bob, sign_in):
    client = sign_in(bob)
    form = {
        "rule0-name": "Best",
        "rule0-working_days": "10",
        "rule1-name": "Rest",
        "rule1-working_days": "30",
    }
    for act, names in (
        ("up:1", ["Rest", "Best"]),
        ("remove:0", ["Rest"]),
        ("up:7", ["Best", "Rest"]),
    ):
        client.post(DRAFT, form | {"act": act})
        assert [one["name"] for one in rules.draft(CONTACT_GAP).document["rules"]] == names
    client.post(reverse("rules:discard", args=[CONTACT_GAP]))
    assert rules.draft(CONTACT_GAP) is None


def test_a_rule_that_asks_is_decided_by_who_may(graded, bob, carol, sign_in):
    asked = Confirmation.objects.create(
        job="activities.rhythm", rule=CONTACT_GAP, day=date(2099, 1, 1), touching=80, population=90
    )
    [item] = [one for one in sign_in(bob).get("/").context["attention"] if "asks" in one.title]
    assert item.text == "It would touch 80 of 90 customers today"
    go_on, not_today = (button.url for button in item.buttons)
    assert not [one for one in sign_in(carol).get("/").context["attention"] if "asks" in one.title]
    assert sign_in(carol).post(go_on).status_code == 403
    assert sign_in(bob).post(not_today).status_code == 302
    sign_in(bob).post(go_on)  # too late
    asked.refresh_from_db()
    assert (asked.decision, asked.by) == ("not", bob)
    [decided] = Event.objects.filter(verb="rule.decided")
    assert decided.after == {"rule": CONTACT_GAP, "decision": "not", "touching": 80}
    assert [job.task_name for job in queued("platform")].count("platform.clock") == 1


def test_the_list_of_kinds_asks_few_questions(graded, kind, bob, sign_in):
    client = sign_in(bob)
    client.get(reverse("rules:list"))
    with CaptureQueriesContext(connection) as queries:
        assert "Contact rhythm" in client.get(reverse("rules:list")).content.decode()
    assert len(queries) < 15
    assert not Notification.objects.filter(user=bob).exists()


def test_a_program_drafts_tries_publishes_and_rolls_back(graded, bob, kind):
    program = Program(bob)
    wrong = program.ask("PUT", f"/rules/{CONTACT_GAP}/draft", data=dumps({"rules": [
        A | {"working_days": 0}
    ]}), content_type="application/json")  # fmt: skip
    assert [one["path"] for one in wrong["faults"]] == ["0.working_days"]
    assert program.get(f"/rules/{CONTACT_GAP}/preview")["faults"] == wrong["faults"]
    assert program.post(f"/rules/{CONTACT_GAP}/publish", {"reason": "Why"}, status=422)
    for rule in (A, REST):
        program.ask(
            "PUT", f"/rules/{CONTACT_GAP}/draft", data=dumps({"rules": [rule]}),
            content_type="application/json",
        )  # fmt: skip
        shown = program.get(f"/rules/{CONTACT_GAP}/preview")
        assert [one["name"] for one in shown["rules"]] == [rule["name"]]
        version = program.post(f"/rules/{CONTACT_GAP}/publish", {"reason": "Why"})
    assert (version["version"], version["state"], version["by"]) == (2, "published", "bob")
    again = program.post(f"/rules/{CONTACT_GAP}/versions/1/roll-back", {"reason": "Better"})
    assert (again["version"], again["rules"][0]["name"]) == (3, "Best")
    told = program.get(f"/rules/{CONTACT_GAP}")
    assert told["published"] == again
    assert "working_days" in told["rule"]["properties"]
    assert [one["state"] for one in program.get(f"/rules/{CONTACT_GAP}/versions")] == [
        "published", "retired", "retired",
    ]  # fmt: skip
