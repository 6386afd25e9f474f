"""An erasure on a real data directory with Kefen's own database: a search of every byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import psycopg
import pytest

import kefen
from kefen_crm.process.postgres import Embedded

KEFEN = str(Path(sys.executable).with_name("kefen"))
CODE, NAME, PHONE, EMAIL = "KH-882303", "林晓燕", "13800138003", "lin.xiaoyan@example.com"
TRACES = [text.encode() for text in (CODE, NAME, PHONE, EMAIL)]
PREPARE = """
import sys, django
from kefen_crm.process.admin import site_environment
with site_environment(sys.argv[1]):
    django.setup()
    from django.core.management import call_command
    call_command("prepare", verbosity=0)
    from kefen_crm.customers.models import Customer
    from kefen_crm.customers.actions import synchronise
    from kefen_crm.gateway.ledger import opened
    from kefen_crm.grading import actions
    from kefen_crm.grading.models import Scheme
    from kefen_crm.team.models import User
    from django.core.cache import cache
    import datetime
    with opened() as ledger:
        synchronise(ledger, datetime.date(2026, 1, 1))
    one = Customer.objects.get(code="KH-882303")
    one.note = "called 林晓燕"
    one.save()
    cache.set("x", ["林晓燕"])
"""


def kefen_command(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    return subprocess.run(
        [KEFEN, *words, "--data", str(data), "--lang", "en"],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    with kefen.open(folder) as ledger:
        ledger.load(
            pl.DataFrame(
                {
                    "customer_id": [CODE, "KH-882304"],
                    "name": [NAME, "大华机电"],
                    "phone": [PHONE, ""],
                    "email": [EMAIL, ""],
                }
            ),
            "customers",
        )
        ledger.load(
            pl.DataFrame(
                {
                    "order_id": ["O1", "O2"],
                    "customer_id": [CODE, "KH-882304"],
                    "ordered_on": ["2025-03-01"] * 2,
                    "amount": ["700", "300"],
                }
            ),
            "orders",
        )
        kefen.grade(ledger, "abc", "2026-01-01")
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    subprocess.run(
        [sys.executable, "-c", PREPARE, str(folder)], check=True, env=environment, timeout=300
    )
    return folder


def holding(*folders: Path) -> list[str]:
    """The files that hold a trace in their bytes."""
    return [
        str(path)
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "/backups/kefen-" not in str(path)
        if any(trace in path.read_bytes() for trace in TRACES)
    ]


def test_no_byte_of_the_data_or_the_database_tells_of_the_customer(data: Path, tmp_path: Path):
    backup = kefen_command(data, "backup")
    assert backup.returncode == 0, backup.stderr
    cluster = Embedded(data).home.folder
    assert holding(data, cluster)
    refused = kefen_command(data, "erase", CODE, "--reason", "asked", "--confirm", "KH")
    assert (refused.returncode, "KH-882303" in refused.stderr) == (1, True)
    told = kefen_command(data, "disclose", CODE, "-o", str(tmp_path / "told.zip"))
    assert told.returncode == 0, told.stderr
    done = kefen_command(data, "erase", CODE, "--reason", "asked", "--confirm", CODE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 backup holds it" in done.stdout
    assert "Searching everything for what is left" in done.stderr
    assert holding(data, cluster) == []
    with Embedded(data) as server, psycopg.connect(server.url) as connection:
        rows = connection.execute("SELECT code, name, phone FROM customers_customer ORDER BY 1")
        found = rows.fetchall()
    assert found[0] == ("KH-882304", "大华机电", "")
    key = found[1][0]
    assert found[1] == (key, key, "")
    [file] = (data / "backups").glob("kefen-*.zip")
    restored = tmp_path / "restored"
    brought = kefen_command(restored, "restore", str(file))
    assert brought.returncode == 0, brought.stdout + brought.stderr
    assert holding(restored, Embedded(restored).home.folder) == []
    with kefen.open(restored) as ledger:
        assert key in set(ledger.table("customers").to_polars()["customer_id"])
    Embedded(restored).remove()
    Embedded(data).remove()
