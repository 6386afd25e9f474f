"""Whoever signs in with a password that someone else gave chooses one of their own first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

OPEN = frozenset(
    {"team:own_password", "account_logout", "account_login", "set_language", "team:theme"}
)
"""What may be opened before the password is changed."""


def own_password(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, *_: object) -> HttpResponse | None:
        if not getattr(request.user, "password_given", False):
            return None
        match = request.resolver_match
        if match is not None and match.view_name in OPEN:
            return None
        return redirect("team:own_password")

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware
