"""Proof in the site: studies are asked by those who grade, answered in the background, shown."""

from pathlib import Path

import pytest
from api_client import Program
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from grading import run_now, wording

from jobs import lose, work_off
from kefen_crm.evaluation import actions
from kefen_crm.evaluation.models import Study
from kefen_crm.grading.actions import save_draft
from kefen_crm.platform.jobs import fail_orphans

FORM = {"schemes": ["abc", "rfm"], "horizon": "1m", "periods": 2, "every": "1m", "value": "sales"}

TRIAL = {"scheme": "abc", "horizon": "3m"}


def ask(client, path, data=None):
    """Ask as a person does, and have it answered."""
    answer = client.post(f"/proof/{path}", data or {})
    assert answer.status_code == 302, answer.content.decode()
    work_off("proof")
    return answer.headers["Location"]


@pytest.fixture
def bob_s(graded, sign_in, bob):
    return sign_in(bob)


def test_readiness(bob_s):
    page = bob_s.get(ask(bob_s, "readiness/", {"attention": 2})).content.decode()
    assert "Difference in worth" in page
    overview = bob_s.get("/proof/").content.decode()
    assert "Does classifying make sense here?" in overview
    assert 'value="2"' in overview


def test_backtest(bob_s):
    address = ask(bob_s, "backtest/", FORM)
    page = bob_s.get(address).content.decode()
    assert "The schemes side by side" in page
    study = Study.objects.get()
    assert study.status == "finished"
    assert [one["scheme"]["name"] for one in study.answer["schemes"]] == ["abc", "rfm"]
    picture = bob_s.get(f"{address}pictures/gains.json").json()
    assert picture["type"]
    assert bob_s.get(f"{address}pictures/nothing.json").status_code == 404


def test_a_form_that_says_nothing_is_refused(bob_s):
    answer = bob_s.post("/proof/backtest/", FORM | {"schemes": []})
    assert answer.status_code == 422
    assert not Study.objects.exists()


def test_scorecards_of_all_schemes(bob_s):
    ask(bob_s, "scorecards/")
    judged = Study.objects.filter(kind="scorecard", status="finished")
    assert {study.scheme.name for study in judged} == {"abc", "rfm"}  # those in force
    study = judged.get(scheme__name="abc")
    page = bob_s.get(study.get_absolute_url()).content.decode()
    for criterion in ("Measurable", "Substantial", "Reachable", "Responding differently"):
        assert criterion in page


def test_agreement(bob_s):
    form = bob_s.get("/proof/").context["agreement_form"]
    first = next(name for name, _title in form.fields["first"].choices)
    assert form["second"].value() not in (None, first), "two schemes to compare stand there"
    page = bob_s.get(ask(bob_s, "agreement/", {"first": "abc", "second": "rfm"})).content.decode()
    assert "Adjusted Rand index" in page
    same = bob_s.post("/proof/agreement/", {"first": "abc", "second": "abc"}, follow=True)
    assert "Choose another scheme than the first." in same.content.decode()


def test_sensitivity(bob_s):
    run_now("weighted")
    page = bob_s.get(ask(bob_s, "sensitivity/weighted/")).content.decode()
    assert "Each column: the share of rated customers whose class changes" in page


def trial(text, name="trial.csv"):
    return SimpleUploadedFile(name, text.encode("utf-8-sig"))


def kept_tables():
    return list(Path(default_storage.location).glob("experiments/*"))


def test_an_experiment_is_brought_and_told(bob_s):
    """C1 is A and C2 is B; the table gives each an outcome."""
    table = trial("客户编号,分组,结果\nC1,试验,50\nC2,对照,20\nC0099,对照,1\n")
    page = bob_s.get(ask(bob_s, "experiments/new/", {**TRIAL, "file": table})).content.decode()
    assert "trial.csv" in page
    assert "C0099" in page
    told = Study.objects.get().answer
    assert [(one["class"], one["treated"], one["holdout"]) for one in told["classes"]] == [
        ("A", 1, 0),
        ("B", 0, 1),
    ]
    assert "trial.csv" in bob_s.get("/proof/").content.decode()
    file = Path(default_storage.path(Study.objects.get().asked["file"]))
    assert file.exists()
    bob_s.post(f"{Study.objects.get().get_absolute_url()}discard/")
    assert not file.exists()


def test_sales_since_the_day_are_the_outcomes(bob_s):
    table = trial("customer_id,group\nC1,treated\nC2,holdout\n")
    asked = {**TRIAL, "file": table, "since": "2025-11-01", "horizon": "1m"}
    ask(bob_s, "experiments/new/", asked)
    told = Study.objects.get().answer
    assert told["as_of"] == "2025-11-01"
    assert told["began"] == ["2025-11-01", "2025-11-01"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("customer_id,group,outcome\nC1,treated,1\nC1,holdout,2\n", "both treated and held out"),
        ("customer_id,group,outcome\nC1,treated,1\nC1,treated,2\n", "more than once"),
        ("customer_id,group\nC1,treated\n", "lacks outcome"),
        ("customer_id,group,outcome\nC1,maybe,1\n", "is no group"),
    ],
)
def test_a_table_that_is_no_experiment_is_refused_at_once(bob_s, text, said):
    before = kept_tables()
    answer = bob_s.post("/proof/experiments/new/", {**TRIAL, "file": trial(text)})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Study.objects.exists()
    assert kept_tables() == before


def test_the_example_names_customers_of_ones_own(bob_s, sign_in, carol):
    lines = b"".join(bob_s.get("/proof/experiments/example.csv").streaming_content).decode()
    assert lines.splitlines()[1].startswith("C1,treated,")
    assert sign_in(carol).get("/proof/experiments/new/").status_code == 403


def test_churn_without_enough_to_learn_from_says_so(bob_s):
    page = bob_s.get(ask(bob_s, "churn/", {"horizon": "3m"})).content.decode()
    assert "This could not be answered" in page


def test_churn(bob_s, monkeypatch):
    """The page shows what the engine tells; the model itself has tests of its own."""
    reason = {
        "indicator": "recency",
        "label": {"zh": "距上次购买天数", "en": "Days since last purchase"},
        "unit": "days",
        "window": "all",
        "value": 136.0,
        "typical": 46.0,
        "effect": 0.6,
    }
    slows = reason | {"label": {"zh": "购买频次", "en": "Purchase frequency"}, "effect": -0.9}
    customer = {"customer": "C1", "name": "Acme", "probability": 0.5, "sales": 8000.0}
    told = {
        "horizon": "6m",
        "evaluation": {"day": "2025-07-01", "customers": 90, "left": 0.2, "auc": 0.84,
                       "brier": 0.12, "brier_of_average": 0.16},
        "customers": [customer | {"at_risk": 4000.0, "reasons": [slows, reason]}],
    }  # fmt: skip
    answer = {"told": told, "pictures": {"calibration": {"type": "curves"}}}
    monkeypatch.setattr(actions.proving, "churn", lambda horizon: answer)
    page = bob_s.get(ask(bob_s, "churn/", {"horizon": "6m"})).content.decode()
    assert "Days since last purchase 136" in page
    assert "(typical 46)" in page
    assert page.index("Raises the risk:") < page.index("Days since") < page.index("Lowers it:")
    assert page.index("Lowers it:") < page.index("Purchase frequency")
    assert "The list of" in bob_s.get("/proof/").content.decode()


def test_what_cannot_be_answered_says_why(bob_s):
    address = ask(bob_s, "sensitivity/abc/")
    assert Study.objects.get().status == "failed"
    assert "This could not be answered" in bob_s.get(address).content.decode()


def test_the_same_question_waits_once(graded, bob):
    first = actions.ask(bob, "readiness", {"attention": 9})
    assert actions.ask(bob, "readiness", {"attention": 9}) == first


def test_a_lost_worker_is_told(graded, bob):
    study = actions.ask(bob, "readiness", {"attention": 9})
    lose("proof")
    fail_orphans()
    study.refresh_from_db()
    assert (study.status, study.reason["code"]) == ("failed", "worker-lost")


def test_the_same_question_is_asked_again_on_todays_facts(bob_s, graded):
    """A scorecard is of the run in force now, not of the one that was judged."""
    address = ask(bob_s, "scorecards/abc/")
    later = run_now("abc", "2026-06-01")
    answer = bob_s.post(f"{address}again/")
    again = Study.objects.latest("pk")
    assert answer.url == again.get_absolute_url() != address
    assert (again.kind, again.asked) == ("scorecard", {"run": later.pk})
    assert "Answered" not in bob_s.get(again.get_absolute_url()).content.decode()


