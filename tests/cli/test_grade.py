"""Classes through the shell: grade, explain, compare, runs, report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_grade_counts_each_class(company: Any) -> None:
    result = company("grade", "abc", "--as-of", "2026-01-01", "--json")
    assert result.exit_code == 0
    run = json.loads(result.stdout)
    counts = [(c["class"], c["customers"], c["value"]) for c in run["counts"]]
    assert counts == [("A", 1, "700.00"), ("B", 1, "200.00"), ("C", 2, "100.00")]
    assert run["as_of"] == "2026-01-01"


def test_grade_shows_the_abc_table(company: Any) -> None:
    lines = company("grade", "abc").stdout.splitlines()
    [first] = [line.split() for line in lines if line.split()[:1] == ["K1"]]
    assert first == ["K1", "明达", "1", "25.00%", "700.00", "700.00", "70.00%", "Class", "A"]


def test_grade_in_chinese(company: Any) -> None:
    result = company("grade", "abc", "--lang", "zh")
    assert "累计金额占比" in result.stdout
    assert "A 类客户" in result.stdout


def test_explain_says_what_is_missing(company: Any) -> None:
    result = company("explain", "abc", "K2")
    assert result.exit_code == 0
    assert result.stdout.startswith("Class B")
    assert "500" in result.stdout  # 200 bought, 700 is the bound of A


def test_explain_as_json(company: Any) -> None:
    told = json.loads(company("explain", "abc", "K2", "--json").stdout)
    assert (told["class"], told["next_class"]) == ("B", "A")


def test_explain_reuses_the_run_there_is(company: Any) -> None:
    company("grade", "abc")
    company("explain", "abc", "K1")
    assert len(json.loads(company("runs", "--json").stdout)) == 1


def test_explain_answers_for_the_day_that_was_graded(company: Any) -> None:
    """Before July 1 the 200 of K2 stand beside the 400 of K1, who is A."""
    company("grade", "abc", "--as-of", "2025-07-01")
    assert "to 2025-06-30" in company("explain", "abc", "K1").stdout
    assert "to 2025-12-31" in company("explain", "abc", "K1", "--as-of", "2026-01-01").stdout


def test_a_language_that_kefen_does_not_speak_is_refused(
    company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = company("runs", "--lang", "fr")
    assert (refused.exit_code, "--lang says fr" in refused.stderr) == (1, True)
    assert company("runs", "--lang", "zh-CN").exit_code == 0
    monkeypatch.setenv("KEFEN_LANG", "deutsch")
    assert "KEFEN_LANG" in company("runs").stderr


def test_a_day_before_all_time_is_named(company: Any) -> None:
    refused = company("grade", "abc", "--as-of", "0001-01-01")
    assert (refused.exit_code, "From 0001-01-01, the window 12m" in refused.stderr) == (1, True)


def test_compare_two_dates(company: Any) -> None:
    """Before July 1 only K1 (400 of 600) and K2 had bought: A is K1, and K2 the last class."""
    result = company(
        *("compare", "--scheme", "abc", "--from", "2025-07-01", "--to", "2026-01-01", "--json")
    )
    assert result.exit_code == 0
    moved = {row["customer_id"] for row in json.loads(result.stdout)["moved"]}
    assert moved == {"K2", "K3", "K4"}


def test_compare_two_runs_by_id(company: Any) -> None:
    ids = [
        json.loads(company("grade", "abc", "--as-of", day, "--json").stdout)["run"]
        for day in ("2025-07-01", "2026-01-01")
    ]
    result = company("compare", *ids)
    assert result.exit_code == 0
    assert "Customers by class before and after" in result.stdout


def test_compare_needs_two_sides(company: Any) -> None:
    result = company("compare", "--scheme", "abc")
    assert result.exit_code == 1
    assert "--from and --to" in result.stderr


def test_runs_are_listed_newest_first(company: Any) -> None:
    company("grade", "abc")
    company("grade", "pyramid")
    names = [run["scheme"] for run in json.loads(company("runs", "--json").stdout)]
    assert names == ["pyramid", "abc"]


def test_report_writes_one_file(company: Any, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    result = company("report", "abc", "-o", out, "--previous", "2025-07-01")
    assert result.exit_code == 0
    assert "ABC analysis" in out.read_text("utf-8")


def test_grading_nothing_is_refused(shell: Any) -> None:
    result = shell("grade", "abc")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


def test_tables_are_whole_on_eighty_columns(company: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    company("grade", "rfm-segments")
    [run] = json.loads(company("runs", "--json").stdout)
    [batch] = json.loads(company("history", "--json").stdout)
    assert run["run"] in company("runs").stdout
    assert batch["id"] in company("history").stdout
    for line in company("grade", "abc").stdout.splitlines():
        assert "…" not in line
        assert cell_len(line.rstrip()) <= 80


def test_a_run_that_cannot_be_read_is_told_and_disturbs_nothing(company: Any, data: Path) -> None:
    gone = json.loads(company("grade", "abc", "--json").stdout)["run"]
    path = data / "runs" / gone / "run.json"
    path.write_text(path.read_text("utf-8").replace('"method": "share"', '"method": "tea"'))
    assert company("grade", "value-tiers").exit_code == 0
    [kept, told] = json.loads(company("runs", "--json").stdout)
    assert (kept["status"], told["run"], told["status"]) == ("finished", gone, "unreadable")
    shown = company("runs")
    assert gone in shown.stdout
    assert "unreadable" in shown.stdout
    for command in (
        ("report", "value-tiers", "-o", data / "r.html"),
        ("explain", "value-tiers", "K1"),
        ("compare", "--scheme", "abc", "--from", "2025-07-01"),
        ("scorecard", "value-tiers"),
    ):
        assert company(*command).exit_code == 0, command
    refused = company("report", "--run", gone, "abc")
    assert refused.exit_code != 0
