"""Who asks: the owner of a token, or whoever is signed in on the site in this browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest
from django.utils import translation
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer, SessionAuth

from kefen_crm.team.queries import token_user

if TYPE_CHECKING:
    from kefen_crm.team.models import User


class Asked(HttpRequest):
    """A request whose sender is known."""

    user: User


class Token(HttpBearer):
    """An API token, as made under "My profile": `Authorization: Bearer kfn_…`."""

    openapi_description = "An API token, made on your profile page."

    def authenticate(self, request: HttpRequest, token: str) -> User:
        user = token_user(token.strip())
        if user is None:
            raise AuthenticationError
        request.user = user
        if user.language and "Accept-Language" not in request.headers:
            translation.activate(user.language)
        return user


class Session(SessionAuth):
    """The site's own session, for trying things on the documentation page; writes need CSRF."""

    openapi_description = "Signed in on the site in the same browser; writes send X-CSRFToken."

    def __call__(self, request: HttpRequest) -> User | None:
        if not request.user.is_authenticated:
            return None
        return cast("User | None", super().__call__(request))


SIGN_IN = [Token(), Session()]
