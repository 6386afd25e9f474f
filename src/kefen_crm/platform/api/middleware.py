"""Refusals that come from before the API, such as of a wrong host, told as problems too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.platform.api.handlers import problem_of_status, problem_of_trouble
from kefen_crm.platform.api.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


def problems(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Nothing under `/api/` is refused by a page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        told = answer.status_code < 400 or answer.headers["Content-Type"] == MEDIA_TYPE
        if told or not request.path_info.startswith("/api/"):
            return answer
        if trouble := getattr(answer, "trouble", None):
            return problem_of_trouble(trouble)
        return problem_of_status(answer.status_code)

    return middleware
