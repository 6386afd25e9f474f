"""What ran out overnight is seen to before anybody reads, should the clock's job be late."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone

from kefen_crm.grading.actions import expire_overrides

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class Today:
    """The day this process has seen to."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._day: date | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate()
        if self._day != today:
            expire_overrides()
            self._day = today
        return self._get_response(request)
