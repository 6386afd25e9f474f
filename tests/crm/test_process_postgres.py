"""Kefen's own PostgreSQL: made on first use, alone on its socket, gone with its starter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from kefen.wording import describe
from kefen_crm.process import belonging, roles
from kefen_crm.process.doctor.database import examine
from kefen_crm.process.errors import ProcessError, folder_errors
from kefen_crm.process.postgres import UNSAFE_AND_FAST, Embedded
from kefen_crm.process.program import SOCKET_BYTES, SOCKET_NAME, socket_folder

STARTER = """
import os, sys
from kefen_crm.process.postgres import UNSAFE_AND_FAST, Embedded
server = Embedded(sys.argv[1], settings=UNSAFE_AND_FAST)
server.start()
print(server.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data(tmp_path):
    return tmp_path / "数据 with spaces"


@pytest.fixture
def server(data):
    server = Embedded(data, settings=UNSAFE_AND_FAST)
    yield server
    server.remove()


def ask(url, question):
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()[0]


def test_a_new_folder_gets_a_database_that_outlives_a_restart(server):
    url = server.start()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '客分' AS word")
    server.stop()
    assert not server.is_running()

    assert server.start() == url
    assert ask(url, "SELECT word FROM kept") == "客分"
    assert ask(url, "SHOW server_encoding") == "UTF8"


def test_it_listens_on_its_private_socket_only(server):
    url = server.start()
    assert ask(url, "SHOW listen_addresses") == ""
    assert server.home.socket.stat().st_mode & 0o077 == 0
    assert psutil.Process(server.process.pid).net_connections("inet") == []


def test_it_lets_in_no_other_role(server):
    url = server.start().replace("//kefen@", "//postgres@")
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        psycopg.connect(url)


def test_the_site_is_an_ordinary_owner(server):
    url = server.start()
    attributes = "rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
    assert ask(url, f"SELECT {attributes} FROM pg_roles WHERE rolname = current_user") is False
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE own (x int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT pg_read_file('PG_VERSION')")
    assert ask(server.admin_url, "SELECT pg_read_file('PG_VERSION')").strip() == "18"


OLDER = """
    CREATE TABLE person (id bigserial PRIMARY KEY, name text);
    INSERT INTO person (name) VALUES ('王芳');
    CREATE VIEW people AS SELECT * FROM person;
    CREATE TYPE state AS ENUM ('todo', 'done');
    CREATE EXTENSION vector;
    CREATE FUNCTION twice(number int) RETURNS int LANGUAGE sql AS 'SELECT 2 * number';
    CREATE SCHEMA bi;
    CREATE TABLE bi.classes (state state);
"""


def make_as_superuser(connect, database):
    with connect("kefen", "postgres") as connection:
        connection.execute(f"CREATE DATABASE {database}")


@pytest.fixture
def older(server, monkeypatch):
    """A cluster whose site was its superuser, with every sort of thing in its database."""
    with monkeypatch.context() as before:
        before.setattr(roles, "ADMIN", "kefen")
        before.setattr(roles, "prepare", make_as_superuser)
        with psycopg.connect(server.start()) as connection:
            connection.execute(OLDER)
    server.stop()
    return server


def test_an_older_cluster_is_brought_over_with_all_that_is_in_it(older):
    url = older.start()
    assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert ask(url, "SELECT count(*) FROM pg_roles WHERE rolname = 'kefen_upgrade'") == 0
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO person (name) VALUES ('Ann')")
        connection.execute("ALTER TABLE person DISABLE TRIGGER USER")
        connection.execute("ALTER TYPE state ADD VALUE 'failed'")
        connection.execute("ALTER VIEW people RENAME TO everybody")
        connection.execute("DROP FUNCTION twice(int)")
        connection.execute("DROP TABLE bi.classes")
        connection.execute("ALTER SEQUENCE person_id_seq RESTART WITH 9")
        connection.execute("DROP SCHEMA bi")
    assert ask(url, "SELECT string_agg(name, ' ' ORDER BY id) FROM everybody") == "王芳 Ann"


def test_bringing_over_that_was_cut_short_is_done_at_the_next_start(older, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(roles, "_give", lambda _connection: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            older.start()
    older.stop()
    assert (
        ask(older.start(), "SELECT tableowner FROM pg_tables WHERE tablename = 'person'") == "kefen"
    )


def test_a_running_server_is_reused_and_left_running(server, data):
    url = server.start()
    other = Embedded(data, settings=UNSAFE_AND_FAST)
    assert other.start() == url
    other.stop()
    assert server.is_running()
    assert ask(url, "SELECT 1") == 1


def test_a_killed_server_starts_again(server):
    server.start()
    server.process.kill()
    server.process.wait()
    assert ask(server.start(), "SELECT 1") == 1


def test_a_note_left_by_a_killed_server_is_not_taken_for_a_server(server):
    server.start()
    server.stop()
    # After a power cut the number in the note may belong to anything; here to this very process.
    note = server.home.cluster / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{server.home.cluster}\n1\n5432\n\n\n\nready\n")
    if server.home.user:
        os.chown(note, *server.home.user)
    assert ask(server.start(), "SELECT 1") == 1


def test_it_ends_when_its_starter_is_killed(server, data):
    server.start()
    server.stop()
    command = [sys.executable, "-c", STARTER, str(data)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as starter:
        running = psutil.Process(int(starter.stdout.readline()))
        starter.kill()
        assert running.wait(10) is None or not running.is_running()
    assert ask(server.start(), "SELECT 1") == 1


def test_the_database_stays_with_a_folder_that_is_moved(server, data):
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    server.stop()
    moved = data.rename(data.with_name("moved"))
    for _start in range(2):
        with Embedded(moved, settings=UNSAFE_AND_FAST) as again:
            assert ask(again.url, "SELECT number FROM kept") == 7
    moved.rename(data)


def test_nothing_is_made_where_a_lost_database_is_to_be_brought_back(server, data, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    belonging.claim(data, server.start(), own=True)
    server.stop()
    away = server.home.folder.rename(data.with_name("away"))
    with pytest.raises(ProcessError, match="database-missing"):
        Embedded(data).start()
    assert [one.code for one in examine(data, None)[0]] == ["database-missing"]
    assert not server.home.folder.exists()
    away.rename(server.home.folder)
    server.start()


def test_a_database_of_another_version_is_refused(server):
    server.start()
    server.stop()
    (server.home.cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(ProcessError) as caught:
        server.start()
    assert caught.value.code == "database-version"
    assert "PostgreSQL 15" in describe(caught.value)


def test_a_server_that_cannot_start_tells_its_last_words(server):
    server.start()
    server.stop()
    (server.home.cluster / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ProcessError) as caught:
        server.start()
    assert caught.value.code == "database-failed"
    assert "no_such_setting" in describe(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ProcessError) as caught:
        Embedded(tmp_path / "file" / "data").start()
    assert caught.value.code == "folder-not-writable"
    assert str(tmp_path / "file") in describe(caught.value)


def test_a_full_disk_is_told_as_such(tmp_path):
    with pytest.raises(ProcessError) as caught, folder_errors(tmp_path):
        Path("/dev/full").write_text("x")
    assert caught.value.code == "disk-full"


@pytest.fixture
def small_disk(server):
    """The server's folder on a real disk of 150 MB, which only root may make."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    folder = server.home.folder
    server.start()
    server.stop()
    before = folder.with_name(f"{folder.name}.before")
    shutil.copytree(folder, before, symlinks=True)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", folder], check=False)
    if made.returncode:
        shutil.rmtree(before)
        pytest.skip("this machine does not let root mount a disk")
    subprocess.run(["cp", "-a", f"{before}/.", folder], check=True)
    subprocess.run(["chown", "-R", "{}:{}".format(*server.home.user), folder], check=True)
    shutil.rmtree(before)
    yield folder
    server.stop()
    subprocess.run(["umount", folder], check=True)


def fill(file):
    with file.open("wb", buffering=0) as out:
        while True:
            out.write(bytes(1 << 20))


def write_without_end(connection):
    """Until the server's own log has no room, which ends it."""
    while True:
        connection.execute("SELECT pg_logical_emit_message(false, '', repeat('x', 900000))")


def test_a_full_disk_is_told_in_a_sentence_and_passes(server, small_disk):
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '客分' AS word")
    filler = small_disk / "filler"
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute("SELECT 1")
        with pytest.raises(OSError, match="No space"):
            fill(filler)
        with pytest.raises(psycopg.OperationalError):
            write_without_end(connection)
    server.process.wait(60)
    server.process = None
    with pytest.raises(ProcessError) as caught:
        server.start()
    assert caught.value.code == "disk-full"
    filler.unlink()
    assert ask(server.start(), "SELECT word FROM kept") == "客分"


def test_a_long_path_gets_a_short_socket(tmp_path):
    deep = tmp_path / ("很长的目录名" * 10)
    assert socket_folder(tmp_path / "a") != socket_folder(deep)
    assert len(os.fsencode(socket_folder(deep) / SOCKET_NAME)) <= SOCKET_BYTES
