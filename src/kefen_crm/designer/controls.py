"""What the form shows of a document: its classes, indicators, rules, conditions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from kefen_crm.custom_fields import queries as custom_fields
from kefen_crm.designer import conditions, document_path, skeletons
from kefen_crm.gateway import previewing
from kefen_crm.gateway.words import Presentation, fiscal_year, method_title, presentation, span
from kefen_crm.grading.models import in_language

WINDOWS = ("1m", "3m", "6m", "12m", "24m", "36m", "all")


@dataclass(frozen=True)
class Cut:
    """The control that says where a class ends."""

    kind: str
    place: str
    label: str
    least: float = 0
    most: float = 100
    step: float = 0.5
    slider: bool = True
    suffix: str = "%"


@dataclass(frozen=True)
class ClassRow:
    """A class in the form."""

    at: str
    number: int
    key: str
    title: str
    cut: Cut | None
    last: bool
    lettered: bool
    high: list[tuple[str, bool]]
    boxes: bool


def editor(document: dict[str, Any]) -> dict[str, Any]:
    """Everything the form needs to show a document."""
    listed = [one for one in document_path.items(document, "classes") if isinstance(one, dict)]
    keys = [
        (str(one.get("key")), in_language(one.get("title"), str(one.get("key")))) for one in listed
    ]
    every = previewing.choices()
    attributes = [*previewing.attributes(), *custom_fields.attributes()]
    method = str(document.get("method", ""))
    shown = presentation(method)
    return {
        "document": document,
        "choices": [one for one in every if one.numeric],
        "all_choices": every,
        "attributes": attributes,
        "windows": [(one, span(one)) for one in (*WINDOWS, fiscal_year())],
        "methods": methods(),
        "method": method,
        "population": conditions.group(document, "population"),
        "minimum": list(enumerate((document.get("minimum") or {}).items())),
        "classes": [_class(document, shown, n, len(listed)) for n, _one in enumerate(listed)],
        "class_keys": keys,
        "items": [
            f"indicators[{n}]" for n, _ in enumerate(document_path.items(document, "indicators"))
        ],
        "rules": _tested(document, "rules"),
        "caps": _tested(document, "caps"),
        "judgements": _judgements(document),
        "cut": cut_kind(document),
        "total": _total(document),
        "bound": "at_most" if document.get("better") == "lower" else "at_least",
        "form": f"designer/_{shown.editor}.html" if shown.editor else "",
        "else_keys": [("", _("not rated")), *keys],
        "subjects": {f"indicator:{one.name}" for one in every}
        | {f"attribute:{name}" for name, _label in attributes},
        "document_text": json.dumps(document, ensure_ascii=False),
        **_options(),
    }


def _options() -> dict[str, list[tuple[str, str]]]:
    return {
        "betters": [("higher", _("more is better")), ("lower", _("less is better"))],
        "cuts": [
            ("score", _("by score")),
            ("customers", _("by share of customers")),
            ("value", _("by share of money")),
        ],
        "normalisations": [
            ("percentile", _("rank among customers")),
            ("minmax", _("from least to greatest")),
            ("zscore", _("distance from the mean")),
            ("bands", _("fixed bands")),
        ],
        "missings": [
            ("unrated", _("unknown: not rated")),
            ("zero", _("unknown: no points")),
            ("skip", _("unknown: left out")),
        ],
        "weighings": [
            ("hand", _("by hand")),
            ("ahp", _("by comparing pairs (AHP)")),
            ("entropy", _("by entropy of the data")),
            ("critic", _("by CRITIC of the data")),
        ],
        "means": [("mean", _("mean")), ("median", _("median"))],
        "splits": [("score", _("of the scores")), ("value", _("of the values"))],
        "joins": [
            ("all", _("all of these")),
            ("any", _("any of these")),
            ("none", _("none of these")),
        ],
        "operators": [
            ("at_least", _("at least")),
            ("above", _("more than")),
            ("at_most", _("at most")),
            ("below", _("less than")),
            ("is", _("is")),
            ("in", _("is one of")),
            ("contains", _("contains")),
            ("missing", _("is unknown")),
            ("known", _("is known")),
        ],
        "times": [
            ("1", _("equally important")),
            ("3", _("moderately more important")),
            ("5", _("strongly more important")),
            ("7", _("very strongly more important")),
            ("9", _("extremely more important")),
        ],
    }


def methods() -> list[tuple[str, str]]:
    """The methods there are bones for, with their titles."""
    return [(name, method_title(name)) for name in skeletons.METHODS if skeletons.known(name)]


def cut_kind(document: dict[str, Any]) -> str:
    """What a cut on the picture means: a `value`, a `share` of customers each, or a cumulative
    share of `customers` or of `mass`; empty when it cannot be dragged."""
    cut = presentation(str(document.get("method", ""))).cut(document)
    return cut.of if cut else ""


def _class(document: dict[str, Any], shown: Presentation, number: int, count: int) -> ClassRow:
    place, last = f"classes[{number}]", number == count - 1
    told = document["classes"][number]
    high = told.get("high")
    return ClassRow(
        at=place,
        number=number + 1,
        key=str(told.get("key", "")),
        title=in_language(told.get("title"), str(told.get("key", ""))),
        cut=None if last else _cut(document, shown, place),
        last=last,
        lettered=bool(shown.letters) and isinstance(high, list),
        high=[
            (letter, letter in (high if isinstance(high, list) else [])) for letter in shown.letters
        ],
        boxes="scores" in told,
    )


def _cut(document: dict[str, Any], shown: Presentation, place: str) -> Cut | None:
    cut = shown.cut(document)
    if cut is None:
        return None
    if cut.of != "value":
        label = {
            "share": _("share of customers"),
            "customers": _("cumulative share of customers"),
            "mass": _("cumulative share of the total"),
        }[cut.of]
        return Cut("percent", f"{place}.{cut.name}", label)
    if shown.points:
        return Cut("number", f"{place}.{cut.name}", _("points or more"), step=1, suffix="")
    lower = document.get("better") == "lower"
    label, name = (_("at most"), "at_most") if lower else (_("at least"), cut.name)
    return Cut("number", f"{place}.{name}", label, slider=False, suffix="")


def _tested(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Entries that carry a condition: rules and caps."""
    return [
        {
            "at": f"{name}[{n}]",
            "when": conditions.group(document, f"{name}[{n}].when"),
            "number": n + 1,
        }
        for n, _ in enumerate(document_path.items(document, name))
    ]


def _judgements(document: dict[str, Any]) -> list[dict[str, Any]]:
    labels = {one.name: one.label for one in previewing.choices()}
    found = []
    for n, one in enumerate(document_path.items(document, "weights.judgements")):
        more, than = str(one.get("more", "")), str(one.get("than", ""))
        found.append(
            {
                "at": f"weights.judgements[{n}]",
                "more": more,
                "than": than,
                "more_label": labels.get(more.partition("@")[0], more),
                "than_label": labels.get(than.partition("@")[0], than),
            }
        )
    return found


def _total(document: dict[str, Any]) -> float:
    weights = [
        one.get("weight")
        for one in document_path.items(document, "indicators")
        if isinstance(one, dict)
    ]
    return sum(w for w in weights if isinstance(w, int | float) and not isinstance(w, bool))
