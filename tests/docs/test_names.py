"""Public names are words of the field; those that only their makers understand do not return."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import kefen

if TYPE_CHECKING:
    from types import ModuleType

SOURCE = Path(__file__).parents[2] / "src"
METAPHORS = {
    *("bench", "claimed", "cupboard", "daybook", "foretell", "foretold", "gathered", "ground"),
    *("harbour", "kept", "shelf", "stands", "told", "twins", "workbench"),
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


def test_every_name_a_package_offers_is_there() -> None:
    packages = [each.name for each in walk_packages(kefen.__path__, "kefen.") if each.ispkg]
    missing = [
        f"{module.__name__}.{name}"
        for module in map(import_module, ["kefen", *packages])
        for name in getattr(module, "__all__", ())
        if not offers(module, name)
    ]
    assert missing == [], "a module that was renamed still goes by its old name in a text"


def offers(module: ModuleType, name: str) -> bool:
    """Whether the name can be had of the module, be it looked up on first use."""
    try:
        getattr(module, name)
    except (AttributeError, ImportError):
        return False
    return True
