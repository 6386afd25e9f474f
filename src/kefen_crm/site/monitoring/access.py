"""Who may see the figures of an installation: the holder of its token, else this machine alone."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.crypto import constant_time_compare

if TYPE_CHECKING:
    from django.http import HttpRequest

FORWARDED: Final = ("X-Forwarded-For", "X-Real-IP", "Forwarded")
"""What a proxy adds: behind one, everybody seems to be on this machine."""


def may_watch(request: HttpRequest) -> bool:
    """Whether this request may see figures and details."""
    token = settings.KEFEN_MONITORING_TOKEN
    if token:
        kind, _space, given = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and constant_time_compare(given.strip(), token)
    return _is_here(request.META.get("REMOTE_ADDR", "")) and not any(
        name in request.headers for name in FORWARDED
    )


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
