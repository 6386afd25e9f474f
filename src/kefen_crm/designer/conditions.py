"""Conditions as the designer shows them: groups of single tests, each on one line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kefen_crm.designer import document_path
from kefen_crm.designer.values import plain, words

OPERATORS = (
    "at_least", "above", "at_most", "below", "is", "in", "contains", "missing", "known",
)  # fmt: skip
_NUMERIC = {"at_least", "above", "at_most", "below"}
_LISTED = {"in", "contains"}
NESTED = {"all": "all", "any": "any", "none": "not.any"}
"""Where the tests of a group are, by how it joins them."""


@dataclass(frozen=True)
class Test:
    """One test: on what, how, against what."""

    at: str
    subject: str
    operator: str
    operand: str

    @property
    def name(self) -> str:
        return self.subject.partition(":")[2]


@dataclass(frozen=True)
class Group:
    """Tests and groups joined by `all`, `any` or `none`; `list` is the place of what is inside."""

    at: str
    join: str
    parts: list[Test | Group] = field(default_factory=list)

    @property
    def list(self) -> str:
        return f"{self.at}.{NESTED[self.join]}"

    @property
    def group(self) -> bool:
        return True


def group(document: dict[str, Any], at: str) -> Group:
    """The condition at a place as a group; a place without one is an empty group."""
    return _group(document_path.get(document, at) or {"all": []}, at)


def _group(condition: dict[str, Any], at: str) -> Group:
    join = join_of(condition) or "all"
    parts = document_path.items(condition, NESTED[join])
    inner = f"{at}.{NESTED[join]}"
    return Group(at, join, [_part(one, f"{inner}[{n}]") for n, one in enumerate(parts)])


def _part(condition: Any, at: str) -> Test | Group:
    if isinstance(condition, dict) and join_of(condition):
        return _group(condition, at)
    return _test(condition if isinstance(condition, dict) else {}, at)


def _test(condition: dict[str, Any], at: str) -> Test:
    kind = "indicator" if condition.get("indicator") else "attribute"
    operator = next((one for one in OPERATORS if one in condition), "at_least")
    value = condition.get(operator)
    if operator == "missing" and value is False:
        operator = "known"
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    if value is None or operator in ("missing", "known"):
        value = ""
    return Test(at, f"{kind}:{condition.get(kind, '')}", operator, str(value))


def join_of(condition: dict[str, Any]) -> str | None:
    """How a group joins its parts; None for a single test."""
    for join in ("all", "any"):
        if isinstance(condition.get(join), list):
            return join
    negated = condition.get("not")
    return "none" if isinstance(negated, dict) and isinstance(negated.get("any"), list) else None


def normal(condition: Any) -> Any:
    """The same condition, with only groups and tests of one comparison: what the form can show."""
    if not isinstance(condition, dict):
        return condition
    for join in ("all", "any"):
        if isinstance(condition.get(join), list):
            return {join: [normal(part) for part in condition[join]]}
    if isinstance(condition.get("not"), dict):
        inner = normal(condition["not"])
        return {"not": inner if "any" in inner else {"any": [inner]}}
    told = [one for one in OPERATORS if one in condition]
    if len(told) < 2 or {"is", "in"} <= set(told):
        return condition
    on = {name: condition[name] for name in ("attribute", "indicator") if name in condition}
    return {"all": [on | {one: condition[one]} for one in told]}


def rooted(condition: Any) -> dict[str, Any]:
    """A condition as a group, so that tests can be added to it."""
    plain = normal(condition)
    if isinstance(plain, dict) and join_of(plain):
        return plain
    return {"all": [plain] if plain else []}


def written(subject: str, operator: str, operand: str) -> dict[str, Any]:
    """The test that a line of the form says."""
    kind, _, name = subject.partition(":")
    found: dict[str, Any] = {kind: name} if kind in ("indicator", "attribute") and name else {}
    if operator == "known":
        return found | {"missing": False}
    if operator == "missing":
        return found | {"missing": True}
    if not operand.strip():
        return found
    numeric = kind == "indicator" or operator in _NUMERIC
    if operator in _LISTED:
        listed = words(operand)
        return found | {operator: [plain(word) for word in listed] if numeric else listed}
    return found | {operator: plain(operand) if numeric else operand.strip()}


def joined(document: dict[str, Any], at: str, join: str) -> None:
    """Have the group at a place join its parts in another way."""
    condition = document_path.get(document, at)
    if not isinstance(condition, dict) or join not in NESTED:
        return
    parts = document_path.items(condition, NESTED[join_of(condition) or "all"])
    document_path.put(document, at, {"not": {"any": parts}} if join == "none" else {join: parts})
