"""Industry starts: seen before, made at once, never twice, and never over what people changed."""

import json
import re
from contextlib import nullcontext

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone, translation
from grading import wording
from typer.testing import CliRunner

from kefen.cli import app
from kefen_crm.activities.actions import plan
from kefen_crm.custom_fields import actions as custom_fields
from kefen_crm.custom_fields.models import CustomField
from kefen_crm.customers.models import Customer
from kefen_crm.grading import actions as grading
from kefen_crm.grading.actions import install_ready_made, publish
from kefen_crm.grading.home import overview_of
from kefen_crm.grading.models import Draft, Run, Scheme
from kefen_crm.holdings.models import Pool
from kefen_crm.industry_starts import actions, shell, steps
from kefen_crm.industry_starts.document import start
from kefen_crm.industry_starts.models import ChosenStart
from kefen_crm.industry_starts.names import NAMES
from kefen_crm.platform import rules
from kefen_crm.platform.models import Event, RuleDocument
from kefen_crm.platform.standing_words import said
from kefen_crm.process import admin
from kefen_crm.rules import actions as rule_actions
from kefen_crm.rules.queries import in_words

HOME = reverse("home")
LIST = reverse("grading:list")
PUBLISHED = RuleDocument.State.PUBLISHED


@pytest.fixture
def empty(ledger, db):
    """A company that has just begun: schemes, and nothing else."""
    install_ready_made()


@pytest.mark.parametrize("name", NAMES)
def test_every_start_makes_what_its_preview_says_in_both_languages(name, empty, alice):
    told = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            told[language] = steps.steps(start(name))
    assert [one.summary for one in told["en"]] == [one.summary for one in told["zh-hans"]]
    for one, other in zip(told["en"], told["zh-hans"], strict=True):
        assert one.title != other.title
    with translation.override("zh-hans"):
        chosen = actions.choose(alice, start(name))
    outcomes = {(one.part, one.key): one.outcome for one in told["en"]}
    assert {(one["part"], one["key"]): one["outcome"] for one in chosen.made} == outcomes
    assert {key for part, key in outcomes if part == "field"} == set(
        CustomField.objects.values_list("key", flat=True)
    )
    for (part, key), outcome in outcomes.items():
        if part == "scheme" and outcome != "stays":
            assert Scheme.objects.filter(name=key, current=None).exists() == (outcome == "draft")
        if part == "rules":
            assert (rules.published(key) is not None) == (outcome == "made")
            assert (rules.draft(key) is not None) == (outcome == "draft")
            kept = rules.published(key) or rules.draft(key)
            assert rule_actions.faults(rules.kinds()[key], kept.document) == []
    assert rules.published("playbook")
    assert rules.published("care")
    assert rules.draft("pool_rules")  # it takes customers from people: somebody looks at it first
    assert Pool.objects.count() == 1


def test_choosing_twice_changes_nothing_twice(empty, bob, carol):
    with pytest.raises(PermissionDenied):
        actions.choose(carol, start("foreign-trade"))
    first = actions.choose(bob, start("foreign-trade"))
    custom_fields.change(bob, CustomField.objects.get(key="trade_terms"), {"retired": True})
    rule_actions.discard(bob, rules.kinds()["pool_rules"])
    events = Event.objects.count()
    assert actions.choose(bob, start("foreign-trade")) == first
    assert Event.objects.count() == events
    assert CustomField.objects.get(key="trade_terms").retired
    assert rules.draft("pool_rules") is None
    assert Event.objects.get(verb="start.chosen").after["start"] == "foreign-trade"


