"""What the buttons of the form do to a document: add, remove, move, share out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from kefen_crm.designer import conditions, document_path, skeletons
from kefen_crm.gateway.words import Presentation, presentation

WHOLE = 100


def act(document: dict[str, Any], told: str) -> dict[str, Any]:
    """The document after a button called `verb:place`; one that does not fit changes nothing."""
    verb, _, place = told.partition(":")
    if verb == "method":
        return skeletons.of_method(document, place)
    if verb in _VERBS:
        _VERBS[verb](document, place)
    return document


def _add(document: dict[str, Any], place: str) -> None:
    made = {"classes": _new_class, "indicators": _new_item, "rules": _new_rule, "caps": _new_cap}
    if place == "minimum":
        minimum = document.setdefault("minimum", {})
        free = next((n for n in ("orders", "frequency", "sales", "tenure") if n not in minimum), "")
        if free:
            minimum[free] = 1
    elif place == "overdue":
        _new_cap(document, document.setdefault("caps", []), _OVERDUE)
    elif place in made:
        listed = document.setdefault(place, [])
        if isinstance(listed, list):
            made[place](document, listed)


def _new_class(document: dict[str, Any], listed: list[Any]) -> None:
    keys = {str(one.get("key")) for one in listed if isinstance(one, dict)}
    letters = (chr(code) for code in range(ord("A"), ord("Z") + 1))
    key = next((letter for letter in letters if letter not in keys), f"c{len(listed)}")
    fresh: dict[str, Any] = {"key": key, "title": {"zh": f"{key} 类", "en": f"Class {key}"}}
    shown = _shown(document)
    if shown.cuts and listed:
        _part(listed, fresh)
        listed.insert(len(listed) - 1, fresh)
    else:
        if shown.letters:
            fresh["high"] = []
        listed.append(fresh)


def _shown(document: dict[str, Any]) -> Presentation:
    """What faces show of the document's method."""
    return presentation(str(document.get("method", "")))


def _part(listed: list[Any], fresh: dict[str, Any]) -> None:
    """Give the new last class but one a cut between its neighbours."""
    before = listed[-2] if len(listed) > 1 and isinstance(listed[-2], dict) else {}
    earlier = listed[-3] if len(listed) > 2 and isinstance(listed[-3], dict) else {}
    name = next((one for one in ("upto", "share", "at_least", "at_most") if one in before), "upto")
    value = before.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    if name == "upto":
        fresh[name] = round((value + 1) / 2, 3)
    elif name == "share":
        given = [one.get("share") for one in listed[:-1] if isinstance(one, dict)]
        rest = 1 - sum(share for share in given if isinstance(share, int | float))
        fresh[name] = round(max(rest, 0) / 2, 3)
        listed[-1].pop("share", None)
    elif name == "at_least":
        fresh[name] = round(value / 2, 2)
    else:
        gap = value - earlier.get(name, 0) if isinstance(earlier.get(name, 0), int | float) else 1
        fresh[name] = value + max(gap, 1)


def _new_item(document: dict[str, Any], listed: list[Any]) -> None:
    used = {one.get("indicator") for one in listed if isinstance(one, dict)}
    wanted = ("sales", "profit", "frequency", "average_order_value", "orders", "tenure")
    fresh: dict[str, Any] = {"indicator": next((n for n in wanted if n not in used), "sales")}
    if _shown(document).weights and _by_hand(document):
        fresh["weight"] = round(WHOLE / (len(listed) + 1))
        listed.append(fresh)
        _scale(document, "")
    else:
        listed.append(fresh)
        _judge_again(document)


def _new_rule(document: dict[str, Any], listed: list[Any]) -> None:
    keys = [
        one.get("key") for one in document_path.items(document, "classes") if isinstance(one, dict)
    ]
    test = {"indicator": "orders", "at_least": 1}
    listed.append({"when": {"all": [test]}, "class": keys[0] if keys else ""})


_ABSENT = {"indicator": "recency", "above": 180}, ("长期未购买", "Has not bought for long")
_OVERDUE = (
    {"indicator": "oldest_overdue_days", "above": 90},
    ("货款逾期超过 90 天", "Overdue by more than 90 days"),
)


def _new_cap(document: dict[str, Any], listed: Any, cap: Any = _ABSENT) -> None:
    if not isinstance(listed, list):
        return
    keys = [
        one.get("key") for one in document_path.items(document, "classes") if isinstance(one, dict)
    ]
    test, (zh, en) = cap
    listed.append(
        {
            "when": {"all": [dict(test)]},
            "at_most": keys[min(1, len(keys) - 1)] if keys else "",
            "reason": {"zh": zh, "en": en},
        }
    )


def _remove(document: dict[str, Any], place: str) -> None:
    document_path.take(document, place)
    if place.startswith("indicators[") and _shown(document).weights:
        _scale(document, "")
        _judge_again(document)
    last = document_path.items(document, "classes")[-1:]
    if place.startswith("classes[") and last and isinstance(last[0], dict):
        for name in ("upto", "at_least", "at_most"):
            last[0].pop(name, None)


