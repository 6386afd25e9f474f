"""A site's database in a backup: out of one PostgreSQL, into another, killed or not; and whose
database is whose."""

import os
import subprocess
import sys
import uuid

import polars as pl
import psycopg
import pytest
from psycopg import sql

import kefen
from kefen.backup import Backup
from kefen.errors import LedgerError
from kefen_crm.customer_files import actions as customer_files
from kefen_crm.customers.models import Customer
from kefen_crm.platform.database import database_url
from kefen_crm.process import belonging
from kefen_crm.process.backups import back_up, back_up_site
from kefen_crm.process.doctor import database
from kefen_crm.process.errors import ProcessError
from kefen_crm.process.ledger_checks import ledger_finding, refuse_lost_ledger
from kefen_crm.process.postgres import UNSAFE_AND_FAST, Embedded

RESTORE = """
import os, signal, sys
from pathlib import Path
from kefen.backup import Backup
from kefen_crm.process import belonging, copying
from kefen_crm.process.backups import bring_back

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

file, data, point = sys.argv[1:]
if point == "filling":
    copying.set_sequences = die
elif point == "filled":
    belonging.keep = die
bring_back(Backup(Path(file)), Path(data))
"""

OLDER = """
import sys
from pathlib import Path
import django
from kefen_crm.platform.database import database_url
from kefen_crm.process.backups import back_up_site

django.setup()
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from kefen_crm.process.copying import migrate

leaf = ("integrations", max(name for app, name in
    MigrationExecutor(connection).loader.graph.nodes if app == "integrations"))
migrate([one for one in MigrationExecutor(connection).loader.graph.nodes if one != leaf])
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO integrations_deletion (kind, code, scheme, at)"
        " VALUES ('customers', 'C9', '', now())")
print(back_up_site(Path(sys.argv[1]), database_url(), "asked").path)
print(".".join(leaf))
"""
"""Makes a database one migration behind, with a row in the table that the migration alters."""


@pytest.fixture
def new_database(database_server):
    """Makes empty databases on the server of the tests; they go with the test."""
    made = []

    def make():
        name = f"kefen_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(database_server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        made.append(name)
        return psycopg.conninfo.make_conninfo(database_server, dbname=name)

    yield make
    with psycopg.connect(database_server, autocommit=True) as connection:
        for name in made:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(drop)


def ask(url, question):
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchall()


def restore(file, data, url, point=""):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KEFEN_")}
    command = [sys.executable, "-c", RESTORE, str(file), str(data), point]
    return subprocess.run(
        command,
        env=environment | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db(transaction=True)
def test_a_database_comes_back_elsewhere_killed_twice_on_the_way(
    ledger, alice, bob, new_database, tmp_path, settings
):
    settings.MEDIA_ROOT = ledger.path / "uploads"
    alice.first_name = "Alice\t王\\N\n"
    alice.save()
    customer = Customer.objects.create(code="C1", name="明达", search="mingda")
    paper = customer_files.add(alice, customer, "offer.txt", b"What it costs")
    file = back_up_site(ledger.path, database_url(), "asked").path
    people = "SELECT id, username, first_name, password FROM team_user ORDER BY id"
    before = ask(database_url(), people)
    url, data = new_database(), tmp_path / "new"
    for point in ("filling", "filled"):
        assert restore(file, data, url, point).returncode == -9
        with pytest.raises(LedgerError, match="restore-unfinished"):
            type(ledger)(data)
    assert restore(file, data, url).stderr == ""
    assert ask(url, people) == before
    assert ask(url, "SELECT found_by FROM customers_searched") == [("mingda",)]
    assert ask(url, "SELECT path FROM customer_files_customerfile") == [(paper.path,)]
    assert (data / "uploads" / paper.path).read_bytes() == b"What it costs"
    assert ask(url, "SELECT nextval('team_user_id_seq')")[0][0] > max(row[0] for row in before)
    again = restore(file, tmp_path / "other", url)
    assert "restore-database-not-empty" in again.stderr
    with Backup(file) as backup:
        told = backup.manifest["database"]["tables"]["team_user"]
    assert told["rows"] == len(before) == 2
    belonging.claim(data, url, own=False)


def program(script, *arguments, **variables):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KEFEN_")}
    environment.pop("DATABASE_URL", None)
    environment |= {"DJANGO_SETTINGS_MODULE": "kefen_crm.site.settings", **variables}
    command = [sys.executable, *script, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_an_older_backup_of_an_outside_database_comes_into_kefens_own(
    ledger, new_database, tmp_path
):
    ledger.change_settings(company="Ming")
    old, data = new_database(), tmp_path / "new"
    variables = {"KEFEN_DATA": str(ledger.path), "DATABASE_URL": old}
    file, leaf = program(["-c", OLDER], ledger.path, **variables)
    server = Embedded(data, settings=UNSAFE_AND_FAST)
    try:
        program(["-c", RESTORE], file, data, "")
        url = server.start()
        assert ask(url, "SELECT code FROM integrations_deletion") == [("C9",)]
        applied = "SELECT app || '.' || name FROM django_migrations"
        assert (leaf,) not in ask(url, applied)
        variables = {"KEFEN_DATA": str(data), "DATABASE_URL": url}
        program(["-m", "django", "migrate"], **variables)
        assert (leaf,) in ask(url, applied)
        assert ask(url, "SELECT code FROM integrations_deletion") == [("C9",)]
    finally:
        server.remove()
    assert type(ledger)(data).settings.company == "Ming"


def test_new_ones_are_paired_and_known_again(new_database, tmp_path):
    url, data = new_database(), tmp_path / "data"
    data.mkdir()
    belonging.claim(data, url, own=False)
    note = belonging.read(data)
    belonging.claim(data, url, own=False)
    assert belonging.read(data) == note
    moved = data.rename(tmp_path / "moved")
    belonging.claim(moved, url, own=False)


def test_a_pairing_that_was_cut_short_goes_on(new_database, tmp_path, monkeypatch):
    url = new_database()

    def cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(belonging, "_record", cut)
        with pytest.raises(KeyboardInterrupt):
            belonging.claim(tmp_path, url, own=False)
    belonging.claim(tmp_path, url, own=False)
    assert belonging.read(tmp_path)["paired"]


def test_a_directory_without_its_database_says_so(new_database, tmp_path):
    belonging.claim(tmp_path, new_database(), own=False)
    with pytest.raises(ProcessError, match="database-missing"):
        belonging.claim(tmp_path, new_database(), own=False)
    other = new_database()
    ask_nothing = psycopg.connect(other, autocommit=True)
    with ask_nothing as connection:
        connection.execute("CREATE TABLE django_migrations (id int)")
    with pytest.raises(ProcessError, match="database-of-another-data"):
        belonging.claim(tmp_path, other, own=False)


def test_a_database_without_its_facts_says_so(new_database, tmp_path):
    url = new_database()
    refuse_lost_ledger(tmp_path, url)  # a new one knows of none
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE grading_run (ledger_version int, status text)")
        connection.execute("INSERT INTO grading_run VALUES (7, 'finished'), (9, 'failed')")
    with pytest.raises(ProcessError, match="ledger-missing") as told:
        refuse_lost_ledger(tmp_path, url)
    assert told.value.data == {"path": str(tmp_path / "ledger"), "graded": 7}
    with kefen.open(tmp_path) as ledger:
        ledger.load(pl.DataFrame({"customer": ["C"], "date": ["2025-01-03"], "amount": [1]}))
    refuse_lost_ledger(tmp_path, url)
    assert ledger_finding(tmp_path, 7).code == "check-ledger-behind"
    assert ledger_finding(tmp_path, 1).code == "check-ledger-ok"


def test_no_command_passes_over_a_database_that_is_elsewhere(new_database, tmp_path, monkeypatch):
    data, url, file = tmp_path / "data", new_database(), tmp_path / "b.zip"
    data.mkdir()
    belonging.claim(data, url, own=False)
    monkeypatch.setenv("DATABASE_URL", new_database())
    with pytest.raises(ProcessError, match="database-missing"):
        back_up(data, file)
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(ProcessError, match="database-elsewhere") as told:
        back_up(data, file)
    assert told.value.data["before"] == belonging.address(url)
    with pytest.raises(ProcessError, match="database-elsewhere"):
        Embedded(data).start()
    found, _graded = database.examine(data, None)
    assert [one.code for one in found] == ["database-elsewhere"]
    assert not file.exists()


def test_a_database_with_another_directory_says_whose_it_is(new_database, tmp_path):
    one, two, url = tmp_path / "one", tmp_path / "two", new_database()
    one.mkdir()
    two.mkdir()
    belonging.claim(one, url, own=False)
    with pytest.raises(ProcessError, match="data-of-another-database") as told:
        belonging.claim(two, url, own=False)
    assert told.value.data["before"] == str(one)
    (one / belonging.FILE).unlink()
    with pytest.raises(ProcessError, match="data-directory-emptied"):
        belonging.claim(one, url, own=False)
    belonging.claim(two, new_database(), own=False)
    with pytest.raises(ProcessError, match="database-of-another-data"):
        belonging.claim(two, url, own=False)


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path):
    url = "postgresql://ann:secret@127.0.0.1:1/kefen"
    with pytest.raises(ProcessError, match="database-unreachable") as told:
        belonging.claim(tmp_path, url, own=False)
    assert "secret" not in str(told.value)
