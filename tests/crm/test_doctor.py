"""The doctor on installations that are broken in one way each."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

import kefen
from kefen.cli import app
from kefen.wording import catalogue
from kefen_crm.platform.database import database_url
from kefen_crm.process import queue_checks, space
from kefen_crm.process.doctor import database, examine
from kefen_crm.process.doctor.serving import serving
from kefen_crm.process.errors import ProcessError
from kefen_crm.process.migrations import refuse_others
from kefen_crm.process.postgres import UNSAFE_AND_FAST, Embedded
from kefen_crm.process.queue_checks import Undelivered
from kefen_crm.process.supervisor import sole_supervisor, write_note

DAY = 24 * 3600
SOURCES = Path(__file__).parents[2] / "src" / "kefen_crm"


@pytest.fixture
def data(tmp_path, db, monkeypatch):
    """A data directory of a few facts and a fresh backup, with the test's own database."""
    data = tmp_path / "data"
    orders = tmp_path / "orders.csv"
    orders.write_text("order_id,customer_id,ordered_on,amount\n1,C,2025-01-03,12\n", "utf-8")
    with kefen.open(data) as ledger:
        ledger.load(orders, "orders")
    (data / "backups").mkdir(mode=0o700)
    (data / "backups" / "kefen-20250101-030000-daily.zip").write_text("a backup")
    monkeypatch.setenv("DATABASE_URL", database_url())
    return data


def codes(data):
    """What is not well, by code."""
    found = examine(data)
    for one in found:
        assert "{" not in one.words("en") + one.words("zh")
    return {one.code: one for one in found if one.state != "ok"}


def test_a_sound_installation_is_sound(data):
    assert codes(data) == {}


def test_the_command_says_it_in_words_json_and_exit_code(data):
    run = CliRunner().invoke
    told = run(app, ["doctor", "--data", str(data), "--lang", "zh"])
    assert told.exit_code == 0
    assert "一切正常" in told.output
    (data / "backups" / "kefen-20250101-030000-daily.zip").unlink()
    told = run(app, ["doctor", "--data", str(data), "--json"])
    assert told.exit_code == 3
    answer = json.loads(told.output)
    assert answer["status"] == "warn"
    assert {"check", "status", "code", "text", "data"} == answer["checks"][0].keys()
    assert run(app, ["doctor", "--data", str(data / "nowhere")]).exit_code == 1


def test_a_folder_of_another_user(data, monkeypatch):
    if os.geteuid() == 0:
        os.chown(data, 65534, 65534)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 65533)
    finding = codes(data)["check-folder-of-another"]
    assert finding.state == "fail"
    assert f"chown -R {finding.data['me']} {data}" in finding.words("en")


def test_a_folder_and_a_secret_that_are_open(data):
    (data / "secret-key").write_text("s")
    (data / "secret-key").chmod(0o644)
    data.chmod(0o755)
    assert set(codes(data)) == {"check-folder-open", "check-secret-open"}


