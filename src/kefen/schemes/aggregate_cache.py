"""What an engine was asked before about tables that never change: previews ask again and again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from kefen.deferred import ibis

if TYPE_CHECKING:
    from collections.abc import Hashable

    import ibis.expr.types as ir

    from kefen.engines import Engine

_KEPT = 200


class Memory:
    """Answers about lasting tables, as long as nobody changes their rows."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._origins: dict[Any, Any] = {}

    def lasts(self, table: ir.Table) -> None:
        """`table` stays as it is until `dropped` says that it is no more."""
        self._origins[table.op()] = table.op()

    def copied(self, copy: ir.Table, origin: ir.Table) -> None:
        """`copy` has the rows of `origin`: what is known of one is known of the other."""
        self._origins[copy.op()] = self._origins[origin.op()]

    def dropped(self, table: ir.Table) -> None:
        """`table` is no more; what was told of it is forgotten, but for what it was a copy of."""
        op = table.op()
        if self._origins.pop(op, None) == op:
            for key in [key for key in self._told if op in key[0][1]]:
                del self._told[key]

    def about(self, table: ir.Table) -> tuple[Any, frozenset[Any]] | None:
        """What stands for the rows of a table; None when it rests on one that may not last."""
        leaves = set(table.op().find(ibis.expr.operations.PhysicalTable))
        if not leaves <= self._origins.keys():
            return None
        origins = frozenset(self._origins[leaf] for leaf in leaves)
        return table.op().replace(self._origins), origins

    def get(self, about: tuple[Any, frozenset[Any]] | None, question: Hashable) -> Any:
        """The answer to a question; None when it was not asked lately."""
        if about is None:
            return None
        key = (about, question)
        if key in self._told:
            self._told.move_to_end(key)
        return self._told.get(key)

    def keep(
        self, about: tuple[Any, frozenset[Any]] | None, question: Hashable, answer: Any
    ) -> None:
        """Remember an answer; the oldest is forgotten for it."""
        if about is None:
            return
        self._told[about, question] = answer
        if len(self._told) > _KEPT:
            self._told.popitem(last=False)


_OF: WeakKeyDictionary[Engine, Memory] = WeakKeyDictionary()


def remember(engine: Engine) -> Memory:
    """Let this engine remember what is told about tables that are said to last."""
    return _OF.setdefault(engine, Memory())


def memory_of(engine: Engine) -> Memory | None:
    """What this engine remembers; None when it was not told to."""
    return _OF.get(engine)
