"""Tests of the engine are of the engine alone: they run where nothing of the site is installed."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
OF_THE_SITE = {"allauth", "django", "kefen_crm", "ninja", "psycopg", "site_under_test", "cast"}


def imported(path: Path) -> set[str]:
    """The packages that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_the_engine_is_tested_without_the_site() -> None:
    shared = [TESTS / "conftest.py"]
    files = [
        *shared,
        *(file for room in ("engine", "spark") for file in (TESTS / room).glob("*.py")),
    ]
    found = {str(file.relative_to(TESTS)): sorted(imported(file) & OF_THE_SITE) for file in files}
    assert {file: names for file, names in found.items() if names} == {}
