"""Talks to the API as a program does, with a token; what refuses must refuse by a problem."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.test import Client

from kefen_crm.team.actions import create_token

if TYPE_CHECKING:
    from kefen_crm.team.models import User


ROOT = "/api/v1"
PROBLEM = {"type", "title", "status", "detail", "code", "errors"}
FAULT = {"code", "detail", "part", "pointer"}


class Program:
    """A program with the token of `user`; without one it is a stranger."""

    def __init__(self, user: User | None = None, language: str = "en") -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Accept-Language": language}
        if user:
            self.headers["Authorization"] = f"Bearer {create_token(user, 'tests')[1]}"

    def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        """The answer as JSON, having the status expected; a refusal having the one shape."""
        headers = self.headers | more.pop("headers", {})
        where = path if path.startswith("http") else ROOT + path
        answer = self.client.generic(method, where, headers=headers, **more)
        assert answer.status_code == status, answer.content.decode()
        if status >= 400:
            return problem(answer)
        return answer if answer.streaming else answer.json()

    def get(self, path: str, status: int = 200, **more: Any) -> Any:
        return self.ask("GET", path, status, **more)

    def delete(self, path: str, status: int = 200) -> Any:
        return self.ask("DELETE", path, status)

    def post(
        self, path: str, body: Any, status: int = 200, media: str = "application/json", **more: Any
    ) -> Any:
        text = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.ask("POST", path, status, data=text, content_type=media, **more)


def problem(answer: Any) -> dict[str, Any]:
    """The problem of a refusal, seen to be one."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = json.loads(answer.content)
    assert set(told) == PROBLEM
    assert told["status"] == answer.status_code
    assert told["type"] == f"urn:kefen:problem:{told['code']}"
    assert told["title"]
    assert told["detail"]
    for fault in told["errors"]:
        assert set(fault) == FAULT
        assert fault["pointer"] == "" or fault["pointer"].startswith("/")
    return told


def pages(program: Program, path: str) -> list[dict[str, Any]]:
    """Every item of a list, page after page."""
    items, following = [], path
    while following:
        page = program.get(following)
        items += page["items"]
        following = page["next"]
    return items
