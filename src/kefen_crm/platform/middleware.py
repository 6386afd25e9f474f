"""What every response carries, a content security policy and the user's own language; and what no
address may: a null character, which PostgreSQL has no place for."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlencode, urlsplit

from django.conf import settings
from django.http import Http404, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from kefen_crm.platform.api.problems import Fault, pointer
from kefen_crm.platform.api.problems import response as problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

# Charts write style attributes into their tooltips; everything else is a file of our own.
SOURCES = {
    "default-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
DIALOG_FORM = "kf-ask"
"""The form of the dialog that asks something about a customer."""
PAGE_CHANGED = "kf-page-changed"
"""The event of the browser after which the page reads itself anew."""
POLICY = "; ".join(f"{what} {where}" for what, where in SOURCES.items())


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        return response

    return middleware


def no_null_characters(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """There is nothing at an address that holds a null character; a program hears which value."""

    def middleware(request: HttpRequest) -> HttpResponse:
        query = "%00" in request.META.get("QUERY_STRING", "")
        if query and "\0" not in request.path_info and request.path_info.startswith("/api/"):
            detail = _("No value may hold a null character.")
            faults = [
                Fault(code="not-valid", detail=detail, part="query", pointer=pointer([name]))
                for name, values in request.GET.lists()
                if "\0" in "".join([name, *values])
            ]
            return problem(422, "not-valid", detail, faults)
        if query or "\0" in request.path_info:
            raise Http404
        return get_response(request)

    return middleware


def sign_in_again(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Whoever is signed out meanwhile signs in and is back on the page that they came from.

    What a form or a part of a page asked for is no page to come back to, and the sign-in page has
    no place inside of another.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        part = "HX-Request" in request.headers
        if response.status_code == HTTPStatus.FOUND and request.get_full_path() == "/":
            # Whoever only typed the site's address begins where the day begins.
            path, _mark, query = response.headers["Location"].partition("?")
            if path == resolve_url(settings.LOGIN_URL) and "next" in QueryDict(query):
                return HttpResponseRedirect(path)
        if response.status_code != HTTPStatus.FOUND or not (part or request.method == "POST"):
            return response
        path, _mark, query = response.headers["Location"].partition("?")
        if path != resolve_url(settings.LOGIN_URL) or "next" not in QueryDict(query):
            return response
        came = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
        ours = url_has_allowed_host_and_scheme(came, {request.get_host()})
        page = urlsplit(came)._replace(scheme="", netloc="").geturl() if ours else "/"
        target = f"{path}?{urlencode({'next': page})}"
        return HttpResponseClientRedirect(target) if part else HttpResponseRedirect(target)

    return middleware


def led_from_dialogs(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A form in the dialog that leads to the page below it has that page read itself anew.

    Where it leads to another page, the browser goes there.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        found = response.status_code == HTTPStatus.FOUND
        if not found or request.headers.get("HX-Target") != DIALOG_FORM:
            return response
        target = response.headers["Location"]
        below = urlsplit(request.headers.get("HX-Current-URL", "")).path
        del response.headers["Location"]  # its cookies, such as what is told, stay
        if unquote(urlsplit(target).path) == unquote(below):
            response.status_code = HTTPStatus.NO_CONTENT
            return trigger_client_event(response, PAGE_CHANGED)
        response.status_code = HTTPStatus.OK
        response.headers["HX-Redirect"] = target
        return response

    return middleware


def preferred_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Speak the language a signed-in user has chosen, whatever the browser asks for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = getattr(request.user, "language", "")
        if chosen:
            translation.activate(chosen)
            request.LANGUAGE_CODE = translation.get_language() or chosen
        response = get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response

    return middleware
