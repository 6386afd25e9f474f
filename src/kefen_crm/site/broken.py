"""The page that is shown when another could not be."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from django.db import DataError
from django.http import HttpResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views.defaults import server_error

from kefen_crm.gateway import say_reason
from kefen_crm.platform.database import at_once
from kefen_crm.process.errors import trouble_of

if TYPE_CHECKING:
    from django.http import HttpRequest

AGAIN_SECONDS: Final = "30"


def broken(request: HttpRequest) -> HttpResponse:
    """What is said when a page failed: that the disk is full or the database away, where it is.

    It is no failure when two write the same at once, or a value is none that a database keeps.
    """
    error = sys.exc_info()[1]
    if at_once(error):
        return _refused(409, _("Somebody wrote the same at the same moment. Look at it again."))
    if isinstance(error, DataError):
        return _refused(400, _("Something sent is too long, too large or no text."))
    trouble = trouble_of(error) if error else None
    if trouble is None:
        return server_error(request)
    page = loader.get_template("503.html").render({"text": say_reason({"code": trouble})})
    answer = HttpResponse(page, status=503, headers={"Retry-After": AGAIN_SECONDS})
    answer.trouble = trouble  # type: ignore[attr-defined]  # for the API, which says it in JSON
    return answer


def _refused(status: int, text: str) -> HttpResponse:
    page = loader.get_template("not_done.html").render({"text": text})
    return HttpResponse(page, status=status)
