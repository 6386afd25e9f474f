"""The shape of an expression: what it is but for the names of its tables and the values in it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAMED_BY_IBIS: Final = re.compile(r"ibis_\w+_[a-z0-9]{20,}")
"""Names that `gen_name` made: nothing else in a statement reads like one."""
_SMALL: Final = 127
"""Whole numbers up to this are part of the shape: most are lengths and places."""


class Shape:
    """What an expression is made of, the names and values that change from run to run apart.

    Args:
        root: the operation of the expression.
        valued: whether values are told apart from the shape.

    Attributes:
        names: those that Ibis made, in order of their appearance.
        values: the literals that are no part of the shape, in order of their appearance.
        as_built: whether no step but the last puts rows in order or counts them out.
        parts: each operation after those it is made of; None where it needs more than a statement,
            such as rows in memory or a function of Python's.
    """

    def __init__(self, root: Any, *, valued: bool = False) -> None:
        self.names: list[str] = []
        self.values: list[Any] = []
        self.parts: list[Any] | None = []
        self.as_built = True
        self._numbers: dict[Any, int] = {}
        operations = ibis.expr.operations
        self._node = operations.Node
        ordered = (operations.Sort, operations.Limit)
        nodes = list(self._bottom_up(root))
        free = _free(nodes, operations) if valued else frozenset()
        for node in nodes:
            if _is_unfit(node, operations):
                self.parts = None
                return
            if isinstance(node, ordered) and not (
                node is root and isinstance(node, operations.Sort)
            ):
                self.as_built = False
            self._numbers[node] = len(self.parts)
            if node in free:
                self.values.append(node)
                self.parts.append((_Value, node.dtype, _is_negative(node.value)))
            else:
                self.parts.append((_kind(node), *(self._part(part) for part in self._args(node))))

    def text(self) -> str | None:
        """The shape as a text that other processes give, too; None where there is none."""
        try:
            return repr([_told(part) for part in self.parts or ()])
        except TypeError:
            return None

    def _bottom_up(self, root: Any) -> Iterator[Any]:
        """Every operation once, after those it is made of."""
        waiting = [(root, iter(nodes_of(root)))]
        seen = {root}
        while waiting:
            node, below = waiting[-1]
            for inner in below:
                if inner not in seen:
                    seen.add(inner)
                    waiting.append((inner, iter(nodes_of(inner))))
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


class _Value:
    """Marks a literal that is no part of the shape."""


class _Builtin:
    """Marks a function that the database has."""


def nodes_of(part: Any) -> list[Any]:
    """The operations right below one."""
    kind = ibis.expr.operations.Node
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


def _is_unfit(node: Any, operations: Any) -> bool:
    """Whether an operation needs more than a statement."""
    if isinstance(node, operations.ScalarUDF | operations.AggUDF):
        return str(node.__input_type__.name) != "BUILTIN"
    return isinstance(node, operations.InMemoryTable)


def _kind(node: Any) -> Any:
    """What an operation does; the class of a function is named anew in each process."""
    operations = ibis.expr.operations
    if not isinstance(node, operations.ScalarUDF | operations.AggUDF):
        return type(node)
    return _Builtin, node.__func_name__, str(node.__udf_namespace__), node.dtype


def _free(nodes: list[Any], operations: Any) -> set[Any]:
    """The literals that a statement says as they are, wherever they stand."""
    literal = operations.Literal
    plain = (
        operations.Comparison,
        operations.NumericBinary,
        operations.IfElse,
        operations.SearchedCase,
        operations.Coalesce,
        operations.NullIf,
        operations.Cast,
        operations.Between,
        operations.InValues,
        operations.StringContains,
        operations.StartsWith,
        operations.EndsWith,
        operations.Project,
    )
    known = [node for node in nodes if isinstance(node, literal) and _can_change(node)]
    bound: set[Any] = {nodes[-1]}
    for node in nodes:
        if isinstance(node, plain):
            continue
        days = isinstance(node, operations.DateDelta | operations.DateDiff)
        for inner in nodes_of(node):
            if isinstance(inner, literal) and not (days and inner.dtype.is_date()):
                bound.add(inner)
    return {node for node in known if node not in bound}


def _can_change(node: Any) -> bool:
    """Whether a literal is of a type whose values are all said alike."""
    value, kind = node.value, node.dtype
    if isinstance(value, float):
        return bool(kind.is_float64()) and isfinite(value)
    if isinstance(value, Decimal):
        return bool(kind.precision) and kind.scale is not None and kind.precision - kind.scale > 7
    if isinstance(value, str):
        return bool(kind.is_string())
    if type(value) is int:
        whole = kind.is_int16() or kind.is_int32() or kind.is_int64()
        return bool(whole) and abs(value) > _SMALL
    return type(value) is date and bool(kind.is_date())


def _is_negative(value: Any) -> bool:
    return not isinstance(value, str) and str(value).startswith("-")


def _told(part: Any) -> Any:
    """A part as a text or tuple of texts; TypeError for what may read otherwise elsewhere."""
    if part is None or isinstance(part, str | int):
        return part
    if isinstance(part, tuple):
        return tuple([_told(inner) for inner in part])
    if isinstance(part, Enum):
        return f"{type(part).__qualname__}.{part.name}"
    if isinstance(part, frozenset):
        return sorted([repr(_told(inner)) for inner in part])
    return _type_told(part)


@lru_cache(4096)
def _type_told(part: Any) -> Any:
    if isinstance(part, type):
        return f"{part.__module__}.{part.__qualname__}"
    if isinstance(part, ibis.Schema):
        return tuple([(name, repr(kind)) for name, kind in part.items()])
    if isinstance(part, ibis.expr.datatypes.DataType):
        return repr(part)
    if isinstance(part, ibis.expr.operations.Namespace):
        return (str(part.catalog), str(part.database))
    raise TypeError(type(part))
