"""BI programs read views and files, and nothing else."""

import re
import socket
from pathlib import Path

import polars as pl
import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from grading import run_now
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from kefen.cli import app
from kefen_crm.customers.actions import archive
from kefen_crm.customers.models import Customer
from kefen_crm.grading.actions import set_override
from kefen_crm.grading.models import Scheme
from kefen_crm.integrations import parquet, schema
from kefen_crm.integrations.tasks import write_classes
from kefen_crm.integrations.views import VIEWS
from kefen_crm.platform.queue import state
from kefen_crm.platform.registry import declared
from kefen_crm.process import bi
from kefen_crm.process.address import free_port
from kefen_crm.process.errors import ProcessError
from kefen_crm.process.postgres import UNSAFE_AND_FAST, Embedded

DOC = (Path(__file__).parents[2] / "docs" / "bi.md").read_text(encoding="utf-8")


def read(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_every_column_is_described_in_the_database_and_in_the_docs(db):
    schema.refresh()
    for view in declared("sql_views"):
        described = f"""SELECT attname, col_description(attrelid, attnum) FROM pg_attribute
            WHERE attrelid = 'bi."{view.name}"'::regclass AND attnum > 0 ORDER BY attnum"""
        found = read(described)
        assert {one["attname"]: one["col_description"] for one in found} == dict(view.columns)
        part = DOC.partition(f"### `bi.{view.name}`")[2].partition("\n### ")[0]
        listed = re.findall(r"`(\w+)`", part.partition("\n\n## ")[0])
        assert [name for name in view.columns if name not in listed] == [], view.name
    assert not schema.refresh()


def test_the_parquet_columns_are_documented():
    part = DOC.partition("## Files")[2]
    assert [name for name in parquet.SCHEMA if f"`{name}`" not in part] == []


def test_the_views_tell_what_the_site_shows(graded, alice):
    schema.refresh()
    third = Customer.objects.get(code="C3")
    set_override(alice, third, Scheme.objects.get(name="abc"), "A", "signed a contract")
    classes = read("SELECT * FROM bi.classes WHERE scheme = 'abc' ORDER BY customer")
    assert [(one["customer"], one["class"], one["class_state"]) for one in classes] == [
        ("C1", "A", "rated"),
        ("C2", "B", "rated"),
        ("C3", "A", "rated"),
        ("C4", None, "unrated"),
        ("C5", "C", "rated"),
    ]
    assert (classes[2]["computed_class"], classes[2]["held_by"]) == ("C", "override")
    [first] = read("SELECT * FROM bi.customers WHERE customer = 'C1'")
    assert (first["owner"], first["sales"]) == ("Carol 张", 8000)
    titles = read("SELECT class FROM bi.scheme_classes WHERE scheme = 'abc' ORDER BY position")
    assert [one["class"] for one in titles] == ["A", "B", "C"]
    assert {one["run_id"] for one in read("SELECT * FROM bi.schemes WHERE scheme = 'abc'")} == {
        graded["abc"].pk
    }
    [best] = read(f"SELECT * FROM bi.run_classes WHERE run_id = {graded['abc'].pk} AND class = 'A'")
    assert (best["customers"], best["value"]) == (1, 8000)
    assert read("SELECT by FROM bi.overrides") == [{"by": "Alice 王"}]
    assert len(read("SELECT * FROM bi.runs")) == 2


@pytest.mark.django_db(transaction=True)
def test_the_history_of_classes_is_kept(graded, alice):
    schema.refresh()
    third, abc = Customer.objects.get(code="C3"), Scheme.objects.get(name="abc")
    set_override(alice, third, abc, "A", "signed a contract")
    query = "SELECT * FROM bi.classes_history WHERE customer = 'C3' AND scheme = 'abc'"
    past, now = read(f"{query} ORDER BY since")
    assert [past["class"], now["class"]] == ["C", "A"]
    assert past["since"] < past["until"] == now["since"]
    assert now["until"] is None
    run_now("abc")  # changes nothing
    assert len(read(query)) == 2
    archive(alice, third)
    assert read(query) == []


def test_the_file_of_a_scheme_follows_its_classes(graded, alice):
    abc = Scheme.objects.get(name="abc")
    write_classes(abc.pk)
    path = parquet.folder() / "abc.parquet"
    rows = pl.read_parquet(path)
    assert dict(rows.schema) == parquet.SCHEMA
    assert rows["customer"].to_list() == ["C1", "C2", "C3", "C4", "C5"]
    assert rows["class"].to_list() == ["A", "B", "C", None, "C"]
    assert rows["name"].to_list()[4] == "=1+1"
    assert rows["since"].max() <= timezone.now()
    third = Customer.objects.get(code="C3")
    set_override(alice, third, abc, "A", "signed a contract")
    assert state(parquet.WRITE, scheme=abc.pk) == "todo"
    write_classes(abc.pk)
    assert pl.read_parquet(path)["class"].to_list() == ["A", "B", "A", None, "C"]
    (parquet.folder() / "gone.parquet").write_bytes(b"")
    write_classes(abc.pk)
    assert [one.name for one in parquet.folder().iterdir()] == ["abc.parquet"]


@pytest.fixture
def served(tmp_path):
    """A server of its own that listens for BI programs, with two tables of the site."""
    port = free_port(bi.HOST, 0)
    bi.listen(tmp_path, bi.Listening(port=port))
    server = Embedded(tmp_path, settings=UNSAFE_AND_FAST)
    with psycopg.connect(server.start()) as site:
        site.execute("CREATE TABLE secret AS SELECT 1 AS x")
        site.execute("CREATE SCHEMA bi")
        site.execute("CREATE VIEW bi.classes AS SELECT x FROM secret")
    yield server, port
    server.remove()


def test_the_role_reads_the_views_over_the_network_and_nothing_else(served):
    server, port = served
    password = bi.allow(server.admin_url)
    address = make_conninfo(host=bi.HOST, port=port, dbname="kefen", user=bi.ROLE)
    with psycopg.connect(address, password=password, autocommit=True) as reader:
        assert reader.execute("SELECT x FROM classes").fetchone() == (1,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("CREATE TEMPORARY TABLE more (x int)")
        reader.execute("SET default_transaction_read_only = off")
        for command in (
            "SELECT * FROM public.secret",
            "CREATE TEMPORARY TABLE more (x int)",
            "CREATE TABLE bi.more (x int)",
            "CREATE TABLE public.more (x int)",
            "INSERT INTO bi.classes VALUES (2)",
            "SELECT pg_read_file('PG_VERSION')",
            "ALTER ROLE kefen_bi CREATEROLE",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(command)
    for user, word in ((bi.ROLE, "guess"), ("kefen", password), ("kefen_admin", password)):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(make_conninfo(address, user=user), password=word)
    again = bi.allow(server.admin_url)
    assert again != password
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address, password=password)
    bi.withdraw(server.admin_url)
    bi.withdraw(server.admin_url)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address, password=again)


def test_a_role_that_cannot_be_made_is_told_with_what_to_run(served):
    server, _port = served
    with pytest.raises(ProcessError) as refused:
        bi.allow(server.url)
    assert refused.value.code == "bi-no-right"
    assert 'GRANT SELECT ON ALL TABLES IN SCHEMA "bi"' in refused.value.data["commands"]


def test_switched_off_it_listens_on_its_socket_only(served):
    server, port = served
    assert f"port={port}" in server.url
    bi.listen(server.data, None)
    still = Embedded(server.data, settings=UNSAFE_AND_FAST)
    assert still.url == server.url  # it runs as it was started
    server.stop()
    with still, psycopg.connect(still.url) as site:
        assert site.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_port_that_is_taken_is_told(served, tmp_path_factory):
    _server, port = served
    data = tmp_path_factory.mktemp("other")
    bi.listen(data, bi.Listening(port=port))
    other = Embedded(data, settings=UNSAFE_AND_FAST)
    with pytest.raises(ProcessError) as refused:
        other.start()
    assert refused.value.code == "bi-port-not-free"
    other.remove()


def test_an_address_that_cannot_be_listened_at_is_refused_and_changed(served, monkeypatch):
    server, port = served
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def shell(*command):
        return CliRunner().invoke(app, ["bi", *command, "--data", str(server.data)])

    with socket.create_server((bi.HOST, 0)) as taken:
        number = taken.getsockname()[1]
        refused = shell("on", "--port", str(number))
        assert refused.exit_code == 1
        assert bi.listening(server.data).port == port
        server.stop()
        bi.listen(server.data, bi.Listening(port=number))  # another program took it meanwhile
        for command in ("password", "off"):
            assert shell(command).exit_code == 0
        assert bi.listening(server.data) is None
        (server.data / bi.FILE).write_text("nonsense")
        assert shell("on", "--port", str(port)).exit_code == 0
    assert bi.listening(server.data).port == port


def test_names_of_views_last():
    assert {view.name for view in VIEWS} >= {
        *("customers", "classes", "classes_history", "schemes", "runs"),
    }
