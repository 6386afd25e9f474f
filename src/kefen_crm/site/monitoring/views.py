from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from kefen_crm.gateway import language
from kefen_crm.process.findings import State, worst
from kefen_crm.site.monitoring import figures, health
from kefen_crm.site.monitoring.access import may_watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen_crm.process.findings import Finding

PAGES = frozenset({"/health", "/health/live", "/metrics"})


def at_once(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer those who watch, whatever host they name, before anything needs the database."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info not in PAGES:
            return get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            answer: HttpResponse = resolve(request.path_info).func(request)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    return middleware


@login_not_required
@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """That this process answers, for a load balancer; nothing is looked at."""
    return JsonResponse({"status": State.OK})


@login_not_required
@require_safe
def health_page(request: HttpRequest) -> HttpResponse:
    """How each part stands; 503 when one does not work."""
    found = health.findings()
    state, open_ = worst(found), may_watch(request)
    told = {"status": state, "checks": [_told(one, details=open_) for one in found]}
    status = 503 if state == State.FAIL else 200
    return JsonResponse(told, status=status, json_dumps_params={"ensure_ascii": False})


def _told(finding: Finding, *, details: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"check": finding.check, "status": finding.state}
    told["text"] = finding.words(language())
    return told | ({"code": finding.code, "data": finding.data} if details else {})


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures for Prometheus."""
    if not may_watch(request):
        detail = _("The figures are for this machine, or for who sends KEFEN_MONITORING_TOKEN.")
        headers = {"WWW-Authenticate": "Bearer"}
        return HttpResponse(f"{detail}\n", "text/plain; charset=utf-8", 401, headers=headers)
    return HttpResponse(figures.text(), CONTENT_TYPE_LATEST)
