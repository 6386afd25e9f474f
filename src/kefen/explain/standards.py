"""What it takes to be in each class, for the methods that do not cut one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen import formats
from kefen.explain.conditions import phrase
from kefen.explain.labels import labels
from kefen.explain.words import step_text
from kefen.schemes.methods.cluster import ClusterScheme, ClusterStandard
from kefen.schemes.methods.cluster.reason import apart
from kefen.schemes.methods.matrix import MatrixScheme
from kefen.schemes.methods.rules import RulesScheme
from kefen.schemes.reason import Step
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.schemes import Scheme, Standard
    from kefen.schemes.methods.matrix.model import Cell


def takes(scheme: Scheme, standard: Standard | None, lang: str = "en") -> list[str]:
    """A phrase for each class, best first: its rules, its cells, or what sets its cluster apart.

    Empty for other methods, and for clusters that have not been fitted.
    """
    if isinstance(scheme, RulesScheme):
        return [_rules(scheme, key, lang) for key in scheme.keys()]  # noqa: SIM118  no mapping
    if isinstance(scheme, MatrixScheme):
        return [
            "; ".join(_cell(scheme, cell, lang) for cell in part.cells)
            if part.cells
            else sentence("takes-rest", {}, lang)
            for part in scheme.classes
        ]
    if isinstance(scheme, ClusterScheme) and isinstance(standard, ClusterStandard):
        return _clusters(scheme, standard, lang)
    return []


def _rules(scheme: RulesScheme, key: str, lang: str) -> str:
    found = [phrase(scheme, rule.when, lang) for rule in scheme.rules if rule.class_ == key]
    if scheme.otherwise == key:
        found.append(sentence("takes-rest", {}, lang))
    return sentence("takes-or", {}, lang).join(found)


def _cell(scheme: MatrixScheme, cell: Cell, lang: str) -> str:
    sides = []
    for inner, keys in ((scheme.rows, cell.row), (scheme.columns, cell.column)):
        if keys is None:
            sides.append(sentence("takes-any", {"scheme": inner.title.of(lang)}, lang))
        else:
            sides.append(" / ".join(inner.class_(key).title.of(lang) for key in keys))
    return " × ".join(sides)


def _clusters(scheme: ClusterScheme, standard: ClusterStandard, lang: str) -> list[str]:
    known, centres = labels(scheme), standard.centres or []
    found = []
    for place, centre in enumerate(centres):
        steps = apart(scheme, standard, place).data["because"]
        traits = [
            step_text(Step(s.code, {**s.data, **known[s.data["column"]]}), lang) for s in steps
        ]
        facts = {"count": formats.number(centre.customers)}
        told_ = sentence("explain-and", {}, lang).join(traits)
        found.append(told_ or sentence("takes-middling", facts, lang))
    empty = sentence("takes-nobody", {}, lang)
    return found + [empty] * (len(scheme.classes) - len(found))
