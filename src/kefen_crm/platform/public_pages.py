"""Pages that are open to whoever has their address."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from allauth.core import ratelimit

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")


def limited(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Refuse with 429 whoever tries public addresses too often, by opening them, too."""

    @wraps(view)
    def asked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        refused: HttpResponse | None = ratelimit.consume_or_429(
            request, action="public", limit_get=True
        )
        return view(request, *args, **kwargs) if refused is None else refused

    return asked
