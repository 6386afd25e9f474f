"""Imports once what Ibis needs for DuckDB: the compiler of one dialect instead of all twenty."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from threading import Lock
from typing import Any, Final

_NAME = "ibis.backends.sql.compilers"
_IMPORTING: Final = Lock()


def import_for_duckdb() -> None:
    """Import all that expressions need to become DuckDB's statements; others wait until it is done.

    SQLGlot imports dialects while it holds a lock of its own. So a thread that asks it for one and
    a thread that imports a module which asks for one may wait for each other, for ever.
    """
    with _IMPORTING:
        _import_for_duckdb()


@cache
def _import_for_duckdb() -> None:
    _import_on_use()
    for name in ("ibis.backends.duckdb", "ibis.backends.sql.datatypes", "sqlglot.dialects.duckdb"):
        import_module(name)


def _import_on_use() -> None:
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
