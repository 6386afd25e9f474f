"""What is wrong, as problem+json (RFC 9457). The one shape of every refusal of the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Field
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:kefen:problem:"

TITLES = {
    400: gettext_noop("The request cannot be read"),
    401: gettext_noop("Not signed in"),
    403: gettext_noop("Not permitted"),
    404: gettext_noop("Not found"),
    405: gettext_noop("Method not allowed"),
    409: gettext_noop("Not possible in the present state"),
    410: gettext_noop("No longer there"),
    412: gettext_noop("Changed meanwhile"),
    413: gettext_noop("Too large"),
    415: gettext_noop("Unknown format"),
    422: gettext_noop("Not valid"),
    500: gettext_noop("Something went wrong"),
    503: gettext_noop("Not available"),
}


class Fault(BaseModel):
    """One thing wrong: in which part of the request and, by a JSON Pointer, where in it."""

    code: str = Field(examples=["unknown-indicator"])
    detail: str = Field(examples=["There is no indicator slaes. Near: sales."])
    part: Literal["body", "query", "path", "header"] = Field(examples=["body"])
    pointer: str = Field(
        description="JSON Pointer (RFC 6901) into the part; a parameter is `/name`.",
        examples=["/document/value"],
    )


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). `code` is for programs, `detail` for people."""

    type: str = Field(
        description=f"`{TYPE}` and the code.", examples=["urn:kefen:problem:not-found"]
    )
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no run 42."])
    code: str = Field(examples=["not-found"])
    errors: list[Fault] = Field(description="Every fault; empty when there is no place to name.")


class Refused(Exception):  # noqa: N818  # an answer like any other
    """A request that is refused, with the status and the code to answer."""

    def __init__(self, status: int, code: str, detail: str, faults: Iterable[Fault] = ()) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.faults = status, code, detail, list(faults)


def response(
    status: int,
    code: str,
    detail: str,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A refusal as an answer."""
    problem = Problem(
        type=TYPE + code,
        title=_(TITLES[status]),
        status=status,
        detail=detail,
        code=code,
        errors=list(faults),
    )
    text = json.dumps(problem.model_dump(), ensure_ascii=False)
    answer = HttpResponse(text, status=status, content_type=MEDIA_TYPE, headers=headers)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def pointer(pieces: Iterable[Any]) -> str:
    """A JSON Pointer to a place.

    >>> pointer(["classes", 0, "a/b"])
    '/classes/0/a~1b'
    """
    return "".join(f"/{str(piece).replace('~', '~0').replace('/', '~1')}" for piece in pieces)


def unknown(code: str, name: str, field: str) -> Refused:
    """The refusal of a body that names what there is not."""
    detail = _("There is no %(name)s.") % {"name": name}
    fault = Fault(code=code, detail=detail, part="body", pointer=pointer([field]))
    return Refused(422, fault.code, detail, [fault])
