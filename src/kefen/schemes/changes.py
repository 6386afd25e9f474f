"""What changed from one wording of a scheme to another, as plain facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.schemes.reason import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kefen.schemes.model import Scheme

Plain = dict[str, Any]

_TITLES = ("name", "title", "description")
_REFERENCES = ("indicator", "recency", "frequency", "monetary", "value")
_CUTS = ("upto", "share", "at_least", "at_most")
_SCORING = ("better", "missing", "normalise", "scale")
_WORDS = ("key", "title", "description", "color")


def differences(old: Scheme, new: Scheme) -> list[Step]:
    """The steps from what `old` says to what `new` says; none when they say the same.

    The data of a step tells `before` and `after`, classes by `class` (their key) and `title`,
    indicators by `reference`, conditions as in the document. `kefen.explain.changes` words it.
    """
    before = {**old.dump(), "window": old.window, "value": old.value}
    after = {**new.dump(), "window": new.window, "value": new.value}
    return [
        *_texts(before, after),
        *_method(before, after),
        *_condition("population", before, after),
        *_minimum(before, after),
        *_references(before, after),
        *_named("define", "name", "definition", before, after),
        *_items(before, after),
        *_classes(before["classes"], after["classes"]),
        *_rules(before, after),
        *_caps(before, after),
        *_hysteresis(before, after),
        *_rest(before, after),
    ]


def _texts(before: Plain, after: Plain) -> Iterator[Step]:
    for name in _TITLES:
        if before.get(name) != after.get(name):
            yield Step(f"change-{name}", _pair(before.get(name), after.get(name)))


def _method(before: Plain, after: Plain) -> Iterator[Step]:
    for name in ("method", "window"):
        if before[name] != after[name]:
            yield Step(f"change-{name}", _pair(before[name], after[name]))


def _condition(name: str, before: Plain, after: Plain) -> Iterator[Step]:
    one, two = before.get(name), after.get(name)
    if one == two:
        return
    if one is None:
        yield Step(f"change-{name}-added", {"after": two})
    elif two is None:
        yield Step(f"change-{name}-removed", {"before": one})
    else:
        yield Step(f"change-{name}", _pair(one, two))


def _minimum(before: Plain, after: Plain) -> Iterator[Step]:
    one, two = before.get("minimum", {}), after.get("minimum", {})
    for reference in dict.fromkeys([*one, *two]):
        least, now = one.get(reference), two.get(reference)
        if least == now:
            continue
        code = "-added" if least is None else "-removed" if now is None else ""
        yield Step(f"change-minimum{code}", {"reference": reference, **_pair(least, now)})


def _references(before: Plain, after: Plain) -> Iterator[Step]:
    for name in _REFERENCES:
        # `sales` is what an indicator left out is; what R, F and M are, the method says.
        one, two = before.get(name), after.get(name)
        if one != two and before["method"] == after["method"]:
            yield Step(f"change-{name}", _pair(one or _DEFAULTS[name], two or _DEFAULTS[name]))


_DEFAULTS = {
    "indicator": "sales",
    "value": "sales",
    "recency": "recency",
    "frequency": "frequency",
    "monetary": "sales",
}


def _items(before: Plain, after: Plain) -> Iterator[Step]:
    """Indicators of a score: added, removed, weighed or scored otherwise."""
    one = {item["indicator"]: item for item in before.get("indicators", ())}
    two = {item["indicator"]: item for item in after.get("indicators", ())}
    for reference, item in two.items():
        known = one.get(reference)
        if known is None:
            yield Step("change-item-added", {"reference": reference, "weight": item.get("weight")})
            continue
        if known.get("weight") != item.get("weight"):
            yield Step(
                "change-weight",
                {"reference": reference, **_pair(known.get("weight"), item.get("weight"))},
            )
        for name in sorted({*known, *item} - {"indicator", "weight"}):
            if known.get(name) != item.get(name):
                code = f"change-item-{name}" if name in _SCORING else "change-item-other"
                yield Step(code, {"reference": reference, "field": name})
    for reference in one:
        if reference not in two:
            yield Step("change-item-removed", {"reference": reference})


def _classes(before: Sequence[Plain], after: Sequence[Plain]) -> Iterator[Step]:
    one = {part["key"]: part for part in before}
    two = {part["key"]: part for part in after}
    for place, (key, part) in enumerate(two.items(), start=1):
        named = {"class": key, "title": part["title"]}
        if key not in one:
            yield Step("change-class-added", {**named, "place": place, **_cut_of(part)})
        else:
            yield from _class(one[key], part, named)
    for key, part in one.items():
        if key not in two:
            yield Step("change-class-removed", {"class": key, "title": part["title"]})
    kept = [key for key in one if key in two]
    if kept != [key for key in two if key in one]:
        yield Step("change-class-order", {"titles": [part["title"] for part in after]})


def _class(one: Plain, two: Plain, named: Plain) -> Iterator[Step]:
    if one["title"] != two["title"]:
        renamed = {"class": named["class"], **_pair(one["title"], two["title"])}
        yield Step("change-class-title", renamed)
    for name in ("description", "color"):
        if one.get(name) != two.get(name):
            yield Step(f"change-class-{name}", named)
    for name in _CUTS:
        if one.get(name) != two.get(name):
            yield Step(f"change-cut-{name}", {**named, **_pair(one.get(name), two.get(name))})
    others = {*one, *two} - {*_WORDS, *_CUTS}
    if any(one.get(name) != two.get(name) for name in others):
        yield Step("change-class-rule", named)


def _cut_of(part: Plain) -> Plain:
    return next(({"cut": name, "after": part[name]} for name in _CUTS if name in part), {})


def _rules(before: Plain, after: Plain) -> Iterator[Step]:
    """Ordered rules: which came, which went, and whether the order of the others is another."""
    yield from _listed("rule", before.get("rules", []), after.get("rules", []))
    if before.get("else") != after.get("else") and "rules" in before and "rules" in after:
        yield Step("change-else", _pair(before.get("else"), after.get("else")))


def _caps(before: Plain, after: Plain) -> Iterator[Step]:
    yield from _listed("cap", before.get("caps", []), after.get("caps", []))


def _hysteresis(before: Plain, after: Plain) -> Iterator[Step]:
    one, two = before.get("hysteresis"), after.get("hysteresis")
    if one == two:
        return
    if two is None:
        yield Step("change-hysteresis-removed")
    elif two.get("runs") is not None:
        yield Step("change-hysteresis-runs", {"after": two["runs"]})
    else:
        yield Step("change-hysteresis-margin", {"after": two["margin"]})


def _listed(name: str, one: Sequence[Plain], two: Sequence[Plain]) -> Iterator[Step]:
    for part in two:
        if part not in one:
            yield Step(f"change-{name}-added", dict(part))
    for part in one:
        if part not in two:
            yield Step(f"change-{name}-removed", dict(part))
    if one != two and [p for p in one if p in two] != [p for p in two if p in one]:
        yield Step(f"change-{name}-order", {})


def _named(field: str, key: str, name: str, before: Plain, after: Plain) -> Iterator[Step]:
    """What a document defines by name: added, changed, removed."""
    one = {part[key]: part for part in before.get(field, ())}
    two = {part[key]: part for part in after.get(field, ())}
    for called in dict.fromkeys([*two, *one]):
        if one.get(called) == two.get(called):
            continue
        code = "-added" if called not in one else "-removed" if called not in two else ""
        title = (two.get(called) or one[called]).get("title")
        yield Step(f"change-{name}{code}", {"name": called, "title": title})


def _rest(before: Plain, after: Plain) -> Iterator[Step]:
    """What no step tells yet, by the name of its field."""
    same_method = before["method"] == after["method"]
    for name in sorted({*before, *after} - _TOLD):
        one, two = before.get(name), after.get(name)
        if one == two or (not same_method and (one is None or two is None)):
            continue  # a field of one of the methods only goes without saying
        if all(value is None or isinstance(value, int | float | str) for value in (one, two)):
            yield Step("change-field", {"field": name, **_pair(one, two)})
        else:
            yield Step("change-field-other", {"field": name})


_TOLD = frozenset(
    (
        *_TITLES, *_REFERENCES, "method", "window", "population", "minimum", "define",
        "indicators", "classes", "rules", "else", "caps", "hysteresis",
    )
)  # fmt: skip
"""Fields that have steps of their own."""


def _pair(before: Any, after: Any) -> Plain:
    return {"before": before, "after": after}
