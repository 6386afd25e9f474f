"""Every fault of a scheme document at once, each with its path and what would be right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from kefen.errors import Fault
from kefen.period import PeriodError, Window
from kefen.schemes.adjustment_faults import hold_faults
from kefen.schemes.condition_faults import condition_faults
from kefen.schemes.definition_faults import definition_faults, known_indicators
from kefen.schemes.faults import entries, near, percent
from kefen.schemes.limits import FAULTS, beyond
from kefen.schemes.methods import METHODS
from kefen.schemes.model import Scheme
from kefen.schemes.templates import INSIDE, READY, expanded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic_core import ErrorDetails

_TYPES = {
    "string_type": "text",
    "list_type": "list",
    "dict_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "int_type": "number",
    "float_type": "number",
    "finite_number": "number",
    "bool_type": "yes-no",
}
_REFERENCES = ("indicator", "value", "recency", "frequency", "monetary")
_CONDITIONS = ("population", "when", "where")
"""Fields that hold conditions; what is named in them is checked with them."""


def check(document: object) -> list[Fault]:
    """All that is wrong with a raw document; an empty list when it is sound.

    >>> [fault.path for fault in check({"method": "share"})]
    ['classes', 'name', 'title']
    """
    if not isinstance(document, Mapping):
        return [Fault("", "not-a-document", {"value": type(document).__name__})]
    if too_large := beyond(document):
        return too_large
    document = expanded(document)
    each = chain(
        *(_form(document), _classes(document), _conditions(document)),
        *(_references(document), definition_faults(document), _inside(document)),
    )
    found = list(islice(each, FAULTS))
    method = METHODS.get(str(document.get("method")))
    found += hold_faults(document, cut=method is not None and method.bounds is not None)
    if method is not None:
        found += method.faults(document)
    unique: dict[tuple[str, str], Fault] = {}
    for fault in found:
        unique.setdefault((fault.path, fault.code), fault)
    return sorted(unique.values(), key=lambda fault: fault.path)[:FAULTS]


def _form(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Fields and types, by the method's model."""
    name = document.get("method")
    method = METHODS.get(str(name))
    if method is None:
        code = "missing-field" if name is None else "unknown-method"
        facts = {"name": "method", "value": name, "near": near(name, METHODS)}
        yield Fault("method", code, facts | {"allowed": list(METHODS)})
    model = method.document if method else Scheme
    try:
        model.model_validate(document)
    except ValidationError as error:
        for detail in error.errors()[:FAULTS]:
            fault = _fault(detail, model)
            known = method is not None or fault.code != "unknown-field"
            inside = detail["loc"][:1] and detail["loc"][0] in _others(document)
            missing = fault.code == "missing-field" and len(detail["loc"]) == 1
            if known and fault.path != "method" and (not inside or missing):
                yield fault


def _fault(detail: ErrorDetails, model: type[BaseModel]) -> Fault:
    where, kind, value = detail["loc"], detail["type"], detail.get("input")
    path, facts = _path(where), {"value": value}
    if kind == "extra_forbidden":
        name, fields = str(where[-1]), _fields(model, where[:-1])
        alike = near(name, fields)
        allowed = [*alike, *(field for field in fields if field not in alike)]
        return Fault(path, "unknown-field", {"name": name, "near": alike, "allowed": allowed})
    if kind == "missing":
        return Fault(path, "missing-field", {"name": str(where[-1])})
    if kind == "value_error":
        return Fault(path, str(detail.get("ctx", {}).get("error", kind)), facts)
    return Fault(path, *_of_kind(detail, kind, facts, where))


