"""The statements of expressions: each shape is compiled once.

Ibis takes ten times longer to compile a small query than DuckDB takes to run it, and the same
queries over other tables come again with every import and every run.
"""

from __future__ import annotations

import re
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.engines.sentinels import MOST, said, sentinels
from kefen.engines.shapes import Shape
from kefen.engines.statement_files import StatementFiles

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines.statement_files import Pieces

_REMEMBERED: Final = 512
_COMPILING: Final = Lock()
_NAME: Final = 0
_VALUE: Final = 1
_AS_IT_IS: Final = (2, 0)
"""Stands for a statement that depends on the values in it in another way than to say them."""


def statement(backend: Any, expr: ir.Table, folder: Path | None = None) -> str:
    """The SQL of `expr` on this backend, compiled or as an expression of the same shape was.

    In `folder` are the statements that other processes compiled; of another dialect than DuckDB's
    none are kept.
    """
    op = expr.op()
    known = backend.name == "duckdb"
    shape = Shape(op, valued=known)
    if shape.parts is None:
        backend._run_pre_execute_hooks(expr)  # noqa: SLF001  # registers its tables and functions
        return str(backend.compile(expr))
    files = StatementFiles(folder) if folder and known else None
    pieces = _known_pieces(backend, expr, shape, files)
    if pieces[0] == _AS_IT_IS:
        shape = Shape(op)
        pieces = _known_pieces(backend, expr, shape, None)
    put = (shape.names, [said(node.value) for node in shape.values])
    return "".join(p if isinstance(p, str) else put[p[0]][p[1]] for p in pieces)


def _known_pieces(
    backend: Any, expr: ir.Table, shape: Shape, files: StatementFiles | None
) -> Pieces:
    """The statement of a shape, remembered, from the files or compiled."""
    remembered = _remembered(backend.name, tuple(shape.parts or ()))
    if not remembered:
        remembered[:] = _pieces(backend, expr, shape, files)  # at once: others may do the same
    return remembered


def _pieces(backend: Any, expr: ir.Table, shape: Shape, files: StatementFiles | None) -> Pieces:
    """The statement of a shape, from the files or compiled."""
    text = shape.text() if files else None
    if files and text and (pieces := files.read(backend.name, text)):
        return pieces
    pieces = _compiled_pieces(backend, expr, shape)
    if files and text:
        files.keep(backend.name, text, pieces)
    return pieces


def _compiled_pieces(backend: Any, expr: ir.Table, shape: Shape) -> Pieces:
    """The statement of a shape, cut where names and values stand."""
    stand_ins = sentinels(shape.values[:MOST])
    parts = repr(shape.parts)
    if len(shape.values) > MOST or any(str(node.value) in parts for node in stand_ins):
        return [_AS_IT_IS]
    places = {name: (_NAME, number) for number, name in enumerate(shape.names)}
    values = {said(node.value): (_VALUE, number) for number, node in enumerate(stand_ins)}
    if stand_ins:
        expr = expr.op().replace(dict(zip(shape.values, stand_ins, strict=True))).to_expr()
    sql = _compiled(backend, expr, as_built=shape.as_built)
    patterns = [*places, *(rf"(?<![\w.]){re.escape(value)}(?![\w.])" for value in values)]
    cut = re.split(f"({'|'.join(patterns)})", sql) if patterns else [sql]
    if not values.keys() <= set(cut):
        return [_AS_IT_IS]
    put = places | values
    return [put.get(piece, piece) for piece in cut]


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
def _remembered(dialect: str, shape: tuple[Any, ...]) -> Pieces:
    """Where the pieces of a shape's statement are put; empty at first."""
    del dialect, shape
    return []