def _move(document: dict[str, Any], place: str, by: int) -> None:
    name, _, number = place.rstrip("]").partition("[")
    listed, at = document_path.items(document, name), int(number) if number.isdecimal() else -1
    if not (0 <= at < len(listed) and 0 <= at + by < len(listed)):
        return
    one, other = listed[at], listed[at + by]
    if name == "classes" and isinstance(one, dict) and isinstance(other, dict):
        # The cuts stay where they are: it is the names that change places.
        cuts = ("upto", "share", "at_least", "at_most")
        first, second = ({n: c.pop(n) for n in cuts if n in c} for c in (one, other))
        one.update(second)
        other.update(first)
    listed[at], listed[at + by] = other, one


def _add_test(document: dict[str, Any], place: str) -> None:
    _room(document, place).append({"indicator": "orders", "at_least": 1})


def _add_group(document: dict[str, Any], place: str) -> None:
    _room(document, place).append({"any": [{"indicator": "orders", "at_least": 1}]})


def _room(document: dict[str, Any], place: str) -> list[Any]:
    """The list inside a group, made where there is none."""
    condition = conditions.rooted(document_path.get(document, place))
    document_path.put(document, place, condition)
    join = conditions.join_of(condition) or "all"
    return document_path.items(condition, conditions.NESTED[join])


def _equalise(document: dict[str, Any], _place: str) -> None:
    for item in _weighed(document):
        item["weight"] = 1
    _scale(document, "")


def _scale(document: dict[str, Any], _place: str) -> None:
    """Have the weights make 100, in whole numbers, in the proportions they have."""
    if not _by_hand(document):
        return
    found = _weighed(document)
    weights = [
        Fraction(repr(one["weight"])) if _number(one["weight"]) else Fraction(0) for one in found
    ]
    if not any(weights):
        weights = [Fraction(1)] * len(found)
    total = sum(weights)
    exact = [weight / total * WHOLE for weight in weights]
    whole = [max(int(one), 1) for one in exact]
    order = sorted(range(len(found)), key=lambda n: exact[n] - int(exact[n]), reverse=True)
    for at in order[: max(WHOLE - sum(whole), 0)]:
        whole[at] += 1
    while sum(whole) > max(WHOLE, len(found)):
        # Who weighs next to nothing weighs one: the heaviest give that.
        whole[whole.index(max(whole))] -= 1
    for one, weight in zip(found, whole, strict=True):
        one["weight"] = weight


def _weighed(document: dict[str, Any]) -> list[dict[str, Any]]:
    listed = [one for one in document_path.items(document, "indicators") if isinstance(one, dict)]
    for one in listed:
        one.setdefault("weight", 0)
    return listed


def _by_hand(document: dict[str, Any]) -> bool:
    return document_path.get(document, "weights.by") in (None, "hand")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _weigh(document: dict[str, Any], by: str) -> None:
    """Where the weights come from; judgements start from equal ones."""
    listed = [one for one in document_path.items(document, "indicators") if isinstance(one, dict)]
    if by == "hand":
        document.pop("weights", None)
        _scale(document, "")
        return
    for one in listed:
        one.pop("weight", None)
    document["weights"] = {"by": by}
    if by == "ahp":
        _judge(document, "")


def _turn(document: dict[str, Any], place: str) -> None:
    """A judgement the other way round."""
    one = document_path.get(document, place)
    if isinstance(one, dict):
        one["more"], one["than"] = one.get("than"), one.get("more")


def _judge_again(document: dict[str, Any]) -> None:
    if document_path.get(document, "weights.by") == "ahp":
        _judge(document, "")


def _judge(document: dict[str, Any], _place: str) -> None:
    """One judgement for every pair of indicators: those that are there, else equal."""
    names = [
        str(one.get("indicator"))
        for one in document_path.items(document, "indicators")
        if isinstance(one, dict)
    ]
    told = {
        frozenset((str(one.get("more")), str(one.get("than")))): one
        for one in document_path.items(document, "weights.judgements")
        if isinstance(one, dict)
    }
    document_path.put(
        document,
        "weights.judgements",
        [
            told.get(frozenset((one, other)), {"more": one, "than": other, "times": 1})
            for place, one in enumerate(names)
            for other in names[place + 1 :]
        ],
    )


_VERBS: dict[str, Any] = {
    "add": _add,
    "remove": _remove,
    "up": lambda document, place: _move(document, place, -1),
    "down": lambda document, place: _move(document, place, 1),
    "add-test": _add_test,
    "add-group": _add_group,
    "equalise": _equalise,
    "scale": _scale,
    "weigh": _weigh,
    "judge": _judge,
    "drop": _remove,
    "turn": _turn,
}