def _of_kind(
    detail: ErrorDetails, kind: str, facts: dict[str, Any], where: Sequence[int | str]
) -> tuple[str, dict[str, Any]]:
    context = detail.get("ctx", {})
    if kind in ("literal_error", "enum"):
        allowed = str(context.get("expected", "")).replace(" or ", ", ").replace("'", "")
        words = allowed.split(", ")
        return "not-allowed", facts | {"allowed": words, "near": near(facts["value"], words)}
    if kind == "string_pattern_mismatch":
        name = "bad-indicator-name" if where[0] == "define" else "bad-name"
        return {"name": name, "key": "bad-key", "color": "bad-color"}.get(
            str(where[-1]), "bad-name"
        ), facts
    if kind == "too_short":
        return "too-few", facts | {"least": context.get("min_length")}
    if kind == "too_long":
        return "too-many", facts | {"most": context.get("max_length")}
    if kind in ("greater_than_equal", "less_than_equal", "greater_than"):
        [(name, bound)] = [(name, context[name]) for name in _BOUNDS if name in context]
        shares = any(piece in ("upto", "share") for piece in where[-2:])
        value, bound = (percent(one) if shares else one for one in (facts["value"], bound))
        en, zh = _BOUNDS[name]
        told = {"bound": f"{en} {bound}", "bound_zh": f"{zh} {bound}"}
        return "out-of-range", facts | {"value": value} | told
    return "wrong-type", facts | {"expected": _TYPES.get(kind, kind)}


_BOUNDS = {"ge": ("at least", "不小于"), "gt": ("more than", "大于"), "le": ("at most", "不大于")}
"""What a number must be to its bound."""


def _path(where: Sequence[int | str]) -> str:
    path = ""
    for piece in where:
        if isinstance(piece, int):
            path += f"[{piece}]"
        elif piece not in ("int", "float", "[key]") and not piece.startswith("function-"):
            path += f".{piece}" if path else piece
    return path


def _fields(model: type[BaseModel], where: Sequence[int | str]) -> list[str]:
    """The fields allowed at a place of the document."""
    for piece in where:
        field = model.model_fields.get(str(piece)) if isinstance(piece, str) else None
        if field is not None:
            model = _model(field.annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model(part))), None)


def _classes(document: Mapping[str, Any]) -> Iterator[Fault]:
    listed = list(entries(document, "classes"))
    times = Counter(str(entry.get("key")) for _, entry in listed)
    seen: set[str] = set()
    for place, entry in listed:
        key = str(entry.get("key"))
        if times[key] > 1 and key in seen:
            yield Fault(f"classes[{place}].key", "duplicate-class", {"value": key})
        seen.add(key)


def _inside(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of the schemes inside this one."""
    for field in _others(document):
        inner = document.get(field)
        if isinstance(inner, Mapping):
            for fault in check(inner):
                path = f"{field}.{fault.path}" if fault.path else field
                yield Fault(path, fault.code, fault.data)
        elif isinstance(inner, str):
            facts = {"value": inner, "near": near(inner, READY), "allowed": list(READY)}
            yield Fault(field, "unknown-inside", facts)
        elif field in document:
            yield Fault(field, "not-a-document", {"value": type(inner).__name__})


def _others(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of this document that hold another one."""
    return INSIDE if document.get("method") == "matrix" else ()


def _conditions(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Conditions on customers that any scheme may state."""
    known = known_indicators(document)
    yield from condition_faults("population", document.get("population"), known)
    for place, cap in entries(document, "caps"):
        yield from condition_faults(f"caps[{place}].when", cap.get("when"), known)


def _references(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Every indicator named anywhere must exist, be a number, and have a possible window."""
    known = known_indicators(document)
    for path, text in _named("", document):
        name, at, window = text.strip().partition("@")
        if name not in known:
            facts = {"name": name, "near": near(name, known)}
            yield Fault(path, "unknown-indicator", facts)
        elif known[name].kind != "number":
            yield Fault(path, "indicator-not-number", {"name": name, "kind": known[name].kind})
        if at:
            try:
                Window.parse(window)
            except PeriodError:
                yield Fault(path, "bad-window", {"value": window})


def _named(path: str, raw: object) -> Iterator[tuple[str, str]]:
    if isinstance(raw, list):
        for place, part in enumerate(raw):
            yield from _named(f"{path}[{place}]", part)
    if not isinstance(raw, Mapping):
        return
    for key, part in raw.items():
        inner = f"{path}.{key}" if path else str(key)
        if key == "minimum" and isinstance(part, Mapping):
            yield from ((f"{inner}.{name}", str(name)) for name in part)
        elif key in _REFERENCES and isinstance(part, str):
            yield inner, part
        elif key not in ("title", "description", "define", *_CONDITIONS, *INSIDE):
            yield from _named(inner, part)
