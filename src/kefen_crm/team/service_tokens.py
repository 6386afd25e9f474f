"""Tokens of service accounts, as whoever runs the installation makes them from the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kefen_crm.platform.registry import permissions
from kefen_crm.team.actions import create_token, create_user
from kefen_crm.team.models import ApiToken, User
from kefen_crm.team.roles import Role, permits_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class UnknownName(Exception):  # noqa: N818  # told by the face that asked
    """A user, token or scope that there is not, as a code and its data."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code, self.data = code, data


def add_account(username: str, role: str) -> dict[str, Any]:
    """Make a service account, which owns tokens and cannot sign in.

    Raises:
        UnknownName: `cli-unknown-role`, `cli-user-refused` with the reason for a name.
    """
    if role not in set(Role):
        raise UnknownName("cli-unknown-role", role=role, known=[str(one) for one in Role])
    try:
        user = create_user(None, username=username, role=role, service=True)
    except ValidationError as error:
        raise UnknownName(
            "cli-user-refused", name=username, reason=" ".join(error.messages)
        ) from None
    return {"user": user.username, "role": user.role}


def create(
    username: str, name: str, expires: date | None, scopes: Sequence[str]
) -> tuple[dict[str, Any], str]:
    """Make a token of a user; it as data, and its key.

    Raises:
        UnknownName: `cli-unknown-user`, `cli-day-passed` for a last day before today,
            `cli-unknown-scope` for one that the user does not have.
    """
    if expires and expires < timezone.localdate():
        raise UnknownName("cli-day-passed", day=expires.isoformat())
    user = User.objects.filter(username=username.strip().lower(), is_active=True).first()
    if user is None:
        raise UnknownName("cli-unknown-user", name=username)
    known = sorted(permits_of(user.role))
    for scope in scopes:
        if scope not in permissions():
            raise UnknownName("cli-unknown-scope", scope=scope, user=username, known=known)
    try:
        token, key = create_token(user, name, expires, scopes)
    except PermissionDenied:
        lacking = ", ".join(scope for scope in scopes if scope not in known)
        raise UnknownName("cli-unknown-scope", scope=lacking, user=username, known=known) from None
    return summary(token), key


def all() -> list[dict[str, Any]]:  # noqa: A001  # the word for it
    """Every token, newest first."""
    return [summary(token) for token in ApiToken.objects.select_related("user")]


def revoke(number: int) -> dict[str, Any]:
    """Make a token useless at once; UnknownName `cli-unknown-token`."""
    token = ApiToken.objects.select_related("user").filter(pk=number).first()
    if token is None:
        raise UnknownName("cli-unknown-token", token=number)
    gone = summary(token)
    token.delete()
    return gone


def summary(token: ApiToken) -> dict[str, Any]:
    """A token as data, without its key."""
    used = token.last_used
    return {
        "token": token.pk,
        "user": token.user.username,
        "service": token.user.service,
        "name": token.name,
        "scopes": token.scopes,
        "expires": token.expires.isoformat() if token.expires else None,
        "last_used": used.isoformat(timespec="seconds") if used else None,
    }
