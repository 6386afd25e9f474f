"""Commands in the wrong folder say what they found and which folder is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

READING = [
    ("history",),
    ("runs",),
    ("undo", "b1"),
    ("grade", "abc", "--as-of", "2026-01-01"),
    ("explain", "abc", "K1"),
    ("readiness",),
    ("report", "abc"),
]


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_a_missing_folder_is_told(shell: Any, data: Path, command: tuple[str, ...]) -> None:
    result = shell(*command)
    assert result.exit_code == 1
    assert "There is no folder" in result.stderr
    assert not data.exists()


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_the_ledger_itself_is_told(company: Any, data: Path, command: tuple[str, ...]) -> None:
    result = company(*command, "--data", data / "ledger")
    assert result.exit_code == 1
    assert f"Its data directory is meant: {data}." in result.stderr
    assert not (data / "ledger" / "ledger").exists()


def test_an_import_into_the_ledger_itself_is_refused(
    company: Any, data: Path, orders: Path
) -> None:
    result = company("import", orders, "--data", data / "ledger", "--lang", "zh")
    assert result.exit_code == 1
    assert str(data) in result.stderr
    assert "数据目录" in result.stderr


def test_the_site_is_not_begun_among_other_things(shell: Any, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").touch()
    result = shell("serve", "--data", folder)
    assert result.exit_code == 1
    assert "Found there: a.jpg" in result.stderr
    assert [entry.name for entry in folder.iterdir()] == ["a.jpg"]


def test_an_empty_name_of_the_data_directory_is_refused(shell: Any, orders: Path) -> None:
    result = shell("import", orders, "--data", "")
    assert result.exit_code == 1
    assert "--data is empty" in result.stderr
