"""A tool's call as a request to its operation, by the same token: what it may is what that may."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.urls import Resolver404, resolve

from kefen_crm.assistants.tools import LIMIT, tools
from kefen_crm.platform.customer_codes import CodeConverter
from kefen_crm.platform.events import acting_via

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from kefen_crm.assistants.tools import Tool

VIA = "assistant"
KEPT = frozenset({"HTTP_AUTHORIZATION", "HTTP_ACCEPT_LANGUAGE", "HTTP_HOST", "REMOTE_ADDR"})
"""What of a message's environment its operations need; besides it all that is the server's."""


def call(request: HttpRequest, name: str, given: dict[str, Any]) -> tuple[bool, str]:
    """Whether a call of a tool failed, and what it answers, in words for the assistant."""
    tool = tools(request).get(name)
    if tool is None:
        return True, f"There is no tool {name}."
    arguments = {key: value for key, value in given.items() if key != "confirm"}
    if unknown := sorted(set(arguments) - set(tool.places)):
        known = ", ".join(tool.places)
        return True, f"{name} has no {', '.join(unknown)}. It has: {known}."
    needed = tool.schema.get("required", ())
    if missing := [one for one in needed if one not in arguments]:
        return True, f"{name} needs {', '.join(missing)}."
    if tool.writes and given.get("confirm") is not True:
        return True, (
            f"Nothing was changed. “{tool.title}” with {json.dumps(arguments, ensure_ascii=False)} "
            "changes something: tell the person, and call again with confirm set to true once they "
            "agreed."
        )
    asked = _request(request, tool, arguments)
    try:
        match = resolve(asked.path_info)
    except Resolver404:
        return True, f"{name} takes no such {', '.join(_in_path(tool))}."
    if any(str(match.kwargs.get(one)) != str(arguments[one]) for one in _in_path(tool)):
        return True, f"{name} takes no such {', '.join(_in_path(tool))}."
    asked.resolver_match = match
    with acting_via(VIA):
        answer = match.func(asked, *match.args, **match.kwargs)
    return answer.status_code >= 400, _text(answer)


def _request(request: HttpRequest, tool: Tool, arguments: Mapping[str, Any]) -> WSGIRequest:
    sorted_out: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "body": {}}
    if "limit" in tool.places:
        sorted_out["query"]["limit"] = LIMIT
    for name, value in arguments.items():
        where, called = tool.places[name]
        sorted_out[where][called] = value
    path = tool.path
    for name, value in sorted_out["path"].items():
        path = path.replace(f"{{{name}}}", CodeConverter().to_url(str(value)))
    query = {name: value for name, value in sorted_out["query"].items() if value is not None}
    body = json.dumps(sorted_out["body"]).encode() if tool.method != "get" else b""
    environment = {
        name: value
        for name, value in request.META.items()
        if name in KEPT or name.startswith(("SERVER_", "wsgi."))
    }
    environment |= {
        f"HTTP_{name.upper().replace('-', '_')}": str(value)
        for name, value in sorted_out["header"].items()
    }
    return WSGIRequest(
        environment
        | {
            "REQUEST_METHOD": tool.method.upper(),
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": urlencode(query, doseq=True),
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
    )


def _in_path(tool: Tool) -> list[str]:
    return [name for name, (where, _called) in tool.places.items() if where == "path"]


def _text(answer: HttpResponse) -> str:
    """An answer's JSON; instead of the address of the next page its cursor."""
    if not answer.content:
        return "Done."
    told = json.loads(answer.content)
    if isinstance(told, dict) and "next" in told and "items" in told:
        following = told.pop("next")
        if following:
            told["cursor"] = parse_qs(urlsplit(following).query)["cursor"][0]
    return json.dumps(told, ensure_ascii=False)
