"""The Model Context Protocol, stateless: each message is one request and one answer in JSON.

The protocol's own ASGI application runs inside the request. What its tools do runs in the thread
of the request, so in its database connection, language and signed-in user.
"""

from __future__ import annotations

import logging
from asyncio import Event
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpResponse
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import CallToolResult, ListToolsResult, TextContent, Tool, ToolAnnotations

from kefen_crm.assistants.calling import call
from kefen_crm.assistants.tools import tools

if TYPE_CHECKING:
    from django.http import HttpRequest

logging.getLogger("mcp").setLevel(logging.WARNING)  # it tells of each message

INSTRUCTIONS = """\
Kefen classifies the customers of a company, says why each has its class, and holds the day's work.
Reading is free. Whatever changes something changes nothing until it is called with `confirm` set to
true: say to the person what will be done, and confirm only what they agreed to. Customers are named
by `code`; find it with list_customers. Fields that are null may be hidden from this person.
"""
MOST = 1 << 20
"""Bytes of a message."""


def answer(request: HttpRequest) -> HttpResponse:
    """Answer one message, by the operations that the request's token may use."""
    status, headers, body = async_to_sync(_exchange)(request)
    response = HttpResponse(body, status=status, content_type="text/plain")
    for name, value in headers:
        if name.lower() != "content-length":
            response.headers[name.title()] = value
    return response


async def _exchange(request: HttpRequest) -> tuple[int, list[tuple[str, str]], bytes]:
    manager = StreamableHTTPSessionManager(
        _server(request), json_response=True, stateless=True, max_request_body_size=MOST
    )
    incoming: list[dict[str, Any]] = [{"type": "http.request", "body": request.body}]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not incoming:
            await Event().wait()  # whoever asked stays until they are answered
        return incoming.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    async with manager.run():
        await manager.handle_request(_scope(request), receive, send)
    begin, *parts = sent
    headers = [(one.decode("latin-1"), value.decode("latin-1")) for one, value in begin["headers"]]
    return begin["status"], headers, b"".join(one.get("body", b"") for one in parts)


def _scope(request: HttpRequest) -> dict[str, Any]:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in request.headers.items()
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "query_string": b"",
        "root_path": "",
        "headers": headers,
    }


def _server(request: HttpRequest) -> Server[Any]:
    async def list_tools(_context: Any, _asked: Any) -> ListToolsResult:
        return ListToolsResult(tools=await sync_to_async(_listed)(request))

    async def call_tool(_context: Any, asked: Any) -> CallToolResult:
        failed, text = await sync_to_async(call)(request, asked.name, asked.arguments or {})
        return CallToolResult(content=[TextContent(type="text", text=text)], is_error=failed)

    return Server(
        "kefen",
        version=version("kefen"),
        title="Kefen",
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda _name: None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _listed(request: HttpRequest) -> list[Tool]:
    return [
        Tool(
            name=one.name,
            title=one.title,
            description=one.description,
            input_schema=one.schema,
            annotations=ToolAnnotations(
                read_only_hint=not one.writes,
                destructive_hint=one.writes,
                idempotent_hint=not one.writes,
                open_world_hint=False,
            ),
        )
        for one in tools(request).values()
    ]
