"""What it takes to be in each class, in words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from kefen import formats
from kefen.explain.conditions import phrase
from kefen.explain.labels import labels
from kefen.explain.numbers import amount
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


def rule_texts(scheme: Scheme, standard: Standard | None, lang: str = "en") -> list[str]:
    """A sentence for each class, best first: where a number is cut, or as `takes`; else none.

    >>> from kefen import schemes
    >>> scheme = schemes.load("single-sales")
    >>> standard = schemes.METHODS["threshold"].standard(
    ...     scheme=scheme.hash, customers=1, column="sales", better="higher", cuts=[100000, 20000],
    ... )
    >>> rule_texts(scheme, standard)[:2]
    ['Sales of 100,000 or more.', 'Sales of 20,000 up to, but not, 100,000.']
    """
    if told := takes(scheme, standard, lang):
        return told
    cuts = getattr(standard, "cuts", None)
    if not cuts or len(cuts) != len(scheme.classes) - 1:
        return []
    column = getattr(standard, "column", None)
    lower = getattr(scheme, "better", "higher") == "lower"
    what, unit = sentence("report-score", {}, lang), "points"
    if column is not None:
        known = labels(scheme)[column]
        what, unit = known["indicator"][lang], known["unit"]
    shown = [amount(cut, unit, lang) for cut in cuts]

    def say(code: str, **data: object) -> str:
        name = f"report-rule-{code}-lower" if lower else f"report-rule-{code}"
        return sentence(name, {"what": what, **data}, lang)

    inner = [say("between", low=low, high=high) for high, low in pairwise(shown)]
    return [say("first", low=shown[0]), *inner, say("last", high=shown[-1])]


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
