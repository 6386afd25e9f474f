"""Every refusal has the one shape, whatever goes wrong, in the language asked for."""

import pytest
from api_client import Program, problem
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.urls import reverse

from kefen.errors import LedgerError, RunError
from kefen_crm.customer_pages.api import customers
from kefen_crm.platform.api.handlers import problem_of
from kefen_crm.platform.forms import all_errors, carried_out, why_refused
from kefen_crm.tags.models import Tag


@pytest.fixture
def manager(ledger, bob) -> Program:
    return Program(bob)


@pytest.mark.parametrize("path", ["/nothing", "/customers/", "/runs/one", "/runs/0x1", "/", ""])
def test_no_such_address(manager, path):
    assert manager.get(path, 404)["code"] == "not-found"


@pytest.mark.parametrize("path", ["/api/", "/api/v2/customers", "/api/v1x"])
def test_no_such_address_beside(db, client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_no_such_method(manager, method):
    told = manager.ask(method, "/runs", 405)
    assert method in told["detail"]
    assert "GET" in told["detail"]
    assert "POST" in told["detail"]


@pytest.mark.parametrize("body", ["{", '{"document": NaN}', '{"a": "\\u0000"}', '"\\ud800"', "["])
def test_malformed_json(manager, body):
    manager.post("/schemes/check", body, 400)


def test_too_many_values_in_an_address(manager):
    path = "/customers?" + "&".join(f"region={n}" for n in range(1_001))
    assert manager.get(path, 400)["code"] == "not-readable"


def test_deep_json(manager):
    manager.post("/schemes/check", "[" * 100_000, 400)


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/schemes/check", "text/plain"),
        ("/runs", "application/xml"),
        ("/facts/orders", "image/png"),
    ],
)
def test_unknown_format(manager, path, media):
    assert "application/json" in manager.post(path, "x", 415, media=media)["detail"]


@pytest.mark.parametrize(
    ("path", "body", "places"),
    [
        ("/schemes/check", "", [""]),
        ("/schemes/check", [], [""]),
        ("/schemes/check", {}, ["/document"]),
        ("/schemes/check", {"document": []}, ["/document"]),
        ("/schemes", {"document": {}, "reason": 5}, ["/reason"]),
        ("/runs", {"schemes": ["abc", "x y"], "as_of": "soon"}, ["/schemes/1", "/as_of"]),
        ("/runs", {"schemes": []}, ["/schemes"]),
        ("/runs", {"scheme": "abc"}, ["/scheme"]),
        (
            "/customers",
            {"name": "A", "credit_days": False, "owner": "1"},
            ["/credit_days", "/owner"],
        ),
        ("/studies/readiness", {"attention": True}, ["/attention"]),
    ],
)
def test_values_that_do_not_fit(manager, path, body, places):
    told = manager.post(path, body, 422)
    assert [(one["part"], one["pointer"]) for one in told["errors"]] == [
        ("body", place) for place in places
    ]


def test_a_number_too_large_for_an_address(manager):
    told = manager.get(f"/runs/{10**30}", 422)
    assert told["errors"][0]["part"] == "path"
    assert told["errors"][0]["pointer"] == "/run_id"


def test_too_much_at_once(manager, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert manager.post("/runs", {"schemes": ["abc", "rfm"]}, 413)["code"] == "too-large"
    manager.post("/facts/orders", "[{}]" * 10, 413)


def test_what_nobody_foresaw_does_not_leak(manager, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("secret of /home/kefen")

    monkeypatch.setattr(customers, "titles", broken)
    told = manager.get("/customers", 500)
    assert "secret" not in str(told)
    assert "secret" in caplog.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RunError("run-failed", run="abc-1", reason="nothing-sold"), 409),
        (LedgerError("unknown-version", version=9, latest=2), 404),
        (LedgerError("ledger-busy", seconds=30), 503),
        (LedgerError("ledger-damaged", path="/secret/place", reason="gone"), 503),
    ],
    ids=lambda value: getattr(value, "code", value),
)
def test_the_engines_errors_have_their_status(error, status):
    answer = problem_of(error)
    told = problem(answer)
    assert (answer.status_code, told["code"]) == (status, error.code)
    assert "/secret" not in told["detail"]


def test_a_head_request_is_answered_as_a_get(manager):
    answer = manager.client.head("/api/v1/runs", headers=manager.headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")


def test_a_host_that_is_not_ours(client, db):
    answer = client.get("/api/v1/health", headers={"Host": "evil.example"})
    assert problem(answer)["status"] == 400


def test_a_fault_before_the_api(client, db, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(
        "django.contrib.sessions.middleware.SessionMiddleware.process_request", broken
    )
    client.raise_request_exception = False
    assert "secret" not in str(problem(client.get("/api/v1/health")))


def test_both_languages(ledger, bob):
    for language, title in (
        ("en", "Not valid"),
        ("zh-hans", "内容有误"),
        ("zh-CN,en;q=0.5", "内容有误"),
    ):
        told = Program(bob, language).get("/customers?limit=0", 422)
        assert told["title"] == title
    assert told["errors"][0]["detail"] == "不能小于 1。"


def test_two_who_write_the_same_at_once(manager, bob, sign_in, monkeypatch):
    """The database refuses the second: that is no fault of Kefen, and may be asked again."""
    Tag.objects.create(name="Fair")
    done = []

    def at_once(*_args, **_more):
        """What looked for the tag before it was there."""
        done.append(1)
        with transaction.atomic():
            Tag.objects.create(name="Fair")

    def told_then(*_args, **_more):
        if done:
            raise ValidationError("There is a tag of this name.")
        at_once()

    monkeypatch.setattr("kefen_crm.tags.actions.create", at_once)
    answer = manager.post("/tags", {"name": "Fair", "colour": "teal"}, 409)
    assert answer["code"] == "written-at-once"

    done.clear()
    form = Form({})
    assert not carried_out(form, told_then)
    assert (all_errors(form), done) == ("There is a tag of this name.", [1])
    done.clear()
    assert (why_refused(told_then), done) == ("There is a tag of this name.", [1])

    page = sign_in(bob)
    page.raise_request_exception = False
    monkeypatch.setattr("kefen_crm.tags.views.render", at_once)
    answer = page.get(reverse("tags:list"))
    assert (answer.status_code, "at the same moment" in answer.text) == (409, True)
