from datetime import timedelta

import pytest
from api_client import Program, problem
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from kefen_crm.operations import api as health
from kefen_crm.team.actions import create_token, set_active

WRITES = [
    ("POST", "/facts/orders", "[]"),
    ("POST", "/schemes", '{"document": {}}'),
    ("POST", "/runs", "{}"),
    ("DELETE", "/batches/b1", ""),
]
READS = [
    "/me", "/customers", "/customers/C1", "/customers/C1/classes", "/facts/orders", "/schemes",
    "/schemes/abc", "/runs", "/runs/1", "/runs/1/classes", "/runs/1/comparison",
    "/runs/1/comparison/moved", "/batches", "/batches/b1", "/batches/b1/rejections",
    "/customers/C1/classes/abc/explanation",
]  # fmt: skip


@pytest.mark.parametrize("path", READS)
def test_a_stranger_reads_nothing(db, path):
    assert Program().get(path, 401)["code"] == "not-signed-in"


@pytest.mark.parametrize(("method", "path", "body"), [*WRITES, ("POST", "/schemes/check", "{}")])
def test_a_stranger_writes_nothing(db, method, path, body):
    stranger = Program()
    stranger.ask(method, path, 401, data=body, content_type="application/json")


@pytest.mark.parametrize("person", ["erin", "carol"])
@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_readers_and_reps_write_nothing(request, ledger, person, method, path, body):
    program = Program(request.getfixturevalue(person))
    told = program.ask(method, path, 403, data=body, content_type="application/json")
    assert told["code"] == "not-permitted"


@pytest.mark.parametrize("path", ["/batches", "/batches/b1", "/batches/b1/rejections"])
def test_batches_are_for_those_who_import(ledger, erin, path):
    Program(erin).get(path, 403)


@pytest.mark.parametrize("path", ["classes", "comparison", "comparison/moved"])
def test_a_rep_sees_no_whole_run(graded, carol, path):
    Program(carol).get(f"/runs/{graded['abc'].pk}/{path}", 403)


def test_the_answer_says_how_to_sign_in(db):
    answer = Client().get("/api/v1/me")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    problem(answer)


@pytest.mark.parametrize(
    "header", ["Bearer kfn_wrong", "Bearer", "Basic YTpi", "kfn_", "Bearer \x7f"]
)
def test_a_wrong_token(db, header):
    Program().get("/me", 401, headers={"Authorization": header})


def test_a_wrong_token_is_not_made_up_for_by_a_session(sign_in, erin):
    answer = sign_in(erin).get("/api/v1/me", headers={"Authorization": "Bearer kfn_wrong"})
    assert problem(answer)["code"] == "not-signed-in"


def test_an_expired_token(erin):
    _token, key = create_token(erin, "old", timezone.localdate() - timedelta(days=1))
    Program().get("/me", 401, headers={"Authorization": f"Bearer {key}"})


def test_the_token_of_a_switched_off_user(alice, erin):
    program = Program(erin)
    set_active(alice, erin, active=False)
    program.get("/me", 401)


def test_who_am_i(bob):
    told = Program(bob).get("/me")
    assert (told["username"], told["role"]) == ("bob", "manager")
    assert "import_facts" in told["can"]
    assert "manage_users" not in told["can"]


def test_a_session_reads(sign_in, erin):
    assert sign_in(erin).get("/api/v1/me").json()["username"] == "erin"


def test_a_session_writes_with_csrf_only(graded, bob):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bob)
    page = browser.get("/api/v1/docs")
    token = page.context["csrf_token"]
    body = {"data": "{}", "content_type": "application/json"}
    assert problem(browser.post("/api/v1/runs", **body))["code"] == "csrf-failed"
    said = browser.post("/api/v1/runs", headers={"X-CSRFToken": str(token)}, **body)
    assert said.status_code == 202


def test_health_needs_no_token(db):
    assert Program().get("/health") == {"status": "ok"}


def test_health_without_its_body(client, db):
    assert client.head("/api/v1/health").status_code == 200


def test_health_without_a_database(db, monkeypatch):
    class Down:
        def cursor(self):
            raise DatabaseError("connection to 10.0.0.1 refused")

    monkeypatch.setattr(health, "connection", Down())
    told = Program().get("/health", 503)
    assert "10.0.0.1" not in str(told)


def test_the_users_language_when_none_is_asked_for(erin):
    erin.language = "zh-hans"
    erin.save()
    program = Program(erin)
    assert program.get("/customers/x", 404)["title"] == "Not found"
    del program.headers["Accept-Language"]
    assert program.get("/customers/x", 404)["title"] == "未找到"
