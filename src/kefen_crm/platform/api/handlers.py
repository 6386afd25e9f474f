"""Turns whatever goes wrong behind an address into a problem, and lets nothing else out."""

from __future__ import annotations

import logging
import re
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    ValidationError,
)
from django.http import Http404, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as Invalid

from kefen_crm.gateway import API, KefenError, say, say_reason
from kefen_crm.platform.api.problems import Fault, Refused, pointer, response
from kefen_crm.platform.api.wording import message
from kefen_crm.platform.database import at_once
from kefen_crm.platform.events import KeyReused, Stale
from kefen_crm.process.errors import trouble_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = Callable[..., HttpResponseBase]

log = logging.getLogger(__name__)

MISSING = {
    "unknown-kind",
    "unknown-batch",
    "unknown-fact",
    "unknown-run",
    "unknown-customer",
    "no-such-customer",
    "unknown-version",
}
BUSY = {"ledger-busy", "version-taken"}
AGAIN = {"Retry-After": "5"}
LATER = {"Retry-After": "30"}
AT_ONCE = {"Retry-After": "1"}
CONFLICT = {"already-undone", "run-failed", "run-unreadable"}
BROKEN = {"ledger-not-writable", "ledger-damaged", "not-a-folder", "run-broken"}
PIECE = re.compile(r"[^.\[\]]+")


def problem_of(error: Exception) -> HttpResponse:
    """The problem that tells of an error."""
    for kind, tell in _TELL.items():
        if isinstance(error, kind):
            answer: HttpResponse = tell(error)
            return answer
    if at_once(error):
        # Should it come again and again, the log tells which constraint it is.
        log.warning("Written at once", exc_info=error)
        detail = _("Somebody wrote the same at the same moment. Ask again.")
        return response(409, "written-at-once", detail, headers=AT_ONCE)
    log.error("Not foreseen", exc_info=error)
    if trouble := trouble_of(error):
        return problem_of_trouble(trouble)
    return response(500, "not-foreseen", _("Kefen could not do this. The log says more."))


def problem_of_trouble(code: str) -> HttpResponse:
    """The problem of an installation whose disk is full or whose database is away."""
    return response(503, code, say_reason({"code": code}), headers=LATER)


def problem_of_status(status: int) -> HttpResponse:
    """The problem of a refusal of which only the status is known."""
    if status == 404:
        return _not_found(Http404())
    if status == 403:
        return _not_permitted(PermissionDenied())
    if status == 413:
        return _too_large(RequestDataTooBig())
    if status < 500:
        return response(400, "not-readable", _("The request is not one of HTTP as it should be."))
    return response(500, "not-foreseen", _("Kefen could not do this. The log says more."))


