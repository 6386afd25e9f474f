"""Public names are words of the field; those that only their makers understand do not return."""

from __future__ import annotations

import ast
import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
METAPHORS = {
    *("bench", "claimed", "cupboard", "daybook", "foretell", "gathered", "ground", "harbour"),
    *("shelf", "stands", "twins", "workbench"),
}


def public_names(path: Path) -> list[str]:
    """The module, its classes and functions, but for private ones."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    kinds = (ast.ClassDef, ast.FunctionDef)
    names = [path.stem, *(node.name for node in nodes if isinstance(node, kinds))]
    return [name for name in names if not name.startswith("_")]


def test_no_public_name_is_a_metaphor() -> None:
    found = [
        f"{path.relative_to(SOURCE)}: {name}"
        for path in SOURCE.rglob("*.py")
        for name in public_names(path)
        if METAPHORS & {word.lower() for word in re.findall("[A-Z]?[a-z]+", name)}
    ]
    assert found == [], "docs/glossary.md holds the words to use"
