"""Scheme documents: from a file, a mapping or the ready-made ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kefen.errors import SchemeError
from kefen.schemes.check import check
from kefen.schemes.faults import near
from kefen.schemes.limits import CHARACTERS
from kefen.schemes.methods import METHODS
from kefen.schemes.model import Scheme
from kefen.schemes.templates import READY, STARTERS, expanded, raw
from kefen.schemes.text import read


def load_all(sources: Any) -> list[Scheme]:
    """Several schemes, or a single one that stands by itself; see `load`.

    >>> [scheme.name for scheme in load_all("abc")], len(load_all(["abc", "rfm"]))
    (['abc'], 2)
    """
    single = isinstance(sources, str | os.PathLike | Mapping | Scheme)
    return [load(one) for one in ([sources] if single else sources)]


def load(source: str | os.PathLike[str] | Mapping[str, Any] | Scheme) -> Scheme:
    """A scheme from a ready-made name, a YAML or JSON file, or a mapping.

    Raises:
        SchemeError: `scheme-faulty` with every fault, `unknown-scheme`, `scheme-unreadable`.

    >>> load("abc").keys()
    ['A', 'B', 'C']
    """
    if isinstance(source, Scheme):
        return source
    if isinstance(source, Mapping):
        return _build(source)
    name = os.fspath(source)
    if name in READY:
        return _ready(name)
    path = Path(name)
    if not path.is_file():
        if path.exists() and not path.is_dir():
            return _build(_parse(path))
        if path.suffix or path.name != name:
            raise SchemeError("scheme-unreadable", value=name, reason="no such file")
        raise SchemeError("unknown-scheme", value=name, near=near(name, READY), allowed=list(READY))
    return _build(_parse(path))


def builtin() -> list[Scheme]:
    """The ready-made schemes."""
    return [_ready(name) for name in READY]


def starters() -> list[Scheme]:
    """Those of the ready-made schemes that a new company begins with."""
    return [_ready(name) for name in STARTERS]


@cache
def _ready(name: str) -> Scheme:
    return _build(raw(name))


def _parse(path: Path) -> Any:
    return read(text_of(path), str(path))


def text_of(path: Path) -> str:
    """The text of a scheme file; no more of it is read than a document may have.

    Raises:
        SchemeError: `scheme-unreadable` when it is not UTF-8, or no file but a pipe or a device.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise SchemeError("scheme-unreadable", value=str(path), reason="not a regular file")
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read(CHARACTERS + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise SchemeError("scheme-unreadable", value=str(path), reason=str(error)) from error


def _build(document: Any) -> Scheme:
    faults = check(document)
    if faults:
        name = document.get("name") if isinstance(document, Mapping) else None
        raise SchemeError("scheme-faulty", faults, value=str(name or "?"), count=len(faults))
    model = METHODS[document["method"]].document
    scheme: Scheme = model.model_validate(expanded(document))
    return scheme
