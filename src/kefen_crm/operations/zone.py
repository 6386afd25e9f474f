"""The day of the site is that of the business: it follows the time zone kept with the data."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from kefen_crm.gateway import KefenError
from kefen_crm.gateway.settings import kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)


def follow() -> None:
    """Take on the time zone that is kept with the data."""
    try:
        zone = kept(settings.KEFEN_DATA).timezone
    except KefenError as error:
        logger.warning("Settings: %s", error)
        return
    if zone != settings.TIME_ZONE:
        settings.TIME_ZONE = zone
        timezone.get_default_timezone.cache_clear()  # type: ignore[attr-defined]  # an lru_cache


def business_day(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer each request in the business's time zone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        follow()
        return get_response(request)

    return middleware
