"""Which rule decided, why those before it did not, and what would lead to a better class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.schemes import comparisons
from kefen.schemes.conditions import holds, why
from kefen.schemes.methods.rules.ways import Change, change
from kefen.schemes.rating import unrated
from kefen.schemes.reason import Reason, Step, has

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.schemes.methods.rules.model import RulesScheme, RulesStandard


def explain(
    scheme: RulesScheme,
    _standard: RulesStandard,
    row: Mapping[str, Any],
    assigned: Mapping[str, Any] | None,
) -> Reason:
    """The rules in order, each with the facts that met it or did not."""
    reason = unrated(scheme, row, [], assigned=assigned)
    if reason:
        return reason
    steps = []
    matched = _matched(scheme, row)
    if assigned is not None and has(assigned, "rule"):
        matched = assigned["rule"]
    for number, rule in enumerate(scheme.rules, start=1):
        met = number == matched
        facts = {"rule": number, "class": rule.class_, "because": why(scheme, rule.when, row)}
        steps.append(Step("step-rule-met" if met else "step-rule-unmet", facts))
        if met:
            break
    key = _class(scheme, matched)
    if matched == 0:
        steps.append(Step("step-rule-else", {"class": key}))
    if matched is None:
        told = "step-rule-none" if scheme.otherwise is None else "step-nothing-known"
        steps.append(Step(told))
    better, way = _way(scheme, row, key) if scheme.ranked and key is not None else (None, [])
    return Reason(steps, class_=key, next_class=better, to_next=way)


def _matched(scheme: RulesScheme, row: Mapping[str, Any]) -> int | None:
    """The number of the rule that decides; 0 for `else`, None when nothing does."""
    for number, rule in enumerate(scheme.rules, start=1):
        if holds(scheme, rule.when, row):
            return number
    known = any(comparisons.plain(row.get(name)) is not None for name in scheme.asked())
    return 0 if scheme.otherwise is not None and known else None


def _class(scheme: RulesScheme, matched: int | None) -> str | None:
    if matched is None:
        return None
    return scheme.rules[matched - 1].class_ if matched else scheme.otherwise


def _way(scheme: RulesScheme, row: Mapping[str, Any], key: str) -> tuple[str | None, list[Step]]:
    """The nearest better class that a few changed facts lead to; all of the steps are needed."""
    keys = scheme.keys()
    for wanted in reversed(keys[: keys.index(key)]):
        ways = [
            way
            for number in _numbers(scheme, wanted)
            if (way := _to(scheme, row, number)) and _after(scheme, row, way) == wanted
        ]
        if ways:
            return wanted, [one.step for one in min(ways, key=len)]
    return None, []


def _numbers(scheme: RulesScheme, key: str) -> list[int]:
    """The rules that give a class; 0 when `else` does."""
    found = [number for number, rule in enumerate(scheme.rules, start=1) if rule.class_ == key]
    return [*found, 0] if scheme.otherwise == key else found


def _to(scheme: RulesScheme, row: Mapping[str, Any], number: int) -> list[Change] | None:
    """What must change for a rule to decide: it holds, and none before it does."""
    before = scheme.rules[: number - 1] if number else scheme.rules
    wanted = [change(scheme, rule.when, row, held=False) for rule in before]
    if number:
        wanted.append(change(scheme, scheme.rules[number - 1].when, row, held=True))
    if any(part is None for part in wanted):
        return None
    by_column: dict[str, Change] = {}
    for one in (one for part in wanted for one in part or []):
        by_column[one.column] = one
    return list(by_column.values())


def _after(scheme: RulesScheme, row: Mapping[str, Any], way: list[Change]) -> str | None:
    """The class of the row once the changes are made; None where it would be unrated."""
    changed = {**row, **{one.column: one.target for one in way}}
    if unrated(scheme, changed, []):
        return None
    return _class(scheme, _matched(scheme, changed))