def test_a_table_stays_as_long_as_a_study_is_of_it(bob_s):
    table = trial("客户编号,分组,结果\nC1,试验,50\nC2,对照,20\n")
    address = ask(bob_s, "experiments/new/", {**TRIAL, "file": table})
    bob_s.post(f"{address}again/")
    bob_s.post(f"{address}discard/")
    assert Path(default_storage.path(Study.objects.get().asked["file"])).exists()


def test_discard(bob_s):
    address = ask(bob_s, "readiness/", {"attention": 2})
    assert bob_s.post(f"{address}discard/").status_code == 302
    assert not Study.objects.exists()


def test_readers_see_and_do_not_ask(graded, sign_in, erin, bob_s):
    address = ask(bob_s, "readiness/", {"attention": 2})
    reader = sign_in(erin)
    assert reader.get("/proof/").status_code == 200
    assert reader.get(address).status_code == 200
    assert reader.post("/proof/readiness/", {"attention": 2}).status_code == 403
    assert reader.get("/proof/backtest/").status_code == 403
    assert reader.post(f"{address}discard/").status_code == 403
    assert reader.post(f"{address}again/").status_code == 403


def test_representatives_see_nothing_of_it(graded, sign_in, carol, bob_s):
    address = ask(bob_s, "readiness/", {"attention": 2})
    rep = sign_in(carol)
    for path in ("/proof/", address, f"{address}progress/", f"{address}pictures/lorenz.json"):
        assert rep.get(path).status_code == 403
    assert rep.post("/proof/scorecards/").status_code == 403
    assert "/proof/" not in rep.get("/").content.decode()


def test_strangers_are_led_to_sign_in(client, db):
    assert client.get("/proof/").status_code == 302


def test_a_program_asks_and_reads(graded, bob, erin):
    manager, reader = Program(bob), Program(erin)
    asked = manager.post("/studies/backtest", {"schemes": ["abc"], "horizon": "1m"}, 202)
    assert asked["status"] == "queued"
    work_off("proof")
    told = reader.get(f"/studies/{asked['id']}")
    assert told["status"] == "finished"
    assert told["result"]["schemes"][0]["scheme"]["name"] == "abc"
    assert [one["id"] for one in reader.get("/studies?kind=backtest")["items"]] == [asked["id"]]
    reader.post("/studies/readiness", {}, 403)
    wrong = manager.post("/studies/backtest", {"schemes": ["nothing"]}, 422)
    assert wrong["errors"][0]["pointer"] == "/schemes/0"
    run = run_now("weighted").pk
    moved = manager.post("/studies/sensitivity", {"run": run}, 202)
    scored = manager.post("/studies/scorecard", {"run": run, "horizon": "1m"}, 202)
    both = manager.post("/studies/agreement", {"before": run, "after": graded["abc"].pk}, 202)
    work_off("proof")
    for one in (moved, scored, both):
        assert reader.get(f"/studies/{one['id']}")["status"] == "finished"
    manager.post("/studies/scorecard", {"run": 999_999}, 404)


ASKED_BY_FORM = {
    "proof:readiness": [],
    "proof:scorecards": [],
    "proof:scorecard": ["abc"],
    "proof:sensitivity": ["weighted"],
    "proof:agreement": [],
    "proof:churn": [],
}


@pytest.mark.parametrize("name", ASKED_BY_FORM)
def test_who_comes_to_a_question_by_a_link_sees_the_overview(graded, bob, sign_in, name):
    answer = sign_in(bob).get(reverse(name, args=ASKED_BY_FORM[name]))
    assert (answer.status_code, answer.url) == (302, reverse("proof:overview"))
    assert not Study.objects.exists()


def test_a_waiting_study_says_what_is_before_it(graded, bob, sign_in):
    client = sign_in(bob)
    client.post("/proof/churn/")
    client.post("/proof/readiness/", {"attention": 10})
    first, second = Study.objects.order_by("pk")
    text = client.get(reverse("proof:study", args=[first.pk])).content.decode()
    assert "begins in a moment" in text
    text = client.get(reverse("proof:study", args=[second.pk])).content.decode()
    assert "begins when 1 task before it is done" in text


