"""What an engine was asked before about tables that never change: previews ask again and again."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Hashable

    import ibis.expr.types as ir

    from kefen.engines import Engine

_KEPT = 300


class Memory:
    """Answers about tables, as long as nobody changes the rows of these tables."""

    def __init__(self) -> None:
        self._told: OrderedDict[Hashable, Any] = OrderedDict()
        self._origins: dict[Any, Any] = {}

    def copied(self, copy: ir.Table, origin: ir.Table) -> None:
        """`copy` has the rows of `origin`: what is known of one is known of the other."""
        self._origins[copy.op()] = self._origins.get(origin.op(), origin.op())

    def dropped(self, table: ir.Table) -> None:
        """`table` is no more."""
        self._origins.pop(table.op(), None)

    def about(self, table: ir.Table) -> Any:
        """What stands for the rows of a table, however it is stored."""
        return table.op().replace(self._origins) if self._origins else table.op()

    def get(self, key: Hashable) -> Any:
        """The answer to a question; None when it was not asked lately."""
        if key in self._told:
            self._told.move_to_end(key)
        return self._told.get(key)

    def keep(self, key: Hashable, answer: Any) -> None:
        """Remember an answer; the oldest is forgotten for it."""
        self._told[key] = answer
        if len(self._told) > _KEPT:
            self._told.popitem(last=False)


_OF: WeakKeyDictionary[Engine, Memory] = WeakKeyDictionary()


def remember(engine: Engine) -> Memory:
    """Let this engine remember from now on; its tables must not change any more."""
    return _OF.setdefault(engine, Memory())


def memory_of(engine: Engine) -> Memory | None:
    """What this engine remembers; None when it was not told to."""
    return _OF.get(engine)
