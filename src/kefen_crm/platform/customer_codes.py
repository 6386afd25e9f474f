"""Customers' codes in addresses: `<code:code>` in a path, also of customers called `.` or `..`."""

from __future__ import annotations

import re

from django.urls import register_converter
from django.urls.converters import PathConverter

# Browsers and proxies take a part of only points for a step back and drop it, encoded or not.
_BARE = re.compile(r"(?<![^/])(~*\.{1,2})(?![^/])")
_MARKED = re.compile(r"(?<![^/])~(~*\.{1,2})(?![^/])")


def stepped(value: str) -> str:
    """A code as a path says it, without the `~` before a part of only points."""
    return _MARKED.sub(r"\1", value)


class CodeConverter(PathConverter):
    """A code as it stands, slashes too; before a part of only points stands a `~`.

    >>> CodeConverter().to_url("a/.."), CodeConverter().to_python("a/~..")
    ('a/~..', 'a/..')
    >>> CodeConverter().to_url("~."), CodeConverter().to_url("v1.0")
    ('~~.', 'v1.0')
    """

    def to_python(self, value: str) -> str:
        return stepped(value)

    def to_url(self, value: str) -> str:
        return _BARE.sub(r"~\1", value)


def register() -> None:
    """Let addresses say `<code:…>`."""
    register_converter(CodeConverter, "code")