def test_another_start_adds_and_never_overwrites(empty, bob):
    own = custom_fields.define(bob, {"key": "account_kind", "name_en": "Sort", "kind": "text"})
    document = Scheme.objects.get(name="abc").current.document
    publish(bob, document | {"name": "export-buyers"}, "Ours")  # A, B, C: not the start's classes
    actions.choose(bob, start("foreign-trade"))
    scheme = Scheme.objects.get(name="export-buyers")
    assert [one.key for one in scheme.classes] == ["A", "B", "C"]
    assert rules.published("playbook") is None  # its classes are not there: left to be mended
    assert rules.draft("playbook").document["rules"][0]["name"] == "Key buyers"
    draft = rules.draft("playbook").document
    made = {one["key"]: one["outcome"] for one in actions.choose(
        bob, start("industrial-distribution")
    ).made}  # fmt: skip
    assert made["account_kind"] == "stays"
    assert CustomField.objects.get(key="account_kind").kind == own.kind == "text"
    assert made["playbook"] == "stays"
    assert rules.draft("playbook").document == draft
    assert made["distribution-accounts"] == "made"
    assert made["key-account"] == "draft"
    assert Draft.objects.filter(scheme__name="key-account").exists()
    assert Pool.objects.count() == 2


def test_what_another_start_leaves_as_a_draft_ends_nothing_in_force(empty, bob):
    actions.choose(bob, start("retail-membership"))
    ours = {kind: one.document["rules"] for kind in rules.kinds() if (one := rules.published(kind))}
    actions.choose(bob, start("foreign-trade"))
    drafts = {kind: one.document["rules"] for kind in ours if (one := rules.draft(kind))}
    assert {"contact_gap", "playbook"} <= set(drafts)
    for kind, drafted in drafts.items():
        assert drafted[: len(ours[kind])] == ours[kind]
        assert len(drafted) > len(ours[kind])


def test_it_is_chosen_on_the_first_page_or_by_a_program(empty, alice, carol, sign_in):
    client = sign_in(alice)
    page = client.get(HOME).content.decode()
    address = reverse("industry_starts:preview", args=["retail-membership"])
    assert address in page
    assert address not in sign_in(carol).get(HOME).content.decode()
    shown = client.get(address).content.decode()
    for word in ("Home store", "Member value", "Diamond", "as a draft", "Set this up"):
        assert word in shown
    assert not CustomField.objects.exists()  # looking makes nothing
    assert client.post(address).url == address
    after = client.get(address).content.decode()
    assert "Set this up" not in after
    assert "Set up by" in after
    assert "chosen" in client.get(HOME).content.decode()
    program = Program(alice)
    listed = {one["name"]: one["chosen"] for one in program.get("/industry-starts")}
    assert list(listed) == list(NAMES)
    assert [name for name, at in listed.items() if at] == ["retail-membership"]
    detail = program.get("/industry-starts/professional-services")
    assert {one["part"] for one in detail["steps"]} == {"field", "scheme", "pool", "rules"}
    made = program.post("/industry-starts/professional-services/choose", {})
    assert made["by"] == alice.username
    assert {one["key"]: one["outcome"] for one in made["steps"]}["playbook"] == "draft"
    program.get("/industry-starts/mining", 404)
    assert RuleDocument.objects.filter(kind="playbook", state=PUBLISHED).count() == 1


def test_its_drafts_are_found_and_its_main_scheme_is_the_first(graded, alice, bob, erin, sign_in):
    actions.choose(bob, start("retail-membership"))
    assert Scheme.objects.exclude(current=None).first().name == "member-value"
    run = Run.objects.get(version__scheme__name="member-value")
    grading.execute_runs([run.pk])
    assert overview_of(bob).standing.scheme.name == "member-value"
    draft = Draft.objects.get(scheme__name="demand-type")
    page = reverse("grading:draft", args=["demand-type", draft.pk])
    listed = sign_in(bob).get(LIST).content.decode()
    for word in (page, f"{page}#publish-title", "never published", "not tried yet", draft.title):
        assert word in listed
    assert page not in sign_in(erin).get(LIST).content.decode()
    grading.execute_runs([grading.shadow(bob, draft).pk])
    assert "tried as of" in sign_in(alice).get(LIST).content.decode()
    grading.save_draft(bob, draft.document | {"window": "6m"}, draft=draft)
    abc = Scheme.objects.get(name="abc")
    grading.save_draft(bob, wording(abc), "More A")
    both = sign_in(bob).get(LIST).content.decode()
    assert "changed after its trial" in both
    assert "changes version 1" in both
    actions.choose(alice, start("foreign-trade"))  # another start does not take the lead
    assert Scheme.objects.exclude(current=None).first().name == "member-value"
    assert grading.put_first(bob, abc) == Scheme.objects.first()
    with pytest.raises(PermissionDenied):
        grading.put_first(erin, abc)