@pytest.fixture
def migrations(data):
    """`migrations(query)` changes the committed list of migrations, which is put right after."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        before = connection.execute("SELECT app, name, applied FROM django_migrations").fetchall()
        yield connection.execute
        connection.execute("TRUNCATE django_migrations")
        for row in before:
            insert = "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)"
            connection.execute(insert, row)


def test_missing_migrations(data, migrations):
    migrations("DELETE FROM django_migrations WHERE app = 'operations' AND name = '0001_events'")
    finding = codes(data)["check-migrations-missing"]
    assert finding.data["found"] == ["operations.0001_events"]
    assert "kefen serve" in finding.words("en")
    with pytest.raises(ProcessError, match="check-migrations-missing"):
        refuse_others(os.environ["DATABASE_URL"])


def test_data_of_a_newer_kefen(data, migrations):
    migrations(
        "INSERT INTO django_migrations (app, name, applied)"
        " VALUES ('grading', '9999_from_the_future', now())"
    )
    finding = codes(data)["check-data-newer"]
    assert (finding.state, finding.data["count"]) == ("fail", 1)
    assert "9999_from_the_future" in finding.words("zh")


def test_a_lock_and_a_server_that_were_left(data, monkeypatch):
    ended = subprocess.Popen(["true"])
    ended.wait()
    (data / "serve.lock").write_text(json.dumps({"pid": ended.pid, "address": "http://x/"}))
    monkeypatch.delenv("DATABASE_URL")
    server = Embedded(data, settings=UNSAFE_AND_FAST)
    server.start()
    server.process.kill()
    server.process.wait()
    try:
        assert set(codes(data)) == {"check-lock-stale", "check-pid-stale"}
        assert codes(data).keys() == {"check-lock-stale"}
    finally:
        server.remove()


def test_a_server_that_ended_with_an_error_was_not_killed(tmp_path):
    with suppress(ProcessError), sole_supervisor(tmp_path) as note:
        write_note(note, "http://x/")
        raise ProcessError("database-unreachable")
    assert [one.code for one in serving(tmp_path)[1]] == ["check-server-none"]


def test_what_was_left_behind(data):
    old = time.time() - 2 * DAY
    left = ["runs/abc-20250101-v1-0", "ledger/staging/import-1", "postgres/cluster.new"]
    for name in left:
        (data / name).mkdir(parents=True)
        (data / name / "part.parquet").write_text("x" * 1000)
    (data / "backups" / ".kefen-backup-1-a.part").write_text("x")
    for path in [*(data / name for name in left), data / "backups" / ".kefen-backup-1-a.part"]:
        os.utime(path, (old, old))
    found = codes(data)
    kinds = ("runs", "staging", "cluster", "drafts")
    assert set(found) == {f"check-{kind}-left" for kind in kinds}
    assert {one.state for one in found.values()} == {"warn"}
    assert found["check-staging-left"].data["found"] == ["import-1"]


def test_files_of_past_versions(data):
    orphan = data / "ledger" / "facts" / "orders" / "part-orphan.parquet"
    orphan.write_text("x" * 1000)
    os.utime(orphan, (0, 0))
    finding = codes(data)["check-versions-left"]
    assert finding.data["count"] == 1
    assert "kefen vacuum" in finding.words("en")


def test_a_disk_that_is_nearly_full(data, tmp_path, monkeypatch):
    """On a real small disk where this user may mount one, else as the system would tell of it."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", mounted],
        check=False,
        capture_output=True,
    )
    try:
        if made.returncode == 0:
            subprocess.run(["cp", "-a", f"{data}/.", mounted], check=True)
            mounted.chmod(0o700)
            finding = codes(mounted)["check-disk-full"]
        else:
            usage = type("Usage", (), {"free": 7_000_000, "total": 8_000_000})
            monkeypatch.setattr(space.shutil, "disk_usage", lambda _folder: usage)
            finding = codes(data)["check-disk-full"]
    finally:
        if made.returncode == 0:
            subprocess.run(["umount", mounted], check=True)
    assert finding.state == "fail"
    assert "MB free" in finding.words("en")


@pytest.mark.parametrize(("days", "state"), [(1, None), (3, "warn"), (8, "fail")])
def test_backups_that_are_too_old(data, days, state):
    then = time.time() - days * DAY - 60
    os.utime(data / "backups" / "kefen-20250101-030000-daily.zip", (then, then))
    found = codes(data)
    assert found.keys() == ({"check-backup-old"} if state else set())
    assert not state or found["check-backup-old"].state == state


def test_a_database_that_does_not_answer(data, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:secret@127.0.0.1:1/kefen")
    finding = codes(data)["database-unreachable"]
    assert finding.state == "fail"
    assert "secret" not in finding.words("en")


def test_changes_that_an_app_cannot_handle(data, monkeypatch):
    failing = Undelivered("holdings.work", 13, 900.0, 12, 700.0, ("ValueError",))
    monkeypatch.setattr(queue_checks, "undelivered", lambda _cursor: [failing])
    found = codes(data)["check-events-failing"]
    assert found.data["count"] == 12
    assert "holdings.work" in found.words("zh")


def test_clocks_that_disagree(data, monkeypatch):
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 5)
    assert codes(data)["check-time-skew"].data["seconds"][0] in "45"


def test_a_ledger_that_is_damaged(data):
    for file in (data / "ledger" / "versions").glob("*.json"):
        file.unlink()
    assert codes(data)["check-ledger-broken"].state == "fail"


def test_a_ledger_that_is_gone(data, monkeypatch):
    monkeypatch.setattr(database, "graded_version", lambda _url: 1)
    assert codes(data) == {}
    (data / "ledger").rename(data.parent / "away")
    finding = codes(data)["check-ledger-behind"]
    assert (finding.state, finding.data["version"], finding.data["graded"]) == ("fail", 0, 1)


def test_everything_found_has_its_sentence():
    named = {
        code
        for path in SOURCES.rglob("*.py")
        for code in re.findall(r'"(check-[a-z-]+)"', path.read_text())
    }
    assert named
    assert named - catalogue().keys() == set()
