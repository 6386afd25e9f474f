"""Places in a scheme document, such as `classes[0].title.zh`: read, set, take away."""

from __future__ import annotations

import re
from typing import Any

Node = dict[str, Any] | list[Any]
_PIECE = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def pieces(place: str) -> list[str | int]:
    """The steps to a place.

    >>> pieces("classes[0].title.zh")
    ['classes', 0, 'title', 'zh']
    """
    return [int(at) if at else name for at, name in _PIECE.findall(place)]


def get(document: Any, place: str) -> Any:
    """What is at a place; None when there is no such place."""
    found = document
    for step in pieces(place):
        found = _child(found, step)
    return found


def put(document: dict[str, Any], place: str, value: Any) -> None:
    """Set what is at a place, making the mappings on the way; a place of no list is left alone."""
    *way, last = pieces(place)
    node: Any = document
    for step in way:
        child = _child(node, step)
        if child is None and isinstance(step, str) and isinstance(node, dict):
            child = node[step] = {}
        node = child
    if _fits(node, last):
        node[last] = value


def take(document: dict[str, Any], place: str) -> Any:
    """Take away what is at a place, and give it; mappings left empty on the way go too."""
    *way, last = pieces(place)
    nodes: list[Any] = [document]
    for step in way:
        nodes.append(_child(nodes[-1], step))
    holder = nodes[-1]
    found = _child(holder, last)
    if found is not None or (isinstance(holder, dict) and last in holder):
        del holder[last]
    for node, step, child in zip(reversed(nodes[:-1]), reversed(way), nodes[:0:-1], strict=True):
        if child == {} and isinstance(node, dict):
            del node[step]
    return found


def items(document: Any, place: str) -> list[Any]:
    """The list at a place; empty when there is none."""
    found = get(document, place) if place else document
    return found if isinstance(found, list) else []


def _fits(node: Any, step: str | int) -> bool:
    """Whether something can be set there: any name of a mapping, a place that a list has."""
    if isinstance(node, dict):
        return isinstance(step, str)
    return isinstance(node, list) and isinstance(step, int) and step < len(node)


def _child(node: Any, step: str | int) -> Any:
    if isinstance(node, dict) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    return None
