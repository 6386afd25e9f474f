"""Tools, each made of an operation of the API that says that it is one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.urls import resolve, reverse

from kefen_crm.platform.api.values import TOOL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

[MARK] = TOOL
REFERENCE, DEFINITION = "#/components/schemas/", "#/$defs/"
CONFIRM = {
    "type": "boolean",
    "description": "True once the person agreed to this change. Without it nothing is changed.",
}
LIMIT = 20
"""How many items a list has unless the assistant asks for another number."""


@dataclass(frozen=True)
class Tool:
    """An operation as a tool: where each argument goes, and what an argument may be."""

    name: str
    title: str
    description: str
    method: str
    writes: bool
    path: str
    places: dict[str, tuple[str, str]]
    """Of each argument: `path`, `query`, `header` or `body`, and its name there."""
    schema: dict[str, Any]


def tools(request: HttpRequest) -> dict[str, Tool]:
    """Every tool by its name, as the API describes itself."""
    known: dict[str, Tool] | None = caches["process"].get("assistants.tools")
    if known is None:
        known = {one.name: one for one in _described(request)}
        caches["process"].set("assistants.tools", known, None)
    return known


def _described(request: HttpRequest) -> Iterator[Tool]:
    match = resolve(reverse("api:openapi-json"))
    document = json.loads(match.func(request, *match.args, **match.kwargs).content)
    shapes = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation.get(MARK):
                yield _tool(path, method, operation, shapes)


def _tool(path: str, method: str, operation: dict[str, Any], shapes: dict[str, Any]) -> Tool:
    properties: dict[str, Any] = {}
    places: dict[str, tuple[str, str]] = {}
    required = []
    for parameter in operation.get("parameters", ()):
        name = parameter["name"].replace("-", "_").lower()
        properties[name] = {"description": parameter.get("description", "")} | parameter["schema"]
        places[name] = (parameter["in"], parameter["name"])
        if parameter.get("required"):
            required.append(name)
    if "limit" in properties:
        properties["limit"] = properties["limit"] | {"default": LIMIT}
    if body := operation.get("requestBody"):
        shape = body["content"]["application/json"]["schema"]
        fields = shapes[shape["$ref"].removeprefix(REFERENCE)]
        for name, field in fields["properties"].items():
            properties[name] = field
            places[name] = ("body", name)
        required += fields.get("required", [])
    writes = method != "get" and operation[MARK] != "reads"
    if writes:
        properties["confirm"] = CONFIRM
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    if used := _used(schema, shapes):
        schema["$defs"] = used
    told = (operation["summary"], operation.get("description", ""))
    return Tool(
        name=operation["operationId"],
        title=operation["summary"],
        description=". ".join(one.strip().rstrip(".") for one in told if one) + ".",
        method=method,
        writes=writes,
        path=path,
        places=places,
        schema=json.loads(json.dumps(schema).replace(REFERENCE, DEFINITION)),
    )


def _used(schema: Any, shapes: dict[str, Any]) -> dict[str, Any]:
    """The shapes that a schema refers to, and those that these refer to."""
    found: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            reference = one.get("$ref", "")
            name = reference.removeprefix(REFERENCE) if isinstance(reference, str) else ""
            if name and name not in found:
                found[name] = shapes[name]
                waiting.append(shapes[name])
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found
