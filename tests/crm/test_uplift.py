"""Response: campaigns that are over teach whom they change, and the next begins with these."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from tests.engine.trials import company

import kefen
from jobs import work_off
from kefen_crm.campaigns.models import Campaign, Member
from kefen_crm.customers.models import Customer
from kefen_crm.evaluation.actions import ask as ask_study
from kefen_crm.evaluation.models import Study
from kefen_crm.grading.models import Run, Scheme
from kefen_crm.platform.models import Event
from kefen_crm.uplift import actions, demo
from kefen_crm.uplift.models import Learning

BEGAN = date(2025, 7, 1)


@pytest.fixture
def over(graded, bob, settings):
    """A campaign of 60 days that made some buy more and others less; all its days are known."""
    frames = company(1_600)
    orders = frames["orders"].rename(
        {"customer": "customer_id", "order date": "ordered_on"}
    ).with_columns(order_id=pl.concat_str(pl.lit("U"), pl.int_range(pl.len())))  # fmt: skip
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(orders.with_columns(pl.all().cast(pl.String)), kind="orders")
    return campaign("Spring", bob, frames["trial"])


def campaign(name, by, trial, horizon=60):
    made = Campaign.objects.create(
        name=name,
        by=by,
        state="ended",
        holdout=50,
        horizon=horizon,
        started_on=BEGAN,
        frozen_at=datetime(2025, 7, 1, tzinfo=UTC),
        counts={"treated": 800, "holdout": 800},
        result={"whole": True, "rows": [{"verdict": "gain", "uplift": {"value": 1.0}}]},
    )
    known = set(Customer.objects.values_list("code", flat=True))
    Customer.objects.bulk_create(
        Customer(code=code, name=code, in_facts=True, origin="facts")
        for code in trial["customer_id"]
        if code not in known
    )
    ids = dict(Customer.objects.values_list("code", "pk"))
    Member.objects.bulk_create(
        Member(campaign=made, customer_id=ids[code], treated=group == "treated", past=Decimal(0))
        for code, group in trial.select("customer_id", "group").iter_rows()
    )
    return made


def test_a_campaign_teaches_whom_it_changes_and_the_next_begins_with_them(
    over, alice, bob, carol, sign_in
):
    program, browser = Program(bob), sign_in(bob)
    with pytest.raises(PermissionDenied):
        actions.ask(carol, [over.pk])
    page = browser.get(reverse("uplift:list")).content.decode()
    assert "Spring" in page
    assert "800 + 800" in page
    answer = browser.post(reverse("uplift:list"), {"campaigns": [over.pk]})
    learning = Learning.objects.get()
    assert answer.headers["Location"] == learning.get_absolute_url()
    waiting = browser.get(learning.get_absolute_url()).content.decode()
    assert reverse("uplift:progress", args=[learning.pk]) in waiting
    assert browser.get(reverse("uplift:progress", args=[learning.pk])).status_code == 200
    work_off("uplift")
    told = program.get(f"/uplift/{learning.pk}")
    assert (told["status"], told["verdict"], told["days"]) == ("finished", "proven", 60)
    lifts = {one["key"]: one for one in told["classes"]}
    assert lifts["persuadable"]["low"] < 40 < lifts["persuadable"]["high"]
    assert lifts["alone"]["low"] < -40 < lifts["alone"]["high"]
    assert {part["indicator"] for one in told["rules"] for part in one["conditions"]} <= {
        *("recency@all", "tenure@all", "sales@3m", "frequency@3m", "growth@6m")
    }
    for language, word in (("en", "Persuadable"), ("zh-hans", "可说服")):
        browser.cookies["django_language"] = language
        shown = browser.get(learning.get_absolute_url()).content.decode()
        assert word in shown
        assert "≤" in shown
    browser.cookies["django_language"] = "en"
    picture = browser.get(reverse("uplift:picture", args=[learning.pk, "qini"])).json()
    assert picture["series"][0]["points"][0] == [0, 0]
    browser.post(reverse("uplift:publish", args=[learning.pk]))
    scheme = Scheme.objects.get(name="uplift")
    assert Run.objects.filter(version__scheme=scheme).exists()
    with pytest.raises(ValidationError):
        actions.publish(alice, learning)
    program.post(f"/uplift/{learning.pk}/publish", {}, 422)
    assert program.get(f"/uplift/{learning.pk}")["scheme"] == "uplift"
    shown = browser.get(learning.get_absolute_url()).content.decode()
    assert f"{reverse('campaigns:new')}?from=class%3Duplift%253Apersuadable" in shown
    assert set(Event.objects.filter(verb__startswith="uplift").values_list("verb", flat=True)) == {
        *("uplift.asked", "uplift.published")
    }


def test_what_cannot_be_learned_from_is_refused_with_the_reason(over, bob, sign_in):
    program = Program(bob)
    longer = campaign("Longer", bob, company(100)["trial"], horizon=30)
    for chosen, word in (([], "over"), ([over.pk, longer.pk], "same number"), ([9_999], "over")):
        with pytest.raises(ValidationError, match=word):
            actions.ask(bob, chosen)
    program.post("/uplift", {"campaigns": [9_999]}, 422)
    made = program.post(
        "/uplift", {"campaigns": [longer.pk]}, 201, headers={"Idempotency-Key": "a"}
    )
    again = program.post(
        "/uplift", {"campaigns": [longer.pk]}, 201, headers={"Idempotency-Key": "a"}
    )
    assert made["id"] == again["id"]
    work_off("uplift")
    assert program.get(f"/uplift/{made['id']}")["reason"] == "uplift-too-few"
    page = sign_in(bob).get(reverse("uplift:learning", args=[made["id"]])).content.decode()
    assert "too few to tell" in page
    for broken in ({"state": "running"}, {"holdout": 0}, {"result": {"whole": False}}):
        Campaign.objects.filter(pk=over.pk).update(state="ended", holdout=50, result=over.result)
        Campaign.objects.filter(pk=over.pk).update(**broken)
        with pytest.raises(ValidationError):
            actions.ask(bob, [over.pk])


def test_the_scorecard_is_answered_by_experiment_and_says_so(over, alice, sign_in):
    run = Run.objects.filter(version__scheme__name="abc").order_by("-pk").first()
    study = ask_study(alice, Study.Kind.SCORECARD, {"run": run.pk, "horizon": "3m"},
                      run.version.scheme)  # fmt: skip
    work_off("proof")
    study.refresh_from_db()
    told = study.result["told"]
    assert told["experiment"]["whole"]["treated"] > 700
    assert told["basis"]["name"] == "Spring"
    page = sign_in(alice).get(study.get_absolute_url()).content.decode()
    assert told["basis"]["text"]["en"] in page.replace("&#x27;", "'")
    assert over.get_absolute_url() in page


def test_a_demo_asks_what_its_campaigns_taught_once(over, bob):
    demo.demo()
    demo.demo()
    assert [one.campaigns[0]["name"] for one in Learning.objects.all()] == ["Spring", "Spring"]
