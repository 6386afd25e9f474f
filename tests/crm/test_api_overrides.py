"""Classes set by hand, by the API. C3 is Carol's, C2 Dave's."""

import pytest
from api_client import Program, pages

from kefen_crm.grading.models import Override


@pytest.fixture
def manager(graded, bob) -> Program:
    return Program(bob)


SIGNED = {"customer": "C3", "scheme": "abc", "class": "A", "reason": "Signed"}


def test_set_and_lift(manager):
    made = manager.post("/overrides", SIGNED | {"until": "2099-12-31"}, 201)
    assert (made["class"], made["computed"], made["by"], made["state"]) == (
        "A", "C", "bob", "active",
    )  # fmt: skip
    graded = {one["scheme"]: one for one in manager.get("/customers/C3/classes")}["abc"]
    assert (graded["class"], graded["computed"], graded["held_by"]) == ("A", "C", "override")
    place = f"/overrides/{made['id']}"
    manager.post(f"{place}/lift", {}, 422)
    lifted = manager.post(f"{place}/lift", {"reason": "Fell through"}, 200)
    assert (lifted["state"], lifted["lifted_by"]) == ("lifted", "bob")
    manager.post(f"{place}/lift", {"reason": "Again"}, 409)
    assert [(one["what"], one["reason"]) for one in manager.get(f"{place}/history")] == [
        ("set", "Signed"),
        ("ended", "Fell through"),
    ]
    graded = {one["scheme"]: one for one in manager.get("/customers/C3/classes")}["abc"]
    assert (graded["class"], graded["held_by"]) == ("C", "")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"customer": "C9"}, "unknown-customer"),
        ({"scheme": "nothing"}, "unknown-scheme"),
        ({"class": "X"}, "not-valid"),
        ({"until": "2020-01-01"}, "not-valid"),
        ({"reason": ""}, "not-valid"),
    ],
)
def test_what_is_refused(manager, change, code):
    assert manager.post("/overrides", SIGNED | change, 422)["code"] == code
    assert not Override.objects.exists()


def test_lists_show_what_one_may_see(manager, carol, dave, erin):
    manager.post("/overrides", SIGNED, 201)
    manager.post("/overrides", SIGNED | {"customer": "C2"}, 201)
    assert [one["customer"] for one in pages(manager, "/overrides?limit=1")] == ["C2", "C3"]
    assert [one["customer"] for one in pages(Program(carol), "/overrides")] == ["C3"]
    assert len(pages(Program(erin), "/overrides?scheme=abc&active=true")) == 2
    assert pages(Program(dave), "/overrides?customer=C3") == []
    assert Program(dave).get("/overrides/report")[0]["total"] == 1


def test_the_report(manager, alice):
    manager.post("/overrides", SIGNED, 201)
    Program(alice).post("/overrides", SIGNED | {"customer": "C1", "class": "C"}, 201)
    told = {one["by"]: one for one in manager.get("/overrides/report")}
    assert told["bob"]["ways"] == {"up": 1, "down": 0, "same": 0, "rated": 0}
    assert told["alice"]["ways"]["down"] == 1
    assert (told["bob"]["sales"], told["bob"]["judged"]) == ("400.00", 0)


@pytest.mark.parametrize("who", ["carol", "erin"])
def test_representatives_and_readers_may_not(who, manager, request):
    made = manager.post("/overrides", SIGNED, 201)["id"]
    program = Program(request.getfixturevalue(who))
    program.post("/overrides", SIGNED, 403)
    program.post(f"/overrides/{made}/lift", {"reason": "Mine"}, 403)
    assert Override.objects.get().active
