"""From the designer's form to the scheme document, and back to YAML.

Every control is called `kind:place`: `percent:classes[0].upto`. A document has more to say than
the form: what no control names stays as it is. So a form sends the controls that changed, and the
`state` they changed: the digest of the document as it was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from kefen_crm.designer import conditions, document_path, working
from kefen_crm.designer.values import percent, plain, words
from kefen_crm.gateway import KefenError
from kefen_crm.gateway.documents import from_yaml
from kefen_crm.gateway.words import presentation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

FIELDS = ("name", "title", "description", "method", "window", "population", "minimum", "value")
"""What a document begins with, in the order people read it."""

PLAIN = ("text", "words", "number", "percent", "over")
"""Controls that write one value."""


@dataclass(frozen=True)
class Read:
    """A form that was read: the document, or why the YAML cannot be read."""

    document: dict[str, Any]
    unreadable: dict[str, Any] = field(default_factory=dict)


class ForgottenError(Exception):
    """The document that a form changed is not known here: the form must send all of itself."""


def read(posted: QueryDict) -> Read:
    """The document a form says: its YAML when that was written last, else its controls.

    Raises:
        ForgottenError: the document of the form's `state` is not known here.
    """
    base = _base(posted)
    if posted.get("source") == "yaml":
        return _from_yaml(posted.get("yaml", ""), base)
    document = shaped(base)
    pairs: dict[str, dict[str, str]] = {}
    joins = []
    for name in posted:
        kind, _, place = name.partition(":")
        text = posted.get(name) or ""
        if kind in ("subject", "operator", "operand", "key", "least"):
            pairs.setdefault(place, {})[kind] = text
        elif kind == "join":
            joins.append((place, text))
        elif kind == "many":
            _set(document, place, [one for one in posted.getlist(name) if one])
        elif kind in PLAIN:
            _set(document, place, _value(kind, text, document_path.get(document, place)))
    minimum: dict[str, Any] = {}
    for place, told in pairs.items():
        if "subject" in told:
            test = conditions.written(told["subject"], told["operator"], told.get("operand", ""))
            document_path.put(document, place, test)
        elif told.get("key"):
            minimum[told["key"]] = plain(told.get("least", "")) if told.get("least") else 1
    if "rows:minimum" in posted:
        _set(document, "minimum", minimum)
    for place, join in sorted(joins, key=lambda pair: -len(pair[0])):
        conditions.joined(document, place, join)
    _both_languages(document)
    return Read(document)


def _base(posted: QueryDict) -> dict[str, Any]:
    state = posted.get("state", "")
    if state:
        known = working.get(state)
        if known is None:
            raise ForgottenError
        return known
    try:
        found = json.loads(posted.get("document", ""))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _from_yaml(text: str, base: dict[str, Any]) -> Read:
    try:
        found = from_yaml(text)
    except KefenError as error:
        for fault in getattr(error, "faults", []):
            return Read(base, {"code": fault.code, "data": fault.data})
        facts = {name: error.data[name] for name in ("line", "reason")}
        return Read(base, {"code": "yaml-unreadable", "data": facts})
    if not isinstance(found, dict):
        return Read(base, {"code": "not-a-document", "data": {"value": type(found).__name__}})
    return Read(json.loads(json.dumps(found, default=str)))


def shaped(document: dict[str, Any]) -> dict[str, Any]:
    """The same document with conditions the way the form shows them."""
    found: dict[str, Any] = json.loads(json.dumps(document))
    if found.get("population"):
        found["population"] = conditions.rooted(found["population"])
    last = document_path.items(found, "classes")[-1:]
    cut = presentation(str(found.get("method", ""))).cut(found)
    if cut and cut.of == "share" and last and isinstance(last[0], dict):
        # Left out it is the rest, whatever becomes of the others.
        last[0].pop(cut.name, None)
    for name in ("rules", "caps"):
        for entry in document_path.items(found, name):
            if isinstance(entry, dict) and entry.get("when") is not None:
                entry["when"] = conditions.rooted(entry["when"])
    return found


def sent(document: dict[str, Any]) -> dict[str, Any]:
    """The document without the empty groups that a form in the making has."""
    found: dict[str, Any] = json.loads(json.dumps(document))
    population = found.get("population")
    if isinstance(population, dict):
        join = conditions.join_of(population)
        if join and not document_path.items(population, conditions.NESTED[join]):
            del found["population"]
    return found


def text(document: dict[str, Any]) -> str:
    """The document as YAML, in the order people read it."""
    first = {name: document[name] for name in FIELDS if name in document}
    return yaml.safe_dump(first | document, allow_unicode=True, sort_keys=False, width=90)


def _value(kind: str, text: str, before: Any) -> Any:
    """What a control says; None takes the field away."""
    if kind == "over":
        name = str(before or "").partition("@")[0]
        return f"{name}@{text}" if text else name
    if not text.strip():
        return None
    if kind == "percent":
        return percent(text)
    if kind == "number":
        return plain(text)
    if kind == "words":
        return words(text)
    return text.strip()


def _set(document: dict[str, Any], place: str, value: Any) -> None:
    if value is None or (value in ({}, []) and not place.endswith(".high")):
        document_path.take(document, place)
    else:
        document_path.put(document, place, value)


def _both_languages(document: dict[str, Any]) -> None:
    """Words given in one language only serve for both."""
    listed: list[Mapping[str, Any]] = [document]
    listed += [one for one in document_path.items(document, "classes") if isinstance(one, dict)]
    listed += [one for one in document_path.items(document, "caps") if isinstance(one, dict)]
    for owner in listed:
        for name in ("title", "description", "reason"):
            told = owner.get(name)
            if isinstance(told, dict) and len(told) == 1 and {"zh", "en"} & told.keys():
                [given] = told.values()
                told |= {"zh": given, "en": given}
