"""The site follows what is kept with the data: the business's day and the company's language."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone, translation

from kefen_crm.gateway import KefenError
from kefen_crm.gateway.settings import Settings, stored_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

LANGUAGES = {"zh": "zh-hans", "en": "en"}
"""What Django calls a language that is kept with the data."""
logger = logging.getLogger(__name__)


def follow() -> Settings:
    """Take on the time zone that is kept with the data; gives all that is kept."""
    try:
        company = stored_settings(settings.KEFEN_DATA)
    except KefenError as error:
        logger.warning("Settings: %s", error)
        return Settings(timezone=settings.TIME_ZONE)
    if company.timezone != settings.TIME_ZONE:
        settings.TIME_ZONE = company.timezone
        timezone.get_default_timezone.cache_clear()  # type: ignore[attr-defined]  # an lru_cache
    return company


def business_day(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer each request in the business's time zone; `request.company` is what is kept."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.company = follow()  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def company_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Speak the company's language to whoever has not chosen one; programs ask by a header."""

    def middleware(request: HttpRequest) -> HttpResponse:
        language = LANGUAGES.get(request.company.language)  # type: ignore[attr-defined]
        chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        program = request.path_info.startswith("/api/") and "Accept-Language" in request.headers
        if language and not chosen and not program:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return get_response(request)

    return middleware
