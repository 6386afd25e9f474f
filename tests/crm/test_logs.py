"""What the logs say: a line a request, by route; nothing that tells who a customer is."""

from __future__ import annotations

import io
import json
import logging

import pytest
from api_client import Program
from django.db import OperationalError, connection
from django.urls import reverse

from kefen_crm.customers.models import Customer
from kefen_crm.process import turning
from kefen_crm.process.errors import ProcessError
from kefen_crm.process.logs import Formatter, Quiet, configuration, error_text

SECRETS = ("C-0001", "王芳", "alice", "Alice")


@pytest.fixture
def log(monkeypatch):
    """`log("json")` writes what follows as the processes do, and gives where."""
    handlers = []

    def begun(form="lines"):
        monkeypatch.setenv("KEFEN_LOG_FORMAT", form)
        handler = logging.StreamHandler(io.StringIO())
        handler.setFormatter(Formatter("web"))
        handler.addFilter(Quiet())
        logging.getLogger().addHandler(handler)
        handlers.append(handler)
        return handler.stream

    yield begun
    for handler in handlers:
        logging.getLogger().removeHandler(handler)


@pytest.fixture
def customer(carol):
    return Customer.objects.create(code="C-0001", name="王芳", owner=carol)


def lines(stream):
    return stream.getvalue().splitlines()


def test_a_line_names_the_owner_of_a_token(log, alice):
    program, stream = Program(alice), log()
    program.get("/me")
    assert f"user={alice.pk} " in lines(stream)[0]


def test_a_request_is_one_line_by_its_route(log, sign_in, alice, customer):
    browser, stream = sign_in(alice), log()
    answer = browser.get(
        reverse("customers:detail", args=["C-0001"]) + "?q=C-0001", HTTP_X_REQUEST_ID="proxy-17"
    )
    [line] = lines(stream)
    assert answer.headers["X-Request-ID"] == "proxy-17"
    assert " INFO web " in line
    assert f"user={alice.pk} request=proxy-17" in line
    assert "GET /customers/of/<code:code>/ 200 " in line
    assert not any(secret in line for secret in SECRETS)


def test_an_id_that_is_none_is_given_anew(log, client, db):
    stream = log("json")
    answer = client.get(reverse("account_login"), HTTP_X_REQUEST_ID='a"b\n')
    given = json.loads(stream.getvalue())["request"]
    assert answer.headers["X-Request-ID"] == given
    assert given.isalnum()


def test_json_has_the_same_in_fields(log, sign_in, alice, customer):
    browser, stream = sign_in(alice), log("json")
    browser.get("/nothing/C-0001/")
    [line] = lines(stream)
    said = json.loads(line)
    assert said["level"] == "INFO"
    assert (said["method"], said["route"], said["status"]) == ("GET", "-", 404)
    assert said["time"][10] == "T"
    assert "C-0001" not in line


def test_a_refusal_is_one_line(log, sign_in, erin, customer):
    browser, stream = sign_in(erin), log()
    assert browser.get(reverse("operations:settings")).status_code == 403
    assert browser.post(reverse("operations:back_up")).status_code == 403
    first, second = lines(stream)
    assert "GET /settings/ 403" in first
    assert "POST /settings/" in second


def test_what_breaks_is_traced_without_values(log, sign_in, alice, customer):
    def broken(execute, query, *rest):
        if "customers_customer" in query:
            raise KeyError("C-0001")
        return execute(query, *rest)

    browser, stream = sign_in(alice), log()
    browser.raise_request_exception = False
    with connection.execute_wrapper(broken):
        assert browser.get(reverse("customers:list")).status_code == 500
    said = stream.getvalue()
    assert "KeyError: …" in said
    assert "test_logs.py" in said
    assert "GET /customers/ 500" in said
    assert "C-0001" not in said


@pytest.mark.parametrize("address", ["/customers/", "/api/v1/customers"])
def test_a_full_disk_of_the_database_is_one_sentence(
    log, sign_in, alice, monkeypatch, address, django_db_blocker
):
    def full(execute, query, *rest):
        raise OperationalError from psycopg_full()

    browser, stream = sign_in(alice), log()
    browser.raise_request_exception = False
    with connection.execute_wrapper(full):
        answer = browser.get(address)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "The disk of the database is full" in answer.content.decode()
    said = lines(stream)
    assert len(said) == 2
    assert "The disk of the database is full" in said[0]


def psycopg_full():
    from psycopg.errors import DiskFull

    return DiskFull("could not extend file")


def test_a_database_error_tells_no_values():
    error = ValueError('Key (code)=(C-0001) of 13800138000 in "张三"\nDETAIL: C-0001')
    assert error_text(error) == "ValueError: Key (code)… of … in …"


def test_a_job_that_fails_is_told_by_task_and_number(log):
    stream = log("json")
    job = {"id": 7, "task_name": "grading.run", "args": {"customer": "C-0001"}}
    logging.getLogger("procrastinate.worker").error(
        "Job grading.run[7](customer='C-0001') ended with status: Error",
        extra={"action": "job_error", "job": job},
    )
    said = json.loads(stream.getvalue())
    assert (said["message"], said["job"]) == ("grading.run job_error", 7)
    assert "C-0001" not in stream.getvalue()


def test_private_pages_and_exports_are_not_stored(sign_in, alice, client, customer):
    browser = sign_in(alice)
    for address in (
        "/",
        reverse("customers:list"),
        reverse("customers:export", args=["csv"]),
        "/api/v1/me",
    ):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"], address
    assert "no-store" in client.get("/").headers["Cache-Control"]


def test_logs_are_turned_over_and_the_oldest_goes(tmp_path, monkeypatch):
    monkeypatch.setenv("KEFEN_LOG_MB", "0.00001")  # ten bytes
    monkeypatch.setenv("KEFEN_LOG_KEPT", "2")
    log = tmp_path / "web.log"
    with log.open("a") as writer:
        for word in ("first", "second", "third"):
            writer.write(f"{word} {'x' * 10}\n")
            writer.flush()
            assert turning.turn_over(tmp_path) == [log]
        writer.write("now\n")
    assert log.read_text() == "now\n"
    assert (tmp_path / "web.log.1").read_text().startswith("third")
    assert (tmp_path / "web.log.2").read_text().startswith("second")
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("KEFEN_LOG_MB", "much"), ("KEFEN_LOG_KEPT", "-1"), ("KEFEN_LOG_FORMAT", "xml")],
)
def test_a_setting_that_means_nothing_is_refused(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    read = Formatter if name == "KEFEN_LOG_FORMAT" else turning.limits
    with pytest.raises(ProcessError) as caught:
        read()
    assert caught.value.data["name"] == name


def test_every_process_writes_in_this_form():
    assert configuration("worker")["formatters"]["kefen"]["process"] == "worker"
