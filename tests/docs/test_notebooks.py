"""The notebooks run: each in a kernel of its own, on a few hundred customers of the real data."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
QUICK = "SAMPLE = 400"
WHOLE = "KEFEN_WHOLE_NOTEBOOKS"
"""Set to run them on all customers, as a person does."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path, tmp_path: Path) -> None:
    """What it claims stands in `assert`s of its own last cell."""
    notebook = nbformat.read(path, as_version=4)
    [parameters] = [
        cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])
    ]
    if WHOLE not in os.environ:
        parameters.source = QUICK
    NotebookClient(notebook, timeout=900, resources={"metadata": {"path": tmp_path}}).execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.id for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert f"[{path.stem}]" in (FOLDER / "README.md").read_text()


def test_there_are_five() -> None:
    assert len(NOTEBOOKS) == 5
