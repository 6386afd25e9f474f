"""A condition read aloud, apart from any customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.explain.labels import labels
from kefen.explain.words import fact
from kefen.schemes.comparisons import given
from kefen.schemes.conditions import column_of
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.schemes import Scheme
    from kefen.schemes.parts import Condition


def phrase(scheme: Scheme, condition: Condition, lang: str = "en") -> str:
    """A condition of the scheme in words.

    >>> from kefen import schemes
    >>> some = {"all": [{"attribute": "region", "is": "East"},
    ...                 {"not": {"indicator": "sales", "below": 1000}}]}
    >>> scheme = schemes.load(schemes.load("abc").dump() | {"population": some})
    >>> phrase(scheme, scheme.population)
    'Region is East and not (Sales < 1,000)'
    """
    return _phrase(scheme, condition, labels(scheme), lang)


def _phrase(
    scheme: Scheme, condition: Condition, known: Mapping[str, dict[str, Any]], lang: str
) -> str:
    def inner(part: Condition) -> str:
        told = _phrase(scheme, part, known, lang)
        grouped = (part.all or part.any or []) if len(part.all or part.any or []) > 1 else []
        return f"({told})" if grouped else told

    for group, code in ((condition.all, "phrase-and"), (condition.any, "phrase-or")):
        if group is not None:
            return sentence(code, {}, lang).join(inner(part) for part in group)
    if condition.negated is not None:
        told = _phrase(scheme, condition.negated, known, lang)
        return sentence("phrase-not", {"condition": told}, lang)
    column = column_of(scheme, condition)
    facts = known.get(column) or {"indicator": {"zh": column, "en": column}, "unit": "text"}
    tests = [_test(condition, name, facts, lang) for name in given(condition)]
    return sentence("phrase-and", {}, lang).join(tests)


def _test(condition: Condition, name: str, facts: Mapping[str, Any], lang: str) -> str:
    asked = getattr(condition, name)
    code = f"phrase-{name.replace('_', '-')}"
    if name == "missing":
        code = "phrase-missing" if asked else "phrase-known"
    data = {**facts, "cut": asked, "wanted": asked}
    return sentence(code, {key: fact(key, value, data, lang) for key, value in data.items()}, lang)