def test_rules_say_in_words_what_they_ask_for_and_nothing_else(empty, bob, sign_in):
    actions.choose(bob, start("retail-membership"))
    page = reverse("industry_starts:preview", args=["retail-membership"])
    client = sign_in(bob)
    shown = client.get(page).content.decode()
    assert not re.search(r"<dd>(True|False|zh|en|0|None|\[.*|datetime.*)</dd>", shown)
    for gone in ("Message: the language", "Leave one in ten out", "Which holiday"):
        assert gone not in shown
    assert "<dt>Customers become members by their first order</dt><dd>yes</dd>" in shown
    assert "these customers are left as they are" in shown  # Diamond, whom no condition recycles
    silent = {one.name: dict(one.says) for one in _care()}["Silent for long"]
    assert silent["Days after the purchase, or without an order"] == 60
    assert "Anniversary: every so many years" not in silent
    with translation.override("zh-hans"):
        holiday = _care()[0]
        assert dict(holiday.says)["事由"] == "生日"


def _care():
    kind = rules.kinds()["care"]
    return in_words(kind, rules.published("care"))


def test_names_that_a_start_brought_are_read_in_either_language(graded, alice, bob, carol, sign_in):
    with translation.override("zh-hans"):
        actions.choose(alice, start("retail-membership"))
        assert said("钻石会员") == "钻石会员"
        assert said("Silent for long") == "久未下单"  # of several the first
    assert said("久未购买") == "Silent for long"
    assert said("客户自定") == "客户自定"
    client = sign_in(bob)
    for kind, word in (("care", "Birthday of Diamond members"), ("playbook", "Silver")):
        page = client.get(reverse("rules:detail", args=[kind])).content.decode()
        assert word in page
        assert "Industry start: Retail and members" in page
        assert not re.search("[一-鿿]{2,}", page.split("<main")[1])
    assert str(Pool.objects.get()) == "Members without an assistant"
    customer = Customer.objects.get(code="C1")
    about = {"kind": "wechat", "due_on": timezone.localdate(), "title": "生日祝贺", "owner": carol}
    assert plan(bob, customer, about).heading == "Congratulate"


def test_a_start_from_the_shell_and_in_a_demo(graded, alice, carol, monkeypatch):
    monkeypatch.setattr(admin, "site_environment", lambda _data: nullcontext())

    def run(*arguments, lang="en"):
        return CliRunner().invoke(app, ["start", *arguments, "--lang", lang])

    assert "retail-membership" in run("list").output
    assert "会员等级" in run("preview", "retail-membership", lang="zh").output
    assert not ChosenStart.objects.exists()
    assert "There is no industry start mining" in run("apply", "mining").stderr
    assert run("apply", "retail-membership", "--by", "carol").exit_code == 1
    done = run("apply", "retail-membership", "--json")
    told = {one["key"]: one["outcome"] for one in json.loads(done.stdout)}
    assert (told["member-value"], told["demand-type"]) == ("made", "draft")
    assert ChosenStart.objects.get().by == alice
    assert rules.published("care").document["rules"][0]["name"] == "Birthday of Diamond members"
    listed = json.loads(run("list", "--json").stdout)
    assert [one["start"] for one in listed if one["chosen"]] == ["retail-membership"]
    monkeypatch.setenv("KEFEN_INDUSTRY", "foreign-trade")
    shell.demo()
    assert Scheme.objects.get(name="export-buyers").customer_classes.exists()  # graded at once
    assert CliRunner().invoke(app, ["demo", "--industry", "mining"]).exit_code == 1


def test_who_wants_none_is_not_asked_again(empty, bob, sign_in):
    client = sign_in(bob)
    assert "Begin with your trade" in client.get(HOME).content.decode()
    assert client.post(reverse("industry_starts:without")).url == HOME
    assert "Begin with your trade" not in client.get(HOME).content.decode()
    client.post(reverse("industry_starts:without"))
    assert ChosenStart.objects.count() == 1
    assert client.get(reverse("industry_starts:list")).status_code == 200
