"""Versions, drafts and the clock by the API."""

import pytest
from api_client import Program, pages

from kefen_crm.grading import actions
from kefen_crm.grading.models import Draft, Scheme


@pytest.fixture
def manager(graded, bob) -> Program:
    return Program(bob)


def longer(program):
    """What ABC says, over two years."""
    return program.get("/schemes/abc")["document"] | {"window": "24m"}


def publish(program):
    body = {"document": longer(program), "reason": "Long cycles"}
    return program.post("/schemes", body, 201)


def test_versions_newest_first(manager):
    publish(manager)
    told = manager.get("/schemes/abc/versions")
    assert [(one["number"], one["in_force"], one["reason"]) for one in told] == [
        (2, True, "Long cycles"),
        (1, False, ""),
    ]
    assert manager.get("/schemes/abc/versions/1")["document"].get("window", "12m") == "12m"
    manager.get("/schemes/abc/versions/3", 404)


def test_differences_in_words(manager, erin):
    publish(manager)
    [change] = manager.get("/schemes/abc/differences?from=1")
    assert change == {
        "code": "change-window",
        "data": {"before": "12m", "after": "24m"},
        "text": "Window: 12 months → 24 months",
    }
    [back] = Program(erin, "zh").get("/schemes/abc/differences?from=2&to=1")
    assert back["text"] == "统计周期：24 个月 → 12 个月"
    assert manager.get("/schemes/abc/differences?from=2&to=2") == []
    assert manager.get("/schemes/abc/differences?from=9", 422)["code"] == "unknown-version"


def test_rolling_back(manager):
    publish(manager)
    told = manager.post("/schemes/abc/roll-back", {"version": 1, "reason": "Too slow"}, 201)
    assert (told["version"], told["reason"]) == (3, "Too slow")
    assert manager.get("/schemes/abc/versions/3")["restores"] == 1
    manager.post("/schemes/abc/roll-back", {"version": 1, "reason": "Again"}, 422)
    manager.post("/schemes/abc/roll-back", {"version": 9, "reason": "Why"}, 422)
    manager.post("/schemes/abc/roll-back", {"version": 2}, 422)


def test_a_draft_from_the_beginning_to_the_end(manager):
    kept = manager.post("/drafts", {"document": longer(manager), "note": "Longer"}, 201)
    assert (kept["scheme"], kept["base"], kept["overtaken"], kept["run"]) == ("abc", 1, False, None)
    place = f"/drafts/{kept['id']}"
    changed = manager.ask(
        "PUT",
        place,
        data=f'{{"document": {{"name": "abc"}}, "note": "{kept["note"]}"}}',
        content_type="application/json",
        status=422,
    )
    assert changed["errors"][0]["pointer"].startswith("/document")
    assert [one["text"] for one in manager.get(f"{place}/differences")] == [
        "Window: 12 months → 24 months"
    ]
    run = manager.post(f"{place}/shadow", {}, 202)
    assert (run["shadow"], run["version"], run["as_of"]) == (True, None, "2026-01-01")
    actions.execute_runs([run["id"]])
    assert manager.get(place)["run"] == run["id"]
    assert manager.get(f"/runs/{run['id']}/comparison")["stable"] == 1
    manager.post(f"{place}/publish", {"reason": " "}, 422)
    told = manager.post(f"{place}/publish", {"reason": "Long cycles"}, 201)
    assert (told["version"], told["document"]["window"]) == (2, "24m")
    manager.get(place, 404)


def test_drafts_are_listed_and_thrown_away(manager):
    first = manager.post("/drafts", {"document": longer(manager)}, 201)["id"]
    other = longer(manager) | {"name": "abc-long"}
    second = manager.post("/drafts", {"document": other}, 201)["id"]
    assert [one["id"] for one in pages(manager, "/drafts?limit=1")] == [second, first]
    assert [one["id"] for one in pages(manager, "/drafts?scheme=abc")] == [first]
    answer = manager.client.delete(f"/api/v1/drafts/{second}", headers=manager.headers)
    assert answer.status_code == 204
    assert not Scheme.objects.filter(name="abc-long").exists()


def test_the_clock(manager):
    assert manager.get("/schemes/abc/schedule")["rhythm"] == "never"
    body = '{"rhythm": "daily", "hour": 3, "on_import": false}'
    told = manager.ask("PUT", "/schemes/abc/schedule", data=body, content_type="application/json")
    assert (told["rhythm"], told["hour"], told["on_import"]) == ("daily", 3, False)
    assert told["next"].endswith(("T03:00:00+08:00", "T19:00:00Z"))
    assert manager.get("/schemes/abc/schedule") == told


def test_freshness(manager):
    assert manager.get("/schemes/abc/freshness") == {
        "as_of": "2026-01-01", "ledger_version": 2, "stale": False, "reasons": [],
    }  # fmt: skip
    publish(manager)
    told = manager.get("/schemes/abc/freshness")
    assert (told["stale"], told["reasons"]) == (True, ["version 2 has not been run"])
    assert manager.get("/schemes/pyramid/freshness") is None


@pytest.mark.parametrize("who", ["carol", "erin"])
def test_representatives_and_readers_may_not(who, manager, request):
    kept = manager.post("/drafts", {"document": longer(manager)}, 201)["id"]
    publish(manager)
    program = Program(request.getfixturevalue(who))
    document = {"document": longer(program)}
    program.get("/drafts", 403)
    program.get(f"/drafts/{kept}", 403)
    program.post("/drafts", document, 403)
    program.post(f"/drafts/{kept}/shadow", {}, 403)
    program.post(f"/drafts/{kept}/publish", {"reason": "Mine"}, 403)
    program.delete(f"/drafts/{kept}", 403)
    program.post("/schemes/abc/roll-back", {"version": 1, "reason": "Mine"}, 403)
    body = '{"rhythm": "daily"}'
    program.ask("PUT", "/schemes/abc/schedule", 403, data=body, content_type="application/json")
    assert Draft.objects.count() == 1
    assert program.get("/schemes/abc/versions")[0]["number"] == 2
