"""Scheme documents as text: YAML, and JSON as a part of it, within limits."""

from __future__ import annotations

import re
from datetime import date, datetime
from math import isfinite
from typing import Any, Final

import yaml

from kefen.errors import Fault, SchemeError
from kefen.schemes import limits

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DIGITS: Final = len(str(limits.LARGEST)) + 2
_HIDDEN: Final = re.compile(r"[\ud800-\udfff]")


class _Loader(_BASE):  # type: ignore[misc]
    """The safe loader; what is no date and no number stays the text it is written as."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = [name.value for name, _ in node.value if isinstance(name, yaml.ScalarNode)]
        for place, name in enumerate(names):
            if name in names[:place]:
                line = node.value[place][0].start_mark.line + 1
                fault = Fault(name, "field-twice", {"name": name, "line": line})
                raise SchemeError("scheme-faulty", [fault], value="?", count=1)
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return {_key(name): part for name, part in found.items()}


def _date(loader: Any, node: Any) -> Any:
    try:
        found = yaml.SafeLoader.construct_yaml_timestamp(loader, node)
    except ValueError:
        return node.value
    return found.date().isoformat() if isinstance(found, datetime) else found


def _int(loader: Any, node: Any) -> Any:
    if len(node.value) > _DIGITS:
        return node.value[: _DIGITS + 1]
    try:
        return yaml.SafeLoader.construct_yaml_int(loader, node)
    except ValueError:
        return node.value


def _float(loader: Any, node: Any) -> Any:
    try:
        found = yaml.SafeLoader.construct_yaml_float(loader, node)
    except (ValueError, OverflowError):
        return node.value
    return found if isfinite(found) else node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date)
_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)


def read(text: str, name: str = "") -> Any:
    """The raw document of a text; what it says is for `check` to judge.

    Raises:
        SchemeError: `scheme-unreadable` where it is no YAML, with the `line`, 0 where that is not
            known; `scheme-faulty` where it is larger than a document may be.
    """
    try:
        _within(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else 0
        told = f"{reason}, line {line}" if line else reason
        raise SchemeError("scheme-unreadable", value=name or "?", reason=told, line=line) from error
    except (RecursionError, TypeError, ValueError, LookupError, AttributeError) as error:
        # A tag such as `!!bool` on a text that is none.
        told = {"value": name or "?", "reason": str(error), "line": 0}
        raise SchemeError("scheme-unreadable", **told) from error


def _within(text: str) -> None:
    """Refuse what is too long, too deep or says too much by aliases, before it is put together."""
    if len(text) > limits.CHARACTERS:
        _refuse("document-long", limits.CHARACTERS)
    if _HIDDEN.search(text):
        _refuse("text-unwritable")
    aliases, sizes = 0, {}
    open_: list[list[Any]] = [["", 0]]
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append([event.anchor, 1])
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = open_.pop()
            sizes[anchor] = size
            open_[-1][1] += size
        elif isinstance(event, yaml.ScalarEvent):
            sizes[event.anchor] = 1
            open_[-1][1] += 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
            # What is not closed yet would hold itself.
            open_[-1][1] += sizes.get(event.anchor, limits.VALUES + 1)
        if len(open_) > limits.DEPTH + 1:
            _refuse("document-deep", limits.DEPTH)
        if aliases > limits.ALIASES:
            _refuse("aliases-many", limits.ALIASES)
        if open_[-1][1] > limits.VALUES:
            _refuse("document-large", limits.VALUES)


def _refuse(code: str, most: int | None = None) -> None:
    fault = Fault("", code, {} if most is None else {"most": most})
    raise SchemeError("scheme-faulty", [fault], value="?", count=1)


def _key(name: Any) -> str:
    return name.isoformat() if isinstance(name, date) else str(name)
