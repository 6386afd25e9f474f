"""Deliberate changes of code: operators, comparisons, constants, statements left out, branches."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True)
class Change:
    """One change of a function of a module.

    Attributes:
        path, line: where it is.
        lines: the lines a test has to run to meet it.
        function: the qualified name of the outermost function it is in.
        first_line: where that function's code begins, decorators included.
        what: the change in words, such as `< becomes <=`.
        code: the function as changed, compiled.
    """

    path: Path
    line: int
    lines: frozenset[int]
    function: str
    first_line: int
    what: str
    code: CodeType

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.function}: {self.what}"


def changes(path: Path, count: int, chance: random.Random) -> list[Change]:
    """So many changes of a module, picked at random, each of another line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    places = [(at, kind) for at, node in enumerate(ast.walk(tree)) for kind in _kinds(node)]
    chance.shuffle(places)
    found: list[Change] = []
    lines: set[int] = set()
    for at, kind in places:
        if len(found) == count:
            break
        change = _changed(path, tree, at, kind)
        if change is not None and change.line not in lines:
            lines.add(change.line)
            found.append(change)
    return found


def _kinds(node: ast.AST) -> Iterator[str]:
    """The ways in which a node can be changed."""
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in _OPERATORS:
        yield "operator"
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _OPERATORS:
        yield "operator"
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        yield "constant"
    if isinstance(node, ast.If | ast.IfExp):
        yield "branches"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "statement"
    if isinstance(node, ast.AugAssign):
        yield "statement"


def _changed(path: Path, tree: ast.Module, at: int, kind: str) -> Change | None:
    made = copy.deepcopy(tree)
    node = list(ast.walk(made))[at]
    line = getattr(node, "lineno", 0)
    function = _function(made, line)
    if function is None or not _in_body(function[1], node):
        return None
    lines = _lines(made, node)
    before = ast.unparse(node)
    if isinstance(node, ast.Compare):
        node.ops[0] = _OPERATORS[type(node.ops[0])]()  # type: ignore[call-overload]
    elif kind == "operator":
        node.op = _OPERATORS[type(node.op)]()  # type: ignore[attr-defined]
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1  # type: ignore[operator]
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    else:
        _leave_out(made, node)
    after = "nothing" if kind == "statement" else ast.unparse(node)
    first, after = before.splitlines()[0], after.splitlines()[0]
    what = f"`{first}` becomes `{after}`"
    compiled = compile(ast.fix_missing_locations(made), str(path), "exec")
    name, owner = function
    first_line = min([owner.lineno, *(one.lineno for one in owner.decorator_list)])
    code = _code(compiled, first_line)
    return None if code is None else Change(path, line, lines, name, first_line, what, code)


def names_of_lines(path: Path) -> dict[int, str]:
    """The lines of a module's functions by number, named so that changes elsewhere keep the name.

    `:fit+2` is the second line after the first of `fit`.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        line: f":{name}+{line - owner.lineno}"
        for name, owner in _functions(tree)
        for line in range(owner.lineno, (owner.end_lineno or 0) + 1)
    }


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(tree: ast.Module) -> Iterator[tuple[str, _Function]]:
    """The outermost functions, and the methods of classes, by qualified name."""
    nodes: list[tuple[str, ast.stmt]] = [("", one) for one in tree.body]
    while nodes:
        prefix, node = nodes.pop()
        if isinstance(node, ast.ClassDef):
            nodes += [(f"{prefix}{node.name}.", one) for one in node.body]
        elif isinstance(node, _Function):
            yield prefix + node.name, node


def _function(tree: ast.Module, line: int) -> tuple[str, _Function] | None:
    """The function around a line."""
    for name, node in _functions(tree):
        if node.lineno <= line <= (node.end_lineno or 0):
            return name, node
    return None


def _in_body(function: _Function, node: ast.AST) -> bool:
    """Whether a node is in what the function does.

    Defaults, types, mere checks and the length of a digest that names something are not.
    """
    inside = [inner for one in function.body for inner in ast.walk(one)]
    said: list[ast.AST] = [one.annotation for one in inside if isinstance(one, ast.AnnAssign)]
    said += [one for one in inside if isinstance(one, ast.keyword) and one.arg == "strict"]
    said += [
        one.slice for one in inside if isinstance(one, ast.Subscript) and _is_digest(one.value)
    ]
    aside = [inner for one in said for inner in ast.walk(one)]
    return any(node is one for one in inside) and not any(node is one for one in aside)


def _is_digest(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr == "hexdigest"


def _lines(tree: ast.Module, node: ast.AST) -> frozenset[int]:
    """The lines of a node, without those of the branches it chooses, and its statement's first."""
    around = [one for one in ast.walk(tree) if isinstance(one, ast.stmt)]
    own = node.test if isinstance(node, ast.If) else node
    first, last = getattr(own, "lineno", 0), getattr(own, "end_lineno", 0)
    begins = max(one.lineno for one in around if one.lineno <= first <= (one.end_lineno or 0))
    return frozenset({begins, *range(first, last + 1)})


def _leave_out(tree: ast.Module, node: ast.AST) -> None:
    for owner in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            listed = getattr(owner, name, None)
            if isinstance(listed, list) and any(one is node for one in listed):
                place = next(n for n, one in enumerate(listed) if one is node)
                listed[place] = ast.Pass()


def _code(module: CodeType, first_line: int) -> CodeType | None:
    """The code of the function that begins in a line."""
    for constant in module.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_firstlineno == first_line and "<" not in constant.co_name:
                return constant
            if found := _code(constant, first_line):
                return found
    return None
