"""The documentation of the API: the page of the site, and `docs/api.md`, whose examples run."""

import re
import subprocess
from pathlib import Path

import pytest
from api_client import Program

from kefen_crm.grading import actions
from kefen_crm.grading.models.runs import EXECUTE
from kefen_crm.site.api.service import api

DOC = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(sh|py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def at_once(monkeypatch):
    """Runs are done when they are asked for, as if the worker had been waiting for them."""

    def now(task, runs=(), **_more):
        if task == EXECUTE:
            actions.execute_runs(runs)

    monkeypatch.setattr("kefen_crm.grading.actions.runs.enqueue", now)


def test_examples_run(graded, bob, at_once, live_server, monkeypatch, capfd):
    token = Program(bob).headers["Authorization"].removeprefix("Bearer ")
    monkeypatch.setenv("KEFEN_URL", live_server.url)
    monkeypatch.setenv("KEFEN_TOKEN", token)
    names = {}
    for language, body in BLOCK.findall(DOC):
        if language == "sh":
            subprocess.run(["bash", "-euo", "pipefail", "-c", body], check=True)
        else:
            exec(compile(body, "docs/api.md", "exec"), names)
    names["kefen"].close()
    said = capfd.readouterr().out
    assert "nine" in said
    assert "C2,重庆机电厂,B" in said


def test_every_address_is_listed():
    listed = re.findall(r"^\| `([A-Z]+) (/\S*)`", DOC, re.MULTILINE)
    described = api.get_openapi_schema()["paths"]
    there = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in described.items()
        for method in methods
    }
    assert not there - set(listed), "Give each of these a row in docs/api.md."
    assert not set(listed) - there, (
        "There are no such operations: take their rows out of docs/api.md."
    )


def test_every_operation_is_described():
    names = []
    for methods in api.get_openapi_schema()["paths"].values():
        for operation in methods.values():
            names.append(operation["operationId"])
            assert operation["summary"]
            assert operation["description"]
            assert operation["tags"]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


def test_the_page_brings_everything_itself(sign_in, erin):
    page = sign_in(erin).get("/api/v1/docs").content.decode()
    assert "http://" not in page
    assert "https://" not in page
    assert "<style" not in page
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", page) == []


def test_a_stranger_is_led_to_signing_in(client, db):
    answer = client.get("/api/v1/docs")
    assert answer.status_code == 302
    assert "/sign-in/" in answer.headers["Location"]
