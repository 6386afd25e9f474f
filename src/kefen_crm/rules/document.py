"""A document of rules as a form: its fields, and what was written into them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from django.utils.translation import gettext as _

from kefen_crm.grading.models import Scheme
from kefen_crm.grading.scopes import class_choices
from kefen_crm.platform.scoped_rules import ScopedRule
from kefen_crm.team.models import Department

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import QueryDict
    from pydantic.fields import FieldInfo

    from kefen_crm.platform.parts import RuleKind
    from kefen_crm.platform.scoped_rules import Fault

_WORDS = re.compile(r"[,，、;；\n]+")


@dataclass(frozen=True)
class Input:
    """One field of a rule, as the page shows it."""

    name: str
    label: str
    kind: Literal["number", "text", "check", "choice"]
    value: Any
    hint: str = ""
    least: int | None = None
    most: int | None = None
    choices: Sequence[tuple[str, str]] = ()
    fault: str = ""


@dataclass(frozen=True)
class RuleInputs:
    """One rule of a document, as the page shows it; `prefix` is of the names of its fields."""

    number: int
    prefix: str
    name: str
    scheme: str
    schemes: Sequence[tuple[str, str]]
    classes: Sequence[tuple[str, str, bool]]
    departments: Sequence[tuple[int, str, bool]]
    regions: str
    types: str
    inputs: Sequence[Input]
    faults: Mapping[str, str] = field(default_factory=dict)


def as_inputs(
    kind: RuleKind, document: Mapping[str, Any], faults: Sequence[Fault]
) -> list[RuleInputs]:
    """The rules of a document with what is wrong beside the fields."""
    schemes = {one.name: one for one in Scheme.objects.select_related("current")}
    departments = list(Department.objects.values_list("pk", "name"))
    titles = [(name, one.title) for name, one in schemes.items()]
    found = []
    for number, rule in enumerate(document.get("rules", [])):
        wrong = {
            one.path.split(".", 1)[1]: one.message
            for one in faults
            if one.path.startswith(f"{number}.")
        }
        scope = rule.get("scope", {})
        scheme = schemes.get(scope.get("scheme", ""))
        chosen = set(scope.get("classes", []))
        found.append(
            RuleInputs(
                number=number,
                prefix=f"rule{number}-",
                name=rule.get("name", ""),
                scheme=scope.get("scheme", ""),
                schemes=titles,
                classes=[(key, title, key in chosen) for key, title in class_choices(scheme)]
                if scheme
                else [],
                departments=[
                    (pk, name, pk in scope.get("departments", [])) for pk, name in departments
                ],
                regions=", ".join(scope.get("regions", [])),
                types=", ".join(scope.get("types", [])),
                inputs=[
                    _input(name, info, rule.get(name, info.get_default()), wrong.get(name, ""))
                    for name, info in own_fields(kind).items()
                ],
                faults={name.replace(".", "_"): told for name, told in wrong.items()},
            )
        )
    return found


def own_fields(kind: RuleKind) -> dict[str, FieldInfo]:
    """The fields that a kind adds to a rule."""
    shared = ScopedRule.model_fields
    return {name: info for name, info in kind.model.model_fields.items() if name not in shared}


def written(kind: RuleKind, post: QueryDict) -> dict[str, Any]:
    """The document as it was written into the form."""
    numbers = sorted(
        int(found[1]) for name in post if (found := re.fullmatch(r"rule(\d{1,3})-name", name))
    )
    return {"rules": [_rule(kind, post, f"rule{number}-") for number in numbers]}


def changed(document: dict[str, Any], button: str) -> dict[str, Any]:
    """The document after a button called `verb:place`; one that does not fit changes nothing."""
    rules = list(document["rules"])
    verb, _colon, place = button.partition(":")
    at = int(place) if place.isdecimal() else -1
    if verb == "add":
        rules.append({"name": _("Rule %(number)s") % {"number": len(rules) + 1}, "scope": {}})
    elif verb == "remove" and 0 <= at < len(rules):
        del rules[at]
    elif verb == "up" and 0 < at < len(rules):
        rules[at - 1 : at + 1] = [rules[at], rules[at - 1]]
    return {"rules": rules}


def _rule(kind: RuleKind, post: QueryDict, prefix: str) -> dict[str, Any]:
    scheme = post.get(f"{prefix}scheme", "")
    known = Scheme.objects.select_related("current").filter(name=scheme).first()
    keys = {key for key, _title in class_choices(known)} if known else set()
    departments = post.getlist(f"{prefix}departments")
    scope: dict[str, Any] = {
        "scheme": scheme,
        "classes": [key for key in post.getlist(f"{prefix}classes") if key in keys],
        "departments": [int(pk) for pk in departments if pk.isdecimal()],
        "regions": _listed(post.get(f"{prefix}regions", "")),
        "types": _listed(post.get(f"{prefix}types", "")),
    }
    rule: dict[str, Any] = {
        "name": post.get(f"{prefix}name", "").strip(),
        "scope": {name: value for name, value in scope.items() if value},
    }
    for name, info in own_fields(kind).items():
        text = post.get(f"{prefix}{name}", "").strip()
        if info.annotation is bool:
            rule[name] = bool(text)
        elif text:
            rule[name] = int(text) if info.annotation is int and _whole(text) else text
    return rule


def _input(name: str, info: FieldInfo, value: Any, fault: str) -> Input:
    sort: Literal["number", "text", "check", "choice"] = "text"
    if info.annotation is bool:
        sort = "check"
    elif info.annotation is int:
        sort = "number"
    elif get_origin(info.annotation) is Literal:
        sort = "choice"
    bounds = info.metadata
    return Input(
        name=name,
        label=_(info.title) if info.title else name,
        kind=sort,
        value="" if info.is_required() and not isinstance(value, str | int) else value,
        hint=_(info.description) if info.description else "",
        least=_bound(bounds, Ge, "ge"),
        most=_bound(bounds, Le, "le"),
        choices=[(one, one) for one in get_args(info.annotation)] if sort == "choice" else (),
        fault=fault,
    )


def _listed(text: str) -> list[str]:
    return [word.strip() for word in _WORDS.split(text) if word.strip()]


def _whole(text: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]{1,9}", text))


def _bound(bounds: Sequence[Any], kind: type, name: str) -> int | None:
    """A bound that a field declares, such as `ge=1`."""
    return next((getattr(one, name) for one in bounds if isinstance(one, kind)), None)
