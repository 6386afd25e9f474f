"""Health and figures: what they say when all is well and when it is not, and to whom."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from prometheus_client.parser import text_string_to_metric_families

import kefen
from jobs import work_off  # noqa: F401  # registers the tasks
from kefen_crm.platform.events import record
from kefen_crm.platform.models import Event, OutboxEntry
from kefen_crm.process import space
from kefen_crm.process.findings import fail, ok, warn
from kefen_crm.site.monitoring import health

TOKEN = "watch-1234"
HOUR = 3600


@pytest.fixture
def site(client, db, monkeypatch, settings, tmp_path):
    """The site, up for long, with a worker and a clock that work."""
    settings.KEFEN_DATA = tmp_path / "data"
    settings.KEFEN_DATA.mkdir(exist_ok=True)
    monkeypatch.setattr(health, "up", lambda: 2.0 * HOUR)
    heartbeat(seconds_ago=5)
    tick(seconds_ago=300)
    return client


def ask(query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)


def heartbeat(seconds_ago):
    ask("DELETE FROM procrastinate_workers")
    ask("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 s')",
        seconds_ago)  # fmt: skip


def tick(seconds_ago):
    ask("DELETE FROM procrastinate_periodic_defers")
    ask(
        "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp)"
        " VALUES ('operations.keep_time', extract(epoch FROM now())::bigint - %s)",
        seconds_ago,
    )


def wait(seconds):
    """A job that has been due for so long."""
    ask(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at)"
        " VALUES ('default', 'imports.check', now() - %s * interval '1 s')",
        seconds,
    )


def states(answer):
    return {one["check"]: one["status"] for one in answer.json()["checks"]}


def test_all_is_well(site):
    answer = site.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    parts = ("database", "worker", "queue", "clock", "events", "ledger", "disk")
    assert states(answer) == dict.fromkeys(parts, "ok")
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("part", "trouble", "state"),
    [
        ("worker", lambda: heartbeat(61), "fail"),
        ("worker", lambda: ask("DELETE FROM procrastinate_workers"), "fail"),
        ("queue", lambda: wait(601), "warn"),
        ("queue", lambda: wait(HOUR + 1), "fail"),
        ("queue", lambda: wait(-60), "ok"),
        ("clock", lambda: tick(36 * 60), "fail"),
        ("clock", lambda: ask("DELETE FROM procrastinate_periodic_defers"), "fail"),
    ],
)
def test_background_work_that_stands_still_is_told(site, part, trouble, state):
    trouble()
    answer = site.get("/health")
    assert states(answer)[part] == state
    assert answer.json()["status"] == state
    assert answer.status_code == (503 if state == "fail" else 200)


def test_changes_that_an_app_cannot_handle_are_told_and_counted(site, alice):
    event = record(alice, "test.changed", alice)
    Event.objects.filter(pk=event.pk).update(at=timezone.now() - timedelta(minutes=50))
    entry = OutboxEntry.objects.create(event=event, consumer="test.names", attempts=2)
    assert states(site.get("/health"))["events"] == "ok"  # a passing trouble is none
    OutboxEntry.objects.filter(pk=entry.pk).update(attempts=3, error="ValueError")
    told = next(one for one in site.get("/health").json()["checks"] if one["check"] == "events")
    assert (told["status"], told["code"]) == ("warn", "check-events-failing")
    assert told["data"]["consumers"] == ["test.names"]
    assert "test.names failed on again and again: 1, the oldest" in told["text"]
    of_names = (("consumer", "test.names"),)
    assert figures(site)["kefen_events_undelivered", of_names] == 1
    assert figures(site)["kefen_events_undelivered_oldest_seconds", of_names] >= 40 * 60


def test_what_has_just_come_up_is_given_time(site, monkeypatch):
    monkeypatch.setattr(health, "up", lambda: 30.0)
    ask("DELETE FROM procrastinate_workers")
    tick(8 * HOUR)
    answer = site.get("/health")
    assert (states(answer)["worker"], states(answer)["clock"]) == ("warn", "ok")


@pytest.mark.parametrize("lost", ["versions/*.json", "facts/orders/_delta_log/*.json", "**/*"])
def test_a_ledger_that_cannot_be_read_is_told(graded, site, settings, lost):
    assert states(site.get("/health"))["ledger"] == "ok"
    for file in (settings.KEFEN_DATA / "ledger").glob(lost):
        if file.is_file():
            file.unlink()
    answer = site.get("/health")
    assert states(answer)["ledger"] == "fail"
    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("free", "state"),
    [(199_999_999, "fail"), (200_000_000, "warn"), (999_999_999, "warn"), (1_000_000_000, "ok")],
)
def test_a_disk_is_told_at_its_limits(site, monkeypatch, free, state):
    usage = type("Usage", (), {"free": free, "total": 10**12})
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _folder: usage)
    assert states(site.get("/health"))["disk"] == state


def test_a_database_that_is_away_is_told_and_nothing_breaks(site):
    def away(*_):
        raise OperationalError("connection refused")

    with connection.execute_wrapper(away):
        answer = site.get("/health")
    assert answer.status_code == 503
    assert states(answer)["database"] == "fail"
    assert states(answer)["ledger"] == "ok"


def test_a_load_balancer_is_answered_without_the_database(client):
    answer = client.get("/health/live", HTTP_HOST="10.0.0.7:8000")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_words_are_in_the_language_asked_for(site):
    answer = site.get("/health", HTTP_ACCEPT_LANGUAGE="zh-CN")
    assert answer.json()["checks"][0]["text"].startswith("数据库响应正常")


def test_details_are_for_this_machine_or_the_token(site, settings):
    assert "data" in site.get("/health").json()["checks"][0]
    assert "data" not in site.get("/health", HTTP_X_FORWARDED_FOR="8.8.8.8").json()["checks"][0]
    assert site.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 401
    refused = site.get("/metrics", HTTP_X_REAL_IP="8.8.8.8")
    assert refused.status_code == 401
    assert refused.headers["Content-Type"] == "text/plain; charset=utf-8"
    settings.KEFEN_MONITORING_TOKEN = TOKEN
    assert site.get("/metrics").status_code == 401
    assert site.get("/metrics", HTTP_AUTHORIZATION="Bearer wrong").status_code == 401
    told = site.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}", REMOTE_ADDR="192.0.2.1")
    assert told.status_code == 200
    refused = site.get("/health", HTTP_AUTHORIZATION="Bearer wrong").json()["checks"][0]
    assert "data" not in refused


def figures(client):
    """Every sample by name and labels."""
    families = text_string_to_metric_families(client.get("/metrics").content.decode())
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in families
        for one in family.samples
    }


def test_requests_are_counted_by_route(site, sign_in, erin):
    labels = (("method", "GET"), ("route", "operations:settings"), ("status", "403"))
    before = figures(site).get(("kefen_requests_total", labels), 0)
    browser = sign_in(erin)
    browser.get("/settings/")
    browser.get("/settings/")
    after = figures(site)
    assert after["kefen_requests_total", labels] - before == 2
    assert not any("/" in value for _name, labels in after for _key, value in labels)


COUNT = """
from kefen_crm.platform.requests import REQUESTS
REQUESTS.labels("GET", "customers:list", "200").inc(int(__import__("sys").argv[1]))
"""


def test_requests_of_all_web_processes_are_summed(site, tmp_path, monkeypatch):
    scratch = tmp_path / "figures"
    scratch.mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(scratch))
    for count in ("3", "4"):
        subprocess.run([sys.executable, "-c", COUNT, count], check=True)
    labels = (("method", "GET"), ("route", "customers:list"), ("status", "200"))
    assert figures(site)["kefen_requests_total", labels] == 7


def test_the_installation_is_in_figures(graded, site, settings):
    wait(120)
    waiting = ProcrastinateJob.objects.filter(status="todo").count()
    found = figures(site)
    assert found["kefen_runs", (("status", "finished"),)] == len(graded)
    assert found["kefen_jobs", (("status", "todo"),)] == waiting
    assert found["kefen_queue_depth", ()] == waiting
    assert found["kefen_queue_oldest_seconds", ()] >= 120
    assert found["kefen_check_state", (("check", "ledger"),)] == 0
    assert found["kefen_disk_free_bytes", (("disk", "data"),)] > 0
    assert found["kefen_classes_behind_versions", (("scheme", "abc"),)] == 0


def test_a_part_has_one_figure_that_of_its_worst(site, monkeypatch):
    found = [fail("disk", "full"), ok("disk", "free"), warn("queue", "late")]
    monkeypatch.setattr(health, "findings", lambda: found)
    lines = site.get("/metrics").content.decode().splitlines()
    told = [line for line in lines if line.startswith("kefen_check_state")]
    assert told == ['kefen_check_state{check="disk"} 2.0', 'kefen_check_state{check="queue"} 1.0']


def test_classes_that_lag_are_told(graded, site, settings, tmp_path):
    more = tmp_path / "more.csv"
    more.write_text("customer_id,name\nZ-9,Z\n", "utf-8")
    with kefen.open(settings.KEFEN_DATA) as opened:
        opened.load(more, kind="customers")
    assert figures(site)["kefen_classes_behind_versions", (("scheme", "abc"),)] == 1


def test_health_is_json_that_people_can_read(site):
    text = site.get("/health", HTTP_ACCEPT_LANGUAGE="zh-CN").content.decode()
    assert "正常" in text
    assert json.loads(text)["status"] == "ok"
