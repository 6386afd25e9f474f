"""Old runs are removed by a rule, and none that somebody needs or has open."""

from datetime import timedelta

import polars as pl
import pytest
from typer.testing import CliRunner

import kefen
from kefen.cli import app
from kefen.run import prune_runs
from kefen.run.retention import note_compared

ORDERS = [
    {"order_id": str(n), "customer_id": f"C{n % 3}", "ordered_on": "2025-01-03", "amount": str(n)}
    for n in range(1, 7)
]
NOW = timedelta(0)


@pytest.fixture
def ledger(tmp_path):
    with kefen.open(tmp_path) as opened:
        opened.load(pl.DataFrame(ORDERS), kind="orders")
        yield opened


def graded(ledger, times, scheme="abc"):
    return [kefen.grade(ledger, scheme, "2025-02-01").id for _ in range(times)]


def there(ledger):
    return {run.id for run in kefen.runs(ledger)}


def test_the_last_of_each_scheme_stay(ledger):
    abc, rfm = graded(ledger, 4), graded(ledger, 1, "rfm")
    assert prune_runs(ledger, 2).runs == []  # all are of today
    done = prune_runs(ledger, 2, younger=NOW)
    assert done.runs == abc[:2]
    assert done.bytes > 0
    assert there(ledger) == {*abc[2:], *rfm}
    assert prune_runs(ledger, 2, younger=NOW).runs == []


def test_what_is_needed_compared_or_open_stays(ledger):
    needed, compared, opened, loose, last = graded(ledger, 5)
    note_compared(kefen.open_run(ledger, compared).folder)
    held = kefen.open_run(ledger, opened)
    assert prune_runs(ledger, 1, {needed}, younger=NOW).runs == [loose]
    assert held.classes.to_polars().height == 3
    del held
    assert prune_runs(ledger, 1, {needed}, younger=NOW).runs == [opened]
    assert there(ledger) == {needed, compared, last}


def test_the_setting_says_how_many(ledger):
    graded(ledger, 3)
    said = CliRunner().invoke(app, ["settings", "--runs-kept", "1", "--data", str(ledger.path)])
    assert said.exit_code == 0
    assert len(prune_runs(ledger, younger=NOW).runs) == 2
    wrong = CliRunner().invoke(app, ["settings", "--runs-kept", "0", "--data", str(ledger.path)])
    assert wrong.exit_code == 1


def test_the_shell_tells_what_it_removed(ledger):
    graded(ledger, 1)
    told = CliRunner().invoke(app, ["vacuum", "--runs", "--data", str(ledger.path), "--lang", "en"])
    assert "0 saved runs removed" in told.output
