"""The statements of expressions: each shape is compiled once in a process.

Ibis takes ten times longer to compile a small query than DuckDB takes to run it, and the same
queries over other tables come again with every import and every run.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import ibis.expr.types as ir

_REMEMBERED: Final = 512
_COMPILING: Final = Lock()
_NAMED_BY_IBIS: Final = re.compile(r"ibis_\w+_[a-z0-9]{20,}")
"""Names that `gen_name` made: nothing else in a statement reads like one."""


def statement(backend: Any, expr: ir.Table) -> str:
    """The SQL of `expr` on this backend, compiled or as an expression of the same shape was."""
    shape = _Shape(expr.op())
    if shape.parts is None:
        backend._run_pre_execute_hooks(expr)  # noqa: SLF001  # registers its tables and functions
        return str(backend.compile(expr))
    remembered = _remembered(backend.name, tuple(shape.parts))
    if not remembered:
        sql = _compiled(backend, expr, as_built=shape.as_built)
        places = {name: number for number, name in enumerate(shape.names)}
        pieces = re.split(f"({'|'.join(shape.names)})", sql) if places else [sql]
        remembered.append([places.get(piece, piece) for piece in pieces])
    return "".join(p if isinstance(p, str) else shape.names[p] for p in remembered[0])


def _compiled(backend: Any, expr: ir.Table, *, as_built: bool) -> str:
    """The SQL of an expression; `as_built`: a query for each of its steps, not as few as can be.

    Half of what Ibis does is to put queries into one another, which DuckDB does itself.
    """
    if not as_built or backend.name != "duckdb":
        return str(backend.compile(expr))
    options = ibis.options.sql
    with _COMPILING:
        usual, options.fuse_selects = options.fuse_selects, False
        try:
            return str(backend.compile(expr))
        finally:
            options.fuse_selects = usual


@lru_cache(_REMEMBERED)
def _remembered(dialect: str, shape: tuple[Any, ...]) -> list[list[str | int]]:
    """Where the statement of a shape is put, numbers for its tables' names; empty at first."""
    del dialect, shape
    return []


class _Shape:
    """What an expression is but for the names of its tables.

    Attributes:
        names: those that Ibis made, in order of their appearance.
        as_built: whether no step but the last puts rows in order or counts them out.
        parts: each operation after those it is made of; None where it needs more than a statement,
            such as rows in memory or a function of Python's.
    """

    def __init__(self, root: Any) -> None:
        self.names: list[str] = []
        self.parts: list[Any] | None = []
        self.as_built = True
        self._numbers: dict[Any, int] = {}
        operations = ibis.expr.operations
        self._node = operations.Node
        ordered = (operations.Sort, operations.Limit)
        unfit = (operations.InMemoryTable, operations.ScalarUDF, operations.AggUDF)
        for node in self._bottom_up(root):
            if isinstance(node, unfit):
                self.parts = None
                return
            if isinstance(node, ordered) and not (
                node is root and isinstance(node, operations.Sort)
            ):
                self.as_built = False
            self._numbers[node] = len(self.parts)
            self.parts.append((type(node), *(self._part(part) for part in self._args(node))))

    def _bottom_up(self, root: Any) -> Iterator[Any]:
        """Every operation once, after those it is made of."""
        waiting = [(root, iter(_nodes(root, self._node)))]
        seen = {root}
        while waiting:
            node, below = waiting[-1]
            for inner in below:
                if inner not in seen:
                    seen.add(inner)
                    waiting.append((inner, iter(_nodes(inner, self._node))))
                    break
            else:
                waiting.pop()
                yield node

    def _args(self, node: Any) -> tuple[Any, ...]:
        if not isinstance(node, ibis.expr.operations.DatabaseTable):
            return tuple(node.args)
        name = node.name
        if _NAMED_BY_IBIS.fullmatch(name):
            if name not in self.names:
                self.names.append(name)
            name = self.names.index(name)
        return (name, node.schema, node.namespace)

    def _part(self, part: Any) -> Any:
        """A part of an operation, that equals another only where the statement would."""
        if isinstance(part, self._node):
            return _Place, self._numbers[part]
        if isinstance(part, tuple):
            return tuple(self._part(inner) for inner in part)
        if hasattr(part, "items") and not isinstance(part, ibis.Schema):
            mapping: Mapping[Any, Any] = part
            return tuple((name, self._part(inner)) for name, inner in mapping.items())
        if isinstance(part, float | Decimal | date):  # 0.0 equals -0.0, and 1.0 equals 1.00
            return type(part), str(part)
        return type(part), part


class _Place:
    """Marks the number of an operation among the parts."""


def _nodes(part: Any, kind: type) -> list[Any]:
    """The operations right below one."""
    found: list[Any] = []
    waiting = list(part.args)
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, kind):
            found.append(inner)
        elif isinstance(inner, tuple):
            waiting.extend(inner)
        elif hasattr(inner, "values") and not isinstance(inner, ibis.Schema):
            waiting.extend(inner.values())
    return found
