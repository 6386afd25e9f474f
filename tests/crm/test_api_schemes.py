import pytest
from api_client import Program, pages

from kefen_crm.grading.api.schemes import EXAMPLE
from kefen_crm.grading.models import Scheme


@pytest.fixture
def manager(graded, bob) -> Program:
    return Program(bob)


def test_every_scheme_by_name(manager):
    found = pages(manager, "/schemes?limit=3")
    assert [one["name"] for one in found] == sorted(Scheme.objects.values_list("name", flat=True))
    assert {"abc", "rfm"} <= {one["name"] for one in found}


def test_one(manager):
    told = manager.get("/schemes/abc")
    assert (told["name"], told["method"], told["version"]) == ("abc", "share", 1)
    assert [one["key"] for one in told["classes"]] == ["A", "B", "C"]
    assert told["document"]["method"] == "share"
    manager.get("/schemes/nothing", 404)


def test_titles_in_the_language_asked_for(graded, erin):
    assert (
        Program(erin).get("/schemes/abc")["title"]
        != Program(erin, "zh").get("/schemes/abc")["title"]
    )


def test_a_sound_document(manager, erin):
    assert manager.post("/schemes/check", {"document": EXAMPLE}) == {"valid": True, "errors": []}
    Program(erin).post("/schemes/check", {"document": EXAMPLE})


def test_every_fault_at_once(manager):
    first, second = EXAMPLE["classes"]
    document = EXAMPLE | {
        "indicator": "slaes",
        "classes": [first | {"at_least": "much"}, second | {"colour": "red"}],
    }
    told = manager.post("/schemes/check", {"document": document})
    assert not told["valid"]
    places = {one["pointer"]: one["code"] for one in told["errors"]}
    assert places["/document/indicator"] == "unknown-indicator"
    assert places["/document/classes/1/colour"] == "unknown-field"
    assert "/document/classes/0/at_least" in places
    assert any("sales" in one["detail"] for one in told["errors"])
    refused = manager.post("/schemes", {"document": document}, 422)
    assert refused["code"] == "scheme-faulty"
    assert refused["errors"] == told["errors"]


def test_faults_in_chinese(graded, bob):
    told = Program(bob, "zh").post("/schemes", {"document": {"method": "share"}}, 422)
    assert "缺少" in told["errors"][0]["detail"]


def test_publish(manager, bob):
    told = manager.post("/schemes", {"document": EXAMPLE, "reason": "ERP"}, 201)
    assert (told["name"], told["version"], told["published_by"]) == ("by-sales", 1, "bob")
    assert manager.get("/schemes/by-sales") == told
    assert Scheme.objects.get(name="by-sales").current.reason == "ERP"


def test_the_same_content_again_changes_nothing(manager):
    first = manager.post("/schemes", {"document": EXAMPLE, "reason": "ERP"}, 201)
    assert manager.post("/schemes", {"document": first["document"], "reason": "x"}, 200) == first


def test_another_content_is_another_version(manager):
    publish = {"document": EXAMPLE, "reason": "Shorter"}
    manager.post("/schemes", publish, 201)
    publish["document"] = EXAMPLE | {"window": "6m"}
    assert manager.post("/schemes", publish, 201)["version"] == 2
    publish["document"] = manager.get("/schemes/abc")["document"] | {"window": "6m"}
    assert manager.post("/schemes", publish, 201)["version"] == 2


def test_a_change_needs_a_reason(manager):
    refused = manager.post("/schemes", {"document": EXAMPLE, "reason": "  "}, 422)
    assert "why" in refused["detail"]
    manager.get("/schemes/by-sales", 404)


@pytest.mark.parametrize(
    "document", [{"name": 5}, {"name": "../x", "method": "share"}, {"method": [1]}]
)
def test_strange_documents(manager, document):
    manager.post("/schemes", {"document": document}, 422)
    assert not manager.post("/schemes/check", {"document": document})["valid"]
