import csv
import io
import json

import pytest
from api_client import Program, pages

from kefen_crm.grading.actions import execute_runs
from kefen_crm.grading.models import Run


@pytest.fixture
def manager(graded, bob) -> Program:
    return Program(bob)


@pytest.fixture
def reader(graded, erin) -> Program:
    return Program(erin)


@pytest.fixture
def abc(graded) -> int:
    return graded["abc"].pk


@pytest.fixture
def earlier(manager, abc) -> int:
    """ABC as of 2025-12-01, before C1's second order of 3,000."""
    asked = manager.post("/runs", {"schemes": ["abc"], "as_of": "2025-12-01"}, 202)
    run = asked["items"][0]["id"]
    execute_runs([run])
    return run


def test_newest_first(reader, graded):
    found = pages(reader, "/runs?limit=1")
    assert [one["id"] for one in found] == sorted((run.pk for run in graded.values()), reverse=True)


@pytest.mark.parametrize(
    ("query", "schemes"),
    [
        ("scheme=abc", ["abc"]),
        ("status=failed", []),
        ("scheme=nothing", []),
        ("status=finished&scheme=rfm", ["rfm"]),
    ],
)
def test_some_of_them(reader, query, schemes):
    assert [one["scheme"] for one in pages(reader, f"/runs?{query}")] == schemes


def test_a_finished_run(reader, abc):
    told = reader.get(f"/runs/{abc}")
    assert (told["status"], told["as_of"], told["ledger_version"]) == ("finished", "2026-01-01", 2)
    assert (told["progress"], told["reason"]) == (None, None)
    counts = [(one["class"], one["customers"], one["value"]) for one in told["counts"]]
    assert counts == [
        ("A", 1, "8000.00"),
        ("B", 1, "1500.00"),
        ("C", 2, "500.00"),
        (None, 1, "0.00"),
    ]
    assert reader.get("/runs/999999", 404)["code"] == "not-found"


def test_a_rep_is_not_told_the_companys_figures(graded, carol, abc):
    assert Program(carol).get(f"/runs/{abc}")["counts"] is None


def test_ask_for_one(manager):
    told = manager.post("/runs", {"schemes": ["abc"]}, 202)["items"]
    assert [(one["scheme"], one["status"], one["by"]) for one in told] == [("abc", "queued", "bob")]
    waiting = manager.get(f"/runs/{told[0]['id']}")
    assert waiting["progress"]["share"] == 0
    assert waiting["counts"] == []
    again = manager.post("/runs", {"schemes": ["abc"]}, 202)["items"]
    assert again[0]["id"] == told[0]["id"]


def test_ask_for_all(manager):
    told = manager.post("/runs", {}, 202)["items"]
    assert len(told) == len(pages(manager, "/schemes"))


def test_ask_for_what_is_not_there(manager):
    told = manager.post("/runs", {"schemes": ["abc", "nothing"]}, 422)
    assert told["errors"][0]["pointer"] == "/schemes/1"
    assert manager.post("/runs", {"as_of": "9999-12-31"}, 422)["code"] == "as-of-ahead"
    assert not Run.objects.filter(status="queued").exists()


def test_how_far_it_is(manager):
    run = manager.post("/runs", {"schemes": ["abc"]}, 202)["items"][0]["id"]
    Run.objects.filter(pk=run).update(
        status="running", progress={"stage": "indicators", "done": 1, "total": 2}
    )
    progress = manager.get(f"/runs/{run}")["progress"]
    assert progress["stage"] == "indicators"
    assert 0 < progress["share"] < 1


def test_why_it_failed(ledger, bob, manager):
    run = manager.post("/runs", {"schemes": ["abc"]}, 202)["items"][0]["id"]
    Run.objects.filter(pk=run).update(status="failed", reason={"code": "nothing-sold", "data": {}})
    told = manager.get(f"/runs/{run}")
    assert told["reason"]["code"] == "nothing-sold"
    assert "orders" in told["reason"]["detail"]
    assert manager.get(f"/runs/{run}/classes", 409)["code"] == "run-not-finished"


def test_classes_most_valuable_first(reader, abc):
    found = pages(reader, f"/runs/{abc}/classes?limit=2")
    assert [(one["customer"], one["class"], one["rank"]) for one in found] == [
        ("C1", "A", 1),
        ("C2", "B", 2),
        ("C3", "C", 3),
        ("C5", "C", 4),
        ("C4", None, None),
    ]
    assert found[1]["value"] == "1500.00"
    assert found[1]["cumulative_share"] == pytest.approx(0.95)
    assert found[0]["name"] == "上海明达贸易有限公司"


@pytest.mark.parametrize(("key", "codes"), [("C", ["C3", "C5"]), ("none", ["C4"]), ("Z", [])])
def test_one_class(reader, abc, key, codes):
    assert [one["customer"] for one in pages(reader, f"/runs/{abc}/classes?class={key}")] == codes


def test_all_as_ndjson(reader, abc):
    answer = reader.get(f"/runs/{abc}/classes", headers={"Accept": "application/x-ndjson"})
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    rows = [json.loads(line) for line in answer.getvalue().decode().splitlines()]
    assert rows == pages(reader, f"/runs/{abc}/classes")


def test_all_as_csv(reader, abc):
    answer = reader.get(f"/runs/{abc}/classes?class=C", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [(row["customer"], row["name"], row["class"]) for row in rows] == [
        ("C3", "Acme Tools", "C"),
        ("C5", "=1+1", "C"),
    ]


def test_compare(reader, earlier, abc):
    """Before C1's second order: 5,000, 1,500, 400, 100 of 7,000, so C1 is A (71 %), C2 B (93 %)."""
    told = reader.get(f"/runs/{abc}/comparison")
    assert (told["before"], told["after"], told["same_classes"]) == (earlier, abc, True)
    assert told["stable"] == 1
    assert told["psi"] == 0  # the same shares
    cells = {(one["from"], one["to"]): one["customers"] for one in told["matrix"]}
    assert cells == {("A", "A"): 1, ("B", "B"): 1, ("C", "C"): 2, (None, None): 1}
    assert told["directions"]["stayed"]["customers"] == 5
    assert "100" in told["text"]
    assert pages(reader, f"/runs/{abc}/comparison/moved") == []


def test_who_moved(reader, manager, abc):
    """C4 buys for 6,000: 14,400 … of 16,000 in all; C4 is B then, and C2 falls to C."""
    row = {"order_id": "O9", "customer_id": "C4", "ordered_on": "2025-12-31", "amount": "6000"}
    manager.post("/facts/orders", [row], 201)
    run = Run.objects.get(status="queued", version__scheme__name="abc")
    execute_runs([run.pk])
    found = pages(reader, f"/runs/{run.pk}/comparison/moved?limit=1")
    assert [(one["customer"], one["from"], one["to"]) for one in found] == [
        ("C4", None, "B"),
        ("C2", "B", "C"),
    ]
    assert (found[0]["value_from"], found[0]["value_to"]) == ("0.00", "6000.00")
    assert reader.get(f"/runs/{run.pk}/comparison?since={abc}")["before"] == abc


def test_nothing_to_compare_with(reader, graded, abc):
    assert reader.get(f"/runs/{abc}/comparison", 409)["code"] == "nothing-to-compare"
    told = reader.get(f"/runs/{abc}/comparison?since=999999", 422)
    assert told["errors"][0]["pointer"] == "/since"
    other = reader.get(f"/runs/{abc}/comparison?since={graded['rfm'].pk}")
    assert other["same_classes"] is False
