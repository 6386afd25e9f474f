"""Ibis, imported when the first expression is made, and patterns, compiled when first looked for.

What only reads results starts without either.
"""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

__all__ = ["deferred_pattern", "ibis"]


class _Deferred(ModuleType):
    """Stands for a module until one of its names is used."""

    def __getattr__(self, name: str) -> Any:
        """Look a name up in the module itself, and remember it."""
        found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)
        return found


if TYPE_CHECKING:
    import ibis
else:
    ibis = _Deferred("ibis")


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
