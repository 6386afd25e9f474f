"""What a new scheme starts from: a ready-made one, or the bare bones of a method."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

METHODS = ("share", "quantile", "threshold", "rfm", "weighted", "rules", "cluster", "matrix")
"""The methods in the order people meet them."""


def _words(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _class(key: str, zh: str, en: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "title": _words(zh, en), **more}


_EIGHT = (
    ("champion", "重要价值客户", "Champions", "rfm"),
    ("promising", "重要发展客户", "Promising", "rm"),
    ("win-back", "重要挽留客户", "Win back", "fm"),
    ("rescue", "重要唤回客户", "Rescue", "m"),
    ("loyal", "一般价值客户", "Loyal, small", "rf"),
    ("new", "一般发展客户", "New", "r"),
    ("keep", "一般保持客户", "Keep", "f"),
    ("lost", "流失客户", "Lost", ""),
)
_BONES: dict[str, dict[str, Any]] = {
    "share": {
        "minimum": {"orders": 1},
        "indicator": "sales",
        "classes": [
            _class("A", "A 类客户", "Class A", upto=0.75),
            _class("B", "B 类客户", "Class B", upto=0.95),
            _class("C", "C 类客户", "Class C"),
        ],
    },
    "quantile": {
        "minimum": {"orders": 1},
        "indicator": "sales",
        "classes": [
            _class("high", "高价值客户", "High", share=0.2),
            _class("middle", "中价值客户", "Middle", share=0.3),
            _class("low", "低价值客户", "Low"),
        ],
    },
    "threshold": {
        "minimum": {"orders": 1},
        "indicator": "sales",
        "classes": [
            _class("large", "大客户", "Large", at_least=100000),
            _class("medium", "中客户", "Medium", at_least=20000),
            _class("small", "小客户", "Small"),
        ],
    },
    "rfm": {
        "minimum": {"orders": 1},
        "classes": [_class(key, zh, en, high=list(high)) for key, zh, en, high in _EIGHT],
    },
    "weighted": {
        "minimum": {"orders": 1},
        "indicators": [
            {"indicator": "sales", "weight": 50},
            {"indicator": "frequency", "weight": 30},
            {"indicator": "recency", "weight": 20, "better": "lower"},
        ],
        "cut": "customers",
        "classes": [
            _class("A", "A 级客户", "Grade A", upto=0.2),
            _class("B", "B 级客户", "Grade B", upto=0.6),
            _class("C", "C 级客户", "Grade C"),
        ],
    },
    "rules": {
        "rules": [
            {"when": {"all": [{"indicator": "orders", "at_least": 2}]}, "class": "regular"},
            {"when": {"all": [{"indicator": "orders", "at_least": 1}]}, "class": "bought"},
        ],
        "else": "prospect",
        "classes": [
            _class("regular", "老客户", "Regular"),
            _class("bought", "成交客户", "Bought once"),
            _class("prospect", "潜在客户", "Prospect"),
        ],
    },
    "cluster": {
        "minimum": {"orders": 1},
        "indicators": [{"indicator": "sales"}, {"indicator": "frequency"}],
        "classes": [
            _class("first", "第一组", "First group"),
            _class("second", "第二组", "Second group"),
            _class("third", "第三组", "Third group"),
        ],
    },
}


def bones(method: str) -> dict[str, Any]:
    """The least a method can be started with, without a name."""
    return {"method": method, "window": "12m"} | deepcopy(_BONES.get(method, {}))


def known(method: str) -> bool:
    """Whether there are bones of a method."""
    return method in _BONES


def of_method(document: dict[str, Any], method: str) -> dict[str, Any]:
    """A document turned to another method: who, what and which classes stay, cuts start anew."""
    fresh = bones(method)
    kept = ("name", "title", "description", "window", "population", "minimum", "value", "define")
    found = {name: document[name] for name in kept if name in document} | {
        name: told for name, told in fresh.items() if name not in ("window", "minimum")
    }
    if "minimum" not in found and "minimum" in fresh:
        found["minimum"] = fresh["minimum"]
    before = [one for one in document.get("classes") or [] if isinstance(one, dict)]
    if method not in ("rfm", "rules") and len(before) == len(fresh.get("classes") or []):
        said = ("key", "title", "description", "color")
        for bare, old in zip(found["classes"], before, strict=True):
            bare.update({name: old[name] for name in said if name in old})
    return found


def free_name(wanted: str, taken: set[str]) -> str:
    """A name that no scheme has.

    >>> free_name("abc", {"abc", "abc-2"})
    'abc-3'
    """
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name