def guarded(view: View) -> View:
    """A view whose every refusal is a problem, wherever it comes from."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if request.method == "HEAD":  # the server leaves the body out
            request.method = "GET"
        try:
            answer = view(request, *args, **named)
        except Exception as error:  # nothing may leave as a page or a traceback
            return problem_of(error)
        if answer.status_code == 405:
            return _method(request, answer.headers["Allow"])
        return answer

    answered.login_required = False  # type: ignore[attr-defined]  # the API signs in by itself
    answered.csrf_exempt = True  # type: ignore[attr-defined]  # asked for with a session only
    return answered


def _method(request: HttpRequest, allowed: str) -> HttpResponse:
    detail = _("%(method)s does not work here. Use %(allowed)s.") % {
        "method": request.method, "allowed": allowed,
    }  # fmt: skip
    return response(405, "method-not-allowed", detail, headers={"Allow": allowed})


def _refused(error: Refused) -> HttpResponse:
    return response(error.status, error.code, error.detail, error.faults)


def _invalid(error: Invalid) -> HttpResponse:
    faults = []
    for one in error.errors:
        part, *where = one["loc"]
        # Ninja names the argument of the function before the place inside it.
        inner = where[1:] if part == "body" or len(where) > 1 else where
        code, detail = message(one)
        faults.append(Fault(code=code, detail=detail, part=part, pointer=pointer(inner)))
    return response(422, "not-valid", _("Some values are missing or not valid."), faults)


def _form(error: ValidationError) -> HttpResponse:
    faults = [
        Fault(code="not-valid", detail=text, part="body", pointer=pointer([name]))
        for name, listed in getattr(error, "error_dict", {}).items()
        for one in listed
        for text in one.messages
        if name != NON_FIELD_ERRORS
    ]
    return response(422, "not-valid", " ".join(error.messages), faults)


def _signed_out(_error: Exception) -> HttpResponse:
    detail = _("Send an API token: Authorization: Bearer kfn_…")
    return response(401, "not-signed-in", detail, headers={"WWW-Authenticate": "Bearer"})


def _not_permitted(error: Exception) -> HttpResponse:
    if scope := getattr(error, "scope", ""):
        detail = _("The token lacks the scope %(scope)s.") % {"scope": scope}
        return response(403, "not-permitted", detail)
    return response(403, "not-permitted", _("Your role does not permit this."))


def _not_found(_error: Exception) -> HttpResponse:
    return response(404, "not-found", _("There is nothing at this address."))


def _stale(error: Stale) -> HttpResponse:
    version: int | None = error.target.version  # type: ignore[attr-defined]
    if version is None:  # a draft
        detail = _("Somebody changed this meanwhile. Look at it again.")
    else:
        told = _("Somebody changed this meanwhile. It is version %(version)s now; read it again.")
        detail = told % {"version": version}
    faults = [
        Fault(
            code="changed-meanwhile",
            detail=_("%(name)s was changed by %(who)s at %(at)s.")
            % {"name": name, "who": event.actor or "Kefen", "at": event.at.isoformat()},
            part="body",
            pointer=pointer([name]),
        )
        for event in error.changes
        for name in event.after or {}
    ]
    return response(412, "stale-version", detail, faults)


def _key_reused(_error: Exception) -> HttpResponse:
    detail = _("This Idempotency-Key came with another request before. Use a new one.")
    where = pointer(["Idempotency-Key"])
    fault = Fault(code="idempotency-key-reused", detail=detail, part="header", pointer=where)
    return response(422, "idempotency-key-reused", detail, [fault])


def _too_large(_error: Exception) -> HttpResponse:
    detail = _("At most 32 MiB at once. Send the facts in parts, or import the file on the site.")
    return response(413, "too-large", detail)


def _too_many(_error: Exception) -> HttpResponse:
    detail = _("The address has too many values. Ask for fewer at once.")
    return response(400, "not-readable", detail)


def _unreadable(_error: Exception) -> HttpResponse:
    return response(400, "not-readable", _("The request broke off."))


def _http(error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Refused):
        return _refused(error.__cause__)
    if error.status_code == 403:
        return response(403, "csrf-failed", _("The CSRF token is missing or wrong."))
    return response(400, "not-readable", _("The body is not readable as JSON."))


def _kefen(error: KefenError) -> HttpResponse:
    if error.code in BROKEN or error.__class__.__name__ == "EngineError":
        log.error("%s", error)
        return response(503, error.code, _("Kefen could not do this. The log says more."))
    if error.code in BUSY:
        return response(503, error.code, say(error, API), headers=AGAIN)
    status = 404 if error.code in MISSING else 409 if error.code in CONFLICT else 422
    return response(status, error.code, say(error, API), faults_of(error))


def faults_of(error: KefenError, inside: str = "") -> list[Fault]:
    """Every fault of a scheme document; `inside` is the pointer to where the document stands."""
    return [
        Fault(
            code=one.code,
            detail=say_reason({"code": one.code, "data": one.data}),
            part="body",
            pointer=inside + pointer(PIECE.findall(one.path)),
        )
        for one in getattr(error, "faults", ())
    ]


_TELL: dict[type[Exception], Any] = {
    Refused: _refused,
    AuthenticationError: _signed_out,
    HttpError: _http,
    Invalid: _invalid,
    Http404: _not_found,
    ObjectDoesNotExist: _not_found,
    Stale: _stale,
    KeyReused: _key_reused,
    PermissionDenied: _not_permitted,
    RequestDataTooBig: _too_large,
    TooManyFieldsSent: _too_many,
    UnreadablePostError: _unreadable,
    ValidationError: _form,
    KefenError: _kefen,
}
