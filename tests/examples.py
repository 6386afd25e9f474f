"""Runs the examples of docstrings."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path


def modules_with_examples(package: str) -> list[str]:
    """The modules of a package whose docstrings have examples."""
    root = Path(import_module(package).__file__ or "").parent
    return sorted(
        ".".join(file.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
        for file in root.rglob("*.py")
        if "    >>> " in file.read_text(encoding="utf-8")
    )


def failures(module: str) -> str:
    """What the examples of a module give that they do not say; empty when all are true."""
    told: list[str] = []
    runner = doctest.DocTestRunner()
    for example in doctest.DocTestFinder(exclude_empty=True).find(import_module(module)):
        runner.run(example, out=told.append)
    return "".join(told)
