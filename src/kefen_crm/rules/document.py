"""A document of rules as a form: its fields, and what was written into them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from django.utils.translation import gettext as _
from pydantic import BaseModel

from kefen_crm.grading.models import Scheme
from kefen_crm.grading.scopes import class_choices
from kefen_crm.platform import numbers
from kefen_crm.platform.scoped_rules import ScopedRule
from kefen_crm.platform.standing_words import said
from kefen_crm.team.models import Department

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import QueryDict
    from pydantic.fields import FieldInfo

    from kefen_crm.platform.parts import RuleKind
    from kefen_crm.platform.scoped_rules import Fault

LONG = 200
"""A text that may be longer has more than one line to write it in."""
_WORDS = re.compile(r"[,，、;；\n]+")


@dataclass(frozen=True)
class Input:
    """One field of a rule, as the page shows it; a `heading` stands above the first of several.

    `offers` are values that a text may have, besides others. `only` are the values of other
    fields with which this one means something.
    """

    name: str
    label: str
    kind: Literal["number", "text", "long", "check", "choice"]
    value: Any
    heading: str = ""
    hint: str = ""
    least: int | None = None
    most: int | None = None
    choices: Sequence[tuple[str, str]] = ()
    offers: Sequence[str] = ()
    only: Sequence[tuple[str, str]] = ()
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
    told = {one.get("scope", {}).get("scheme") for one in document.get("rules", [])}
    titles = [(name, one.title) for name, one in schemes.items() if one.current_id or name in told]
    offers = kind.offers() if kind.offers else {}
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
                inputs=_inputs(kind, rule, wrong, offers),
                faults={name.replace(".", "_"): told for name, told in wrong.items()},
            )
        )
    return found


def _inputs(
    kind: RuleKind,
    rule: Mapping[str, Any],
    wrong: Mapping[str, str],
    offers: Mapping[str, Sequence[str]],
) -> list[Input]:
    found, above = [], ""
    for name, info in own_fields(kind).items():
        heading = _part_heading(kind, name)
        told = heading if heading != above else ""
        above = heading
        value = _written_at(rule, name, info)
        fault = wrong.get(name, "")
        found.append(_input(name, info, value, fault, told, offers.get(name, ())))
    return found


def own_fields(kind: RuleKind) -> dict[str, FieldInfo]:
    """The fields that a kind adds to a rule, those of a part of it by `part.field`."""
    shared = ScopedRule.model_fields
    found: dict[str, FieldInfo] = {}
    for name, info in kind.model.model_fields.items():
        if name in shared:
            continue
        inner = _inner(info)
        if inner:
            found |= {f"{name}.{one}": about for one, about in inner.model_fields.items()}
        else:
            found[name] = info
    return found


def value_at(rule: Any, name: str) -> Any:
    """The value of a rule in a field as `own_fields` names it."""
    for part in name.split("."):
        rule = getattr(rule, part)
    return rule


def label_of(kind: RuleKind, name: str) -> str:
    """What a field is called, with the part that it is of."""
    info = own_fields(kind)[name]
    heading = _part_heading(kind, name)
    label = _(info.title) if info.title else name
    return f"{heading}: {label}" if heading else label


def shown(info: FieldInfo, value: Any) -> Any:
    """A value as people read it: of a choice its title, yes or no, a day, lists in a row."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return numbers.day(value)
    if isinstance(value, list | tuple):
        return _(", ").join(str(shown(info, one)) for one in value)
    if isinstance(value, str):
        value = said(value)
    return dict(_choices(info)).get(value, value)


def tells(kind: RuleKind, rule: Any, name: str) -> bool:
    """Whether a rule says anything in a field.

    It says nothing that is left empty, nothing of a part left as it is by itself, and nothing of
    what another field has to ask for first, such as the language of no message.
    """
    part, _dot, _last = name.rpartition(".")
    info, value = own_fields(kind)[name], value_at(rule, name)
    if part and getattr(rule, part) == kind.model.model_fields[part].get_default():
        return False
    if value in ("", None, []) or (not value and value == info.get_default()):
        return False
    for other, values in _only_with(info).items():
        found = value_at(rule, f"{part}.{other}" if part else other)
        if not found if values is True else found not in values:
            return False
    return True


def _only_with(info: FieldInfo) -> dict[str, Any]:
    extra: Any = info.json_schema_extra
    found: dict[str, Any] = extra.get("only_with", {}) if isinstance(extra, dict) else {}
    return found


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
        part, _dot, last = name.rpartition(".")
        place = rule.setdefault(part, {}) if part else rule
        if info.annotation is bool:
            place[last] = bool(text)
        elif text:
            place[last] = int(text) if info.annotation is int and _whole(text) else text
    return rule


def _inner(info: FieldInfo) -> type[BaseModel] | None:
    """The model of a part of a rule that has fields of its own."""
    said = info.annotation
    return said if isinstance(said, type) and issubclass(said, BaseModel) else None


def _part_heading(kind: RuleKind, name: str) -> str:
    part, dot, _last = name.partition(".")
    info = kind.model.model_fields[part]
    return _(info.title) if dot and info.title else ""


def _written_at(rule: Mapping[str, Any], name: str, info: FieldInfo) -> Any:
    """What a document says in a field, or what holds where it says nothing."""
    part, _dot, last = name.rpartition(".")
    place = rule.get(part, {}) if part else rule
    return place.get(last, info.get_default()) if isinstance(place, dict) else info.get_default()


def _choices(info: FieldInfo) -> Sequence[tuple[str, str]]:
    """The values of a choice with their titles, where its field gives some."""
    if get_origin(info.annotation) is not Literal:
        return ()
    extra = info.json_schema_extra
    titles: Any = extra.get("choices", {}) if isinstance(extra, dict) else {}
    return [(one, _(titles[one]) if one in titles else one) for one in get_args(info.annotation)]


def _input(
    name: str, info: FieldInfo, value: Any, fault: str, heading: str, offers: Sequence[str]
) -> Input:
    bounds = info.metadata
    longest = _bound(bounds, MaxLen, "max_length") or 0
    sort: Literal["number", "text", "long", "check", "choice"] = (
        "long" if longest > LONG else "text"
    )
    if info.annotation is bool:
        sort = "check"
    elif info.annotation is int:
        sort = "number"
    elif get_origin(info.annotation) is Literal:
        sort = "choice"
    return Input(
        name=name,
        label=_(info.title) if info.title else name,
        kind=sort,
        value="" if info.is_required() and not isinstance(value, str | int) else value,
        heading=heading,
        hint=_(info.description) if info.description else "",
        least=_bound(bounds, Ge, "ge"),
        most=_bound(bounds, Le, "le"),
        choices=_choices(info),
        offers=offers,
        only=[
            (other, " ".join(values))
            for other, values in _only_with(info).items()
            if values is not True
        ],
        fault=fault,
    )


def _listed(text: str) -> list[str]:
    return [word.strip() for word in _WORDS.split(text) if word.strip()]


def _whole(text: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]{1,9}", text))


def _bound(bounds: Sequence[Any], kind: type, name: str) -> int | None:
    """A bound that a field declares, such as `ge=1`."""
    return next((getattr(one, name) for one in bounds if isinstance(one, kind)), None)
