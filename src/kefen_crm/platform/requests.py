"""Each request: its id, its line in the log, its place in the figures; nothing of it is cached."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Final

from django.conf import settings
from prometheus_client import Counter, Histogram

from kefen_crm.process.logs import REQUEST_ID, route_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.urls import ResolverMatch

HEADER: Final = "X-Request-ID"
logger = logging.getLogger(__name__)
REQUESTS: Final = Counter(
    "kefen_requests", "Requests", ["method", "route", "status"], registry=None
)
SECONDS: Final = Histogram(
    "kefen_request_seconds",
    "Time to answer",
    ["method", "route"],
    registry=None,
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
API: Final = "api"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Take the request's id from a proxy, or give it one; log its route, status and time."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        key = given if _ID.fullmatch(given) else secrets.token_hex(8)
        marker = REQUEST_ID.set(key)
        begin = time.perf_counter()
        try:
            response = get_response(request)
            response.headers[HEADER] = key
            if not request.path_info.startswith(f"/{settings.STATIC_URL.lstrip('/')}"):
                seconds = time.perf_counter() - begin
                _note(request, response, seconds)
                _count(request, response, seconds)
        finally:
            REQUEST_ID.reset(marker)
        return response

    return middleware


def _note(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    route, status, ms = route_of(request), response.status_code, round(seconds * 1000)
    facts = {"method": request.method, "route": route, "status": status, "ms": ms}
    if (user := _user(request)) is not None:
        facts["user"] = user
    logger.info("%s %s %s %s ms", request.method, route, status, ms, extra=facts)


def _count(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    name = _name(match) if match else "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, name, str(response.status_code)).inc()
    SECONDS.labels(method, name).observe(seconds)


def _name(match: ResolverMatch) -> str:
    """What a request is counted under. All operations of one address of the API have one view,
    named by the first of them; so these are named by their address.
    """
    if match.namespace == API:
        address = match.route.partition("/v1/")[2] or match.route
        return f"{API}:{address.strip('/').replace('/', '.')}"
    return match.view_name or "none"


def _user(request: HttpRequest) -> int | None:
    """The number of the user, as far as somebody has asked for it: no query for a line of a log."""
    # The owner of a token is put in the place of the visitor whom the session named.
    for known in (vars(request).get("user"), getattr(request, "_cached_user", None)):
        number = getattr(known, "pk", None) if hasattr(type(known), "role") else None
        if isinstance(number, int):
            return number
    return None


def no_store(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """What is not said to be for keeping is kept by no browser and no proxy."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware
