"""A run leaves as a file, and many customers are explained at once."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

if TYPE_CHECKING:
    from pathlib import Path

FORMULA = "customer_id,name\nK1,=1+1\nK9,-\n"


@pytest.fixture
def run(company: Any, tmp_path: Path) -> str:
    """A company whose best customer is called like a formula; K9 never bought."""
    file = tmp_path / "customers.csv"
    file.write_text(FORMULA, encoding="utf-8")
    assert company("import", file, "--kind", "customers").exit_code == 0
    found: str = json.loads(company("grade", "abc", "--as-of", "2026-01-01", "--json").stdout)[
        "run"
    ]
    return found


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_the_customers_of_a_run_as_a_file(
    company: Any, run: str, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / "out" / f"classes.{ending}"
    result = company("export", run, "-o", path)
    assert result.exit_code == 0, result.output
    assert str(path) in result.stdout
    read = {"csv": pl.read_csv, "xlsx": pl.read_excel, "parquet": pl.read_parquet}[ending]
    rows = read(path)
    assert rows["customer_id"].to_list() == ["K1", "K2", "K3", "K4", "K9"]
    assert rows["class"].to_list() == ["A", "B", "C", "C", None]
    assert rows["class_title"].to_list()[0] == "Class A"
    assert [Decimal(str(value)) for value in rows["sales"].to_list()[:3]] == [700, 200, 60]
    assert rows["name"].to_list()[0] == ("'=1+1" if ending == "csv" else "=1+1")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_chinese_file_has_chinese_headings(
    company: Any, run: str, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"classes.{ending}"
    assert company("export", run, "-o", path, "--lang", "zh").exit_code == 0
    rows = (pl.read_csv if ending == "csv" else pl.read_excel)(path)
    assert [name for name in rows.columns if name.isascii()] == []
    assert rows.select("客户编号", "类别", "类别名称", "评级状态", "销售额").row(1)[:4] == (
        *("K2", "B", "B 类客户", "已评级"),
    )
    assert company("import", path, "--kind", "customers").exit_code == 0


def test_another_format_is_refused(company: Any, run: str, tmp_path: Path) -> None:
    result = company("export", run, "-o", tmp_path / "classes.doc")
    assert result.exit_code == 1
    assert ".parquet" in result.stderr
    assert not (tmp_path / "classes.doc").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["export", "abc", "-o", "{}.csv"],
        ["export", "abc", "-o", "{}.xlsx"],
        ["report", "abc", "--output", "{}.html"],
        ["disclose", "K1", "-o", "{}.zip"],
        ["template", "orders", "{}.xlsx"],
    ],
)
def test_a_file_that_cannot_be_written_is_told(
    company: Any, run: str, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "taken").write_text("a file, not a folder", encoding="utf-8")
    target = tmp_path / "taken" / "out"
    asked = [run if word == "abc" and command[0] == "export" else word for word in command]
    refused = company(*(word.format(target) for word in asked))
    assert refused.exit_code == 1, refused.output
    assert refused.stderr.startswith(f"Error: {target}")
    assert "cannot be written" in refused.stderr


def test_a_folder_is_no_file_to_write(company: Any, run: str, tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    refused = company("export", run, "-o", tmp_path / "out.csv")
    assert refused.exit_code == 1
    assert "cannot be written (Is a directory)" in refused.stderr


def test_a_list_of_customers_may_be_chinese_text_but_no_program(
    company: Any, run: str, tmp_path: Path
) -> None:
    listed = tmp_path / "whom.txt"
    listed.write_bytes("小宝\n".encode("gb18030"))
    told = company("explain", "abc", "--file", listed, "--run", run, "--json").stdout
    assert json.loads(told)["customer"] == "K3"
    listed.write_bytes(b"\x7fELF\x00\x01")
    refused = company("explain", "abc", "--file", listed, "--run", run)
    assert refused.exit_code == 1
    assert "no text in UTF-8 or GB18030" in refused.stderr


def test_many_customers_are_explained(company: Any, run: str, tmp_path: Path) -> None:
    listed = tmp_path / "whom.csv"
    listed.write_text("customer_id,note\nK2,a\n\n小宝,b\n \n", encoding="utf-8")
    told = company("explain", "abc", "K1", "--file", listed, "--run", run, "--json").stdout
    found = [json.loads(line) for line in told.splitlines()]
    assert [(one["customer"], one["class"]) for one in found] == [
        ("K1", "A"),
        ("K2", "B"),
        ("K3", "C"),
    ]
    table = company("explain", "abc", "K1", "K2", "--run", run).stdout
    assert "K1" in table
    assert "K2" in table
    refused = company("explain", "abc", "--run", run)
    assert refused.exit_code == 1
    assert "--file" in refused.stderr