def test_a_demo_begins_with_its_proof(bob_s):
    actions.show()
    asked = set(Study.objects.values_list("kind", "scheme__name"))
    known = {("backtest", None), ("readiness", None), ("scorecard", "abc"), ("scorecard", "rfm")}
    assert asked == known
    work_off("proof")
    judged = Study.objects.get(kind="scorecard", scheme__name="abc")
    assert judged.status == "finished", judged.reason
    assert judged.answer["experiment"]["uplifts"]
    assert "Experiment" in bob_s.get(judged.get_absolute_url()).content.decode()
    actions.show()
    assert Study.objects.count() == len(known)


def test_a_draft_is_audited_before_it_is_published(bob_s, bob, graded):
    scheme = graded["abc"].scheme
    document = wording(scheme)
    document["classes"][0]["upto"] = 0.7  # C1 alone brings 80 %: it stays the top
    draft = save_draft(bob, document, "Stricter")
    assert (
        f"/proof/drafts/{draft.pk}/audit/"
        in bob_s.get(f"/schemes/abc/drafts/{draft.pk}/").content.decode()
    )
    form = {"hourly": "50", "hours_A": "4", "hours_B": "1", "hours_C": "0"}
    assert bob_s.post(f"/proof/drafts/{draft.pk}/audit/", form | {"hourly": ""}).status_code == 422
    page = bob_s.get(ask(bob_s, f"drafts/{draft.pk}/audit/", form)).content.decode()
    study = Study.objects.get()
    assert study.status == "finished", study.reason
    # One customer is of class A: 4 hours × 12 months × 50.
    assert study.answer["costs"][0]["cost"] == "2400.00"
    assert "What the standard costs, and what its classes bring" in page
    asked = {"draft": draft.pk, "hours": {"A": 2}, "hourly": 10}
    assert Program(bob).post("/studies/audit", asked, 202)["kind"] == "audit"
    Program(bob).post("/studies/audit", {"draft": 10**6}, 422)


def test_another_system_s_levels_are_loaded_and_compared(bob_s, bob, erin, sign_in, graded):
    assert "/proof/levels/" in bob_s.get("/").content.decode()  # a new company is offered it
    assert sign_in(erin).get("/proof/levels/").status_code == 403
    bad = SimpleUploadedFile("crm.csv", b"alone\n1\n")
    assert "is no table" in bob_s.post("/proof/levels/", {"file": bad}).content.decode()
    text = "code,level\nC1,Gold\nC2,Silver\nC3,Bronze\nC5,Bronze\nC9,Gold\n"
    sent = bob_s.post("/proof/levels/", {"file": SimpleUploadedFile("crm.csv", text.encode())})
    page = bob_s.get(sent.headers["Location"]).content.decode()
    assert "Bronze\nGold\nSilver" in page.replace("\r", "")
    form = {"customer": "code", "level": "level", "levels": "Gold\nSilver\nBronze",
            "scheme": "abc", "horizon": "3m", "given": "2025-06-01"}  # fmt: skip
    refused = bob_s.post(sent.headers["Location"], form | {"levels": "Gold"})
    assert refused.status_code == 422
    answer = bob_s.post(sent.headers["Location"], form)
    assert answer.status_code == 302, answer.content.decode()
    work_off("proof")
    study = Study.objects.get()
    assert study.status == "finished", study.reason
    told = study.answer
    # ABC: C1 is A, C2 B, C3 and C5 C: the same as Gold, Silver and Bronze.
    assert (told["matched"], told["unknown"], told["agreement"]["same"]) == (4, 1, 1)
    assert told["agreement"]["interval"] == [1, 1]
    assert told["flattered"] is False
    assert told["backtest"]["dates"] == ["2025-06-01"]
    shown = bob_s.get(study.get_absolute_url()).content.decode()
    assert "Weighted kappa" in shown
    board = bob_s.get(f"{study.get_absolute_url()}board/").content.decode()
    assert "Their levels and ours, on our own facts" in board
    assert "/proof/levels/" not in bob_s.get("/").content.decode()
    assert study.scheme.name == "theirs"
    again = ask(bob_s, f"studies/{study.pk}/again/")
    assert Study.objects.order_by("-pk").first().status == "finished", again
