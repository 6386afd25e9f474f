"""Customers typed in and changed by programs."""

import json

import pytest
from api_client import Program

from kefen_crm.customers.actions import edit
from kefen_crm.customers.models import Customer
from kefen_crm.platform.models import Event


def patch(program, code, body, status=200, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return program.ask(
        "PATCH",
        f"/customers/{code}",
        status,
        data=json.dumps(body),
        content_type="application/json",
        headers=names,
    )


@pytest.fixture
def manager(graded, bob):
    return Program(bob)


def test_a_customer_is_typed_in_once_a_key(manager, bob):
    body = {"name": "新客", "code": "N-1", "credit_limit": "1000", "birthday": "1990-02-03"}
    once = {"Idempotency-Key": "crm-1"}
    first = manager.post("/customers", body, 201, headers=once)
    assert (first["code"], first["standing"], first["version"]) == ("N-1", "site", 1)
    assert [one["field"] for one in first["edits"]] == ["birthday", "credit_limit", "name"]
    assert {one["by"] for one in first["edits"]} == {bob.pk}
    assert manager.post("/customers", body, 201, headers=once) == first
    other = manager.post("/customers", body | {"name": "x"}, 422, headers=once)
    assert other["code"] == "idempotency-key-reused"
    taken = manager.post("/customers", body, 422)
    assert taken["errors"][0]["pointer"] == "/code"
    listed = manager.get("/customers?standing=site")["items"]
    assert [one["code"] for one in listed] == ["N-1"]


def test_a_repeated_key_tells_nothing_of_whom_one_sees_no_more(manager, carol, dave):
    rep, once = Program(carol), {"Idempotency-Key": "mine"}
    code = rep.post("/customers", {"name": "新客"}, 201, headers=once)["code"]
    patch(manager, code, {"owner": dave.pk, "phone": "139 0000 1111"})
    rep.post("/customers", {"name": "新客"}, 404, headers=once)


def test_fields_are_changed_unless_others_did_meanwhile(manager, bob, carol):
    version = manager.get("/customers/C1")["version"]
    edit(carol, Customer.objects.get(code="C1"), {"phone": "1"})
    refused = patch(manager, "C1", {"phone": "2"}, 412, If_Match=f'"{version}"')
    assert refused["code"] == "stale-version"
    [fault] = refused["errors"]
    assert (fault["code"], fault["pointer"]) == ("changed-meanwhile", "/phone")
    assert "Carol" in fault["detail"]
    done = patch(manager, "C1", {"phone": "2", "city": None}, If_Match=f'"{version + 1}"')
    assert (done["phone"], done["city"], done["version"]) == ("2", "", version + 2)
    again = patch(manager, "C1", {"phone": "3"}, If_Match='"x"', status=422)
    assert again["errors"][0]["pointer"] == "/If-Match"


def test_faults_name_their_place(manager):
    for body, pointer in (
        ({"email": "nobody"}, "/email"),
        ({"name": " "}, "/name"),
        ({"name": "\u200b\u3000"}, "/name"),  # nobody could see or open it
        ({"owner": 10**9}, "/owner"),
        ({"credit_days": -1}, "/credit_days"),
        ({"sales": "1"}, "/sales"),
    ):
        assert patch(manager, "C1", body, 422)["errors"][0]["pointer"] == pointer


def test_choosing_and_putting_away(manager, bob):
    customer = edit(bob, Customer.objects.get(code="C1"), {"phone": "1"})
    customer.edits.update(incoming="9")
    chosen = manager.post("/customers/C1/choices", {"field": "phone", "keep": "import"})
    assert (chosen["phone"], chosen["edits"]) == ("9", [])
    manager.post("/customers/C1/archive", {"reason": "closed down"})
    assert Event.objects.get(verb="customer.archived").reason == "closed down"
    assert manager.get("/customers/C1")["standing"] == "archived"
    assert [c["code"] for c in manager.get("/customers")["items"]] == ["C2", "C3", "C4", "C5"]
    assert manager.post("/customers/C1/restore", {})["standing"] == "facts"


def test_who_may_not(graded, carol, dave, erin):
    patch(Program(erin), "C1", {"phone": "1"}, 403)
    patch(Program(dave), "C1", {"phone": "1"}, 404)
    patch(Program(carol), "C1", {"owner": dave.pk}, 403)
    Program(erin).post("/customers", {"name": "x"}, 403)
    made = Program(carol).post("/customers", {"name": "x"}, 201)
    assert made["owner"]["id"] == carol.pk


@pytest.mark.parametrize(("name", "at_most"), [("N" * 201, "200 characters"), ("㍿" * 60, "200")])
def test_a_name_that_the_ledger_would_refuse_is_refused(manager, name, at_most):
    for refused in (
        manager.post("/customers", {"name": name}, 422),
        patch(manager, "C1", {"name": name}, 422),
    ):
        [fault] = refused["errors"]
        assert fault["pointer"] == "/name"
        assert at_most in fault["detail"]
    assert Customer.objects.count() == 5
