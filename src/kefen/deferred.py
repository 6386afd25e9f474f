"""Ibis, imported when the first expression is made, and patterns, compiled when first looked for.

What only reads results starts without either.
"""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

__all__ = ["_", "deferred_pattern", "ibis"]


class _Deferred(ModuleType):
    """Stands for a module until one of its names is used."""

    def __getattr__(self, name: str) -> Any:
        """Look a name up in the module itself, and remember it."""
        found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)
        return found


class _Columns:
    """Stands for the columns of the table at hand, as `ibis._` does."""

    def __getattr__(self, name: str) -> Any:
        """A column whose name is no word of Ibis."""
        return getattr(ibis._, name)

    def __getitem__(self, name: str) -> Any:
        """A column."""
        return ibis._[name]


if TYPE_CHECKING:
    import ibis
    from ibis import _
else:
    ibis = _Deferred("ibis")
    _ = _Columns()


class _Pattern:
    """Stands for a regular expression until something is looked for by it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __getattr__(self, name: str) -> Any:
        """Look a name up in the compiled expression, and remember it."""
        found = getattr(re.compile(self._text), name)
        setattr(self, name, found)
        return found


def deferred_pattern(text: str) -> re.Pattern[str]:
    """What `re.compile` gives, compiled when it is first used: a long one takes milliseconds.

    >>> deferred_pattern("[a-z]+").findall("one or two")
    ['one', 'or', 'two']
    """
    return cast("re.Pattern[str]", _Pattern(text))
