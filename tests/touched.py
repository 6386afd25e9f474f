"""Names the test files of the rooms that were touched since `main`, for `make test-quick`.

A test file is called after its room: `tests/engine/test_reading_dates.py` guards what lies in
`src/kefen/ledger/reading`. So of a changed file every part of its path is held against the first
words of the tests' names. A changed test is always among them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = ("engine", "cli", "crm")
ALIKE = 5
"""Words are alike when one begins with the other, or with so many of its letters."""


def changed(since: str) -> list[Path]:
    """Files that differ from where this branch left `since`, and those git does not know yet."""
    base = _git("merge-base", since, "HEAD").strip()
    listed = _git("diff", "--name-only", base) + _git("ls-files", "-o", "--exclude-standard")
    return [Path(line) for line in listed.splitlines()]


def tests_of(path: Path) -> list[Path]:
    """The test files that guard a file."""
    if path.name.startswith("test_"):
        return [path] if path.exists() and path.parts[1] in TESTS else []
    if path.parts[0] != "src" or path.suffix == ".md":
        return []
    rooms = [part.removesuffix(".py") for part in path.parts[2:]]
    rooms = [word for room in rooms for word in room.split("_") if len(word) > 2]
    folders = ["crm"] if path.parts[1] == "kefen_crm" else ["engine", "cli"]
    return [
        file
        for folder in folders
        for file in sorted(Path("tests", folder).glob("test_*.py"))
        if any(_alike(room, file.stem.split("_")[1]) for room in rooms)
    ]


def _alike(room: str, word: str) -> bool:
    least = min(len(room), len(word), ALIKE)
    return room[:least] == word[:least] and least > 2


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    found = {file for path in changed(*sys.argv[1:] or ["main"]) for file in tests_of(path)}
    sys.stdout.write("\n".join(map(str, sorted(found))))
