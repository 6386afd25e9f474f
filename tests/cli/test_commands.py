"""What every command has in common: exit codes, help, JSON, languages, a quick start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

import kefen
from kefen.cli import app
from kefen.version import version
from kefen.wording import catalogue

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = {"ibis", "duckdb", "polars", "pyarrow", "numpy", "pydantic", "kefen.ledger.store"}
SCREEN = {"rich", "pygments", "importlib.metadata", "django"}
UNUSED = {"xlsxwriter", "opencc", "numpy", "kefen.ledger.reading.reader", "kefen.ledger.writer"}
"""What reads files and writes workbooks, and what large results alone need."""
COMPUTING = {"ibis", "sqlglot", "duckdb"}
READING = {"polars", "duckdb", "kefen.ledger.reading.reader", "kefen.ledger.writer"}


def test_version(shell: Any) -> None:
    assert shell("version").stdout == f"kefen {version()}\n"
    assert json.loads(shell("version", "--json").stdout) == {"kefen": version()}


def test_a_variable_that_names_no_engine_stops_every_command(
    company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFEN_ENGINE", "sparc")
    refused = company("runs")
    assert refused.exit_code == 1
    assert "sparc is not a value of KEFEN_ENGINE" in refused.stderr


def test_a_backup_goes_into_a_folder_that_is_made(company: Any, data: Path) -> None:
    (data / "backups").write_text("in the way")
    refused = company("backup")
    assert refused.exit_code == 1
    assert "File exists" in refused.stderr
    assert company("backup", f"{data.parent}/kept/").exit_code == 0
    assert len(list((data.parent / "kept").glob("kefen-*.zip"))) == 1


def test_it_runs_as_a_module() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "kefen", "version"], capture_output=True, text=True, check=True
    )
    assert told.stdout == f"kefen {version()}\n"


def test_commands_import_no_more_than_they_need(company: Any, data: Path) -> None:
    """Help appears at once; what a run kept is explained without what computes."""
    assert not imported(["--help"], data) & {*ENGINE, *SCREEN, *UNUSED}
    assert len(imported(["--help"], data)) < 300
    grading = imported(["grade", "abc"], data)
    assert not grading & UNUSED
    assert grading > COMPUTING
    assert not imported(["explain", "abc", "K2"], data) & {*COMPUTING, *UNUSED}


def test_a_first_import_of_order_lines_is_carried_out_without_ibis(tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(
        "order_id,line_no,customer_id,ordered_on,amount\n"
        "A1,1,C1,2025-03-01,10\nA1,2,C1,2025-03-01,20\nA2,1,C2,2025-03-02,30\n"
    )
    modules = imported(["import", str(file)], tmp_path / "data")
    assert modules > READING
    assert not modules & {"ibis", "sqlglot", "pyarrow", "numpy", "xlsxwriter"}


def imported(arguments: list[str], data: Path) -> set[str]:
    """The modules of a process that has carried out a command."""
    code = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr));"
        "from kefen.cli import main; main()"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"KEFEN_DATA": str(data)},
    )
    return set(told.stderr.splitlines()[-1].split())


def test_a_wrong_command_exits_2(shell: Any) -> None:
    assert shell("grade").exit_code == 2
    assert shell("grade", "abc", "--as-of", "soon").exit_code == 2


def test_an_unknown_scheme_exits_1_with_what_there_is(shell: Any) -> None:
    result = shell("schemes", "show", "abd")
    assert result.exit_code == 1
    assert "abc" in result.stderr


def test_every_fault_of_a_document_at_once(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nmethod: share\nindicator: slaes\nclasses: []\n", "utf-8")
    result = shell("schemes", "check", file)
    assert result.exit_code == 1
    for path in ("title", "classes", "indicator"):
        assert path in result.stderr
    assert "sales" in result.stderr


def test_a_shown_scheme_is_sound(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(shell("schemes", "show", "weighted").stdout, "utf-8")
    assert shell("schemes", "check", file).exit_code == 0


def test_schemes_and_indicators_are_listed(shell: Any) -> None:
    names = [scheme["name"] for scheme in json.loads(shell("schemes", "list", "--json").stdout)]
    assert {"abc", "rfm", "weighted", "pyramid"} <= set(names)
    listed = json.loads(shell("indicators", "--json").stdout)
    assert "sales" in [indicator["name"] for indicator in listed]
    assert "销售额" in shell("indicators", "--lang", "zh").stdout


def test_a_plugin_that_cannot_be_taken_is_told(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"plugin": "mine", "name": "sales"}
    refusal = kefen.indicators.Refusal("mine", "plugin-name-taken", facts)
    monkeypatch.setattr(kefen.indicators, "refused", lambda: (refusal,))
    told = shell("indicators", "--lang", "en")
    assert told.exit_code == 0
    assert "Left out: The indicator sales of the plug-in mine" in " ".join(told.stderr.split())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help_speaks_both_languages(lang: str) -> None:
    code = "from kefen.cli import app; app(['grade', '--help'])"
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"KEFEN_LANG": lang, "COLUMNS": "120", "PYTHONIOENCODING": "utf-8"},
    )
    assert catalogue()["cli-help-grade"][lang] in told.stdout


def test_every_word_of_the_shell_has_both_languages() -> None:
    words = {code: told for code, told in catalogue().items() if code.startswith("cli-")}
    assert words
    assert all(told.get("en") and told.get("zh") for told in words.values())


def test_every_command_has_help(shell: Any) -> None:
    """Its help is in the words of the shell, and its module has it."""
    group = get_command(app)
    for name in group.list_commands(None):
        assert f"cli-help-{name}" in catalogue()
        assert group.get_command(None, name).help == catalogue()[f"cli-help-{name}"]["en"]


def test_json_stands_alone_in_a_real_pipe(company: Any, data: Path) -> None:
    program = [sys.executable, "-c", "from kefen.cli import main; main()"]
    told = subprocess.run(
        [*program, "grade", "abc", "--json", "--data", str(data)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout)["status"] == "finished"
    assert told.stderr == ""


def test_demo_loads_and_grades_once(shell: Any) -> None:
    first = json.loads(shell("demo", "--company", "cdnow", "--json").stdout)
    again = json.loads(shell("demo", "--company", "cdnow", "--json").stdout)
    assert first["customers"] == 23_570  # Fader & Hardie's master data set
    assert [run["run"] for run in first["runs"]] == [run["run"] for run in again["runs"]]


def test_an_unknown_company_is_refused(shell: Any) -> None:
    result = shell("demo", "--company", "acme", "--no-serve")
    assert result.exit_code == 1
    assert "trade, grocery, cdnow" in result.stderr
