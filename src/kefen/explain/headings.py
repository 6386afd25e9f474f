"""What the columns of a run are called on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.explain.labels import labels
from kefen.wording import catalogue, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen.schemes import Scheme

_PARTS = ("norm_", "contribution_")


def headings(scheme: Scheme, columns: Iterable[str], lang: str) -> dict[str, str]:
    """Of each column of a run of `scheme` its heading in `lang`; no two are alike.

    A column that nothing names, such as one of a method added by a plug-in, keeps its own name.
    """
    known = {name: label["indicator"][lang] for name, label in labels(scheme).items()}
    found: dict[str, str] = {}
    for name in columns:
        heading = _heading(name, known, lang)
        found[name] = name if heading in found.values() else heading
    return found


def values(name: str, lang: str) -> dict[str, str]:
    """The words of a column whose values are a few codes, by code; empty for any other."""
    start = f"value-{name}-"
    codes = [code for code in catalogue() if code.startswith(start)]
    return {code.removeprefix(start): sentence(code, {}, lang) for code in codes}


def _heading(name: str, known: dict[str, str], lang: str) -> str:
    if (code := f"column-{name}") in catalogue():
        return sentence(code, {}, lang)
    for part in _PARTS:
        if name.startswith(part) and name.removeprefix(part) in known:
            return sentence(f"column-{part}", {"of": known[name.removeprefix(part)]}, lang)
    return known.get(name, name)
