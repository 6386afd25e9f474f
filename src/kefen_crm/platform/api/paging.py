"""Pages by cursor: the key of the last item seen, so that new items shift nothing."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _
from ninja import Field
from pydantic import BaseModel, ValidationInfo, model_validator

from kefen_crm.platform.api.problems import Fault, Refused, pointer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest

T = TypeVar("T")
M = TypeVar("M", bound=Model)
LIMIT, MOST = 100, 500


class Known(BaseModel):
    """Parameters of an address; one that is not among them is refused, not passed over."""

    @model_validator(mode="before")
    @classmethod
    def known(cls, data: Any, info: ValidationInfo) -> Any:
        request: HttpRequest | None = (info.context or {}).get("request")
        names = {field.alias or name for name, field in cls.model_fields.items()}
        if request is not None and (unknown := sorted(set(request.GET) - names)):
            detail = _("There is no such parameter. There are: %(names)s.") % {
                "names": ", ".join(sorted(names))
            }
            faults = [_parameter("unknown-parameter", name, detail) for name in unknown]
            told = _("Some values are missing or not valid.")
            raise Refused(422, "not-valid", told, faults)
        return data


class Paged(Known):
    """What every list takes."""

    limit: int = Field(LIMIT, ge=1, le=MOST, description="How many items a page has at most.")
    cursor: str = Field(
        "", max_length=2000, description="Where the page begins: taken from `next`, never made up."
    )


class OfCustomer(Paged):
    """What a list takes that can be of one customer."""

    customer: str = Field("", max_length=200, pattern=r"^[^\x00]*$", description="Its code.")


class Page(BaseModel, Generic[T]):
    """Some items of a list."""

    items: list[T]
    next: str | None = Field(
        description="The address of the next page; null on the last one.",
        examples=["https://crm.example.com/api/v1/customers?cursor=WyJDMiJd"],
    )


def after(cursor: str, *types: type) -> list[Any] | None:
    """The key a cursor stands for, its parts of these types; None for the first page."""
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(urlsafe_b64decode(padded.encode("ascii")))
        fits = [type(part) for part in key] == list(types)
    except (ValueError, TypeError):
        fits = False
    if not fits or "\x00" in str(key):
        detail = _("This is not a cursor of this list. Take the address in `next` as it is.")
        fault = _parameter("bad-cursor", "cursor", detail)
        raise Refused(422, "bad-cursor", detail, [fault])
    return list(key)


def split(found: Sequence[T], limit: int) -> tuple[list[T], bool]:
    """The items of a page out of `limit + 1` that were asked for; whether there are more."""
    return list(found[:limit]), len(found) > limit


def newest(request: HttpRequest, found: QuerySet[M], query: Paged) -> tuple[list[M], str | None]:
    """A page of objects by their number, the newest first, and the address of the next one."""
    if key := after(query.cursor, int):
        found = found.filter(pk__lt=key[0])
    items, more = split(list(found.order_by("-pk")[: query.limit + 1]), query.limit)
    return items, link(request, [items[-1].pk]) if more else None


def link(request: HttpRequest, key: Sequence[Any], settled: Mapping[str, Any] | None = None) -> str:
    """The address of the page that follows the item of this key.

    `settled` are parameters that were left open and have to stay as they were taken.
    """
    text = json.dumps(list(key), ensure_ascii=False, separators=(",", ":"))
    params = request.GET.copy()
    for name, value in (settled or {}).items():
        params[name] = str(value)
    params["cursor"] = urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")


def _parameter(code: str, name: str, detail: str) -> Fault:
    return Fault(code=code, detail=detail, part="query", pointer=pointer([name]))
