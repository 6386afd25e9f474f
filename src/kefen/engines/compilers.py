"""Has Ibis import the compiler of one dialect, instead of all twenty before the first statement."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

_NAME = "ibis.backends.sql.compilers"


def import_on_use() -> None:
    """Put a package in the place of Ibis's own that imports its modules when they are used.

    Whatever else is asked of it, it becomes Ibis's own.
    """
    if _NAME in sys.modules or (spec := find_spec(_NAME)) is None or spec.loader is None:
        return
    package, loader = module_from_spec(spec), spec.loader

    def found(name: str) -> Any:
        if find_spec(f"{_NAME}.{name}"):
            return import_module(f"{_NAME}.{name}")
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, name)

    package.__dict__["__getattr__"] = found
    sys.modules[_NAME] = package
    sys.modules["ibis.backends.sql"].compilers = package  # type: ignore[attr-defined]
