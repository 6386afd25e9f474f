"""Every change to users, departments and tokens: permit, change, audit."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.platform.events import record
from kefen_crm.team import first
from kefen_crm.team.models import ApiToken, Department, Theme, User
from kefen_crm.team.roles import Permit, Reach, Role, may, permits_of, require

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

KEY_START = "kfn_"
ROLES = ("role", "department_id", "reach", "is_active")
"""What the audit tells of a user; names and addresses are in the user's own history."""


def digest(key: str) -> str:
    """What is kept of a secret, such as a token: enough to recognise it, useless to a thief."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def create_user(
    by: User | None,
    *,
    username: str,
    password: str = "",
    name: str = "",
    email: str = "",
    role: str = Role.READER,
    department: str = "",
    reach: str = "",
    language: str = "",
    service: bool = False,
) -> User:
    """Make a user. `by` is the administrator, or None for the installation itself.

    A `service` account is for a program: it owns tokens, and nobody signs in as it.

    Raises `PermissionDenied`, and `ValidationError` for a taken name or a weak password.
    """
    if by is not None:
        require(by, Permit.MANAGE_USERS)
    user = User(
        username=username.strip().lower(),
        first_name=name.strip(),
        email=email.strip().lower(),
        role=role,
        department=department_named(department),
        reach=reach,
        language=language,
        password_given=by is not None and not service,
        service=service,
    )
    if by is not None and not service:
        validate_password(password, user)
    check_reach(user)
    user.set_password(None if service else password)
    user.full_clean()
    return saved(user, by)


def create_first_user() -> None:
    """Make the administrator of an installation that has no users; the note has the password."""
    if User.objects.exists():
        return
    password = secrets.token_urlsafe(9)
    first.write(password)
    user = create_user(None, username=first.USERNAME, password=password, role=Role.ADMIN)
    user.password_given = True
    user.save(update_fields=["password_given"])


@transaction.atomic
def update_user(
    by: User,
    user: User,
    *,
    name: str,
    email: str,
    role: str,
    department: str,
    reach: str = "",
) -> User:
    """Change who someone is and what they may do."""
    require(by, Permit.MANAGE_USERS)
    if user.role == Role.ADMIN and role != Role.ADMIN:
        keep_an_administrator(user)
    user.first_name = name.strip()
    user.email = email.strip().lower()
    user.role = role
    user.department = department_named(department)
    user.reach = reach
    check_reach(user)
    user.full_clean()
    return saved(user, by)


@transaction.atomic
def set_active(by: User, user: User, *, active: bool) -> User:
    """Switch an account off or on again. What the person did stays.

    Sessions and tokens end with the account and do not come back with it.
    """
    require(by, Permit.MANAGE_USERS)
    if not active:
        if by.pk == user.pk:
            raise ValidationError(_("You cannot switch off your own account."))
        keep_an_administrator(user)
    if active and user.former:
        raise ValidationError(_("Who was made nameless cannot come back. Make a new account."))
    user.is_active = active
    if not active:
        end_sessions(user)
        end_tokens(by, user)
    return saved(user, by)


@transaction.atomic
def reset_password(by: User, user: User, password: str) -> User:
    """Give someone a new password; whoever is signed in as them is signed out, tokens end.

    Raises:
        PermissionDenied: unless `by` may manage users.
        ValidationError: for a weak password, and for a service account, which has none.
    """
    require(by, Permit.MANAGE_USERS)
    if user.service:
        raise ValidationError(_("A service account has no password: nobody signs in as it."))
    validate_password(password, user)
    user.set_password(password)
    user.password_given = by.pk != user.pk
    first.forget(user.username)
    end_sessions(user)
    end_tokens(by, user)
    return saved(user, by, reason="password")


@transaction.atomic
def password_given(user: User) -> None:
    """Have a password that the shell gave end what an administrator's reset ends."""
    first.forget(user.username)
    end_sessions(user)
    end_tokens(None, user)
    saved(user, None, reason="password")


@transaction.atomic
def change_password(user: User, old: str, new: str, *, tokens: bool = False) -> User:
    """Change one's own password, and with `tokens` end all of one's API tokens.

    Raises `ValidationError` when `old` is wrong or `new` is weak.
    """
    if not user.check_password(old):
        raise ValidationError({"old": _("That is not your present password.")})
    if old == new:
        raise ValidationError({"new": _("Choose a password other than the present one.")})
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise ValidationError({"new": error.messages}) from error
    user.set_password(new)
    user.password_given = False
    first.forget(user.username)
    if tokens:
        end_tokens(user, user)
    return saved(user, user, reason="password")


@transaction.atomic
def end_session(by: User, user: User, pk: int) -> None:
    """Sign someone out of one browser. They themselves or an administrator may do so."""
    if by.pk != user.pk:
        require(by, Permit.MANAGE_USERS)
    get_object_or_404(UserSession, pk=pk, user=user).end()


@transaction.atomic
def end_other_sessions(user: User, session_key: str | None) -> int:
    """Sign oneself out of every browser but this one; gives how many those were."""
    others = UserSession.objects.filter(user=user).exclude(session_key=session_key)
    return sum(1 for session in others if session.end() is None)


@transaction.atomic
def switch_off_two_step(by: User, user: User) -> None:
    """Let someone who lost their authenticator sign in by password alone again."""
    require(by, Permit.MANAGE_USERS)
    Authenticator.objects.filter(user=user).delete()
    saved(user, by, reason="two-step")


def end_tokens(by: User | None, user: User) -> int:
    """Revoke every token of a user; gives how many those were."""
    tokens = list(user.tokens.all())
    for token in tokens:
        revoke_token(by, token)
    return len(tokens)


def end_sessions(user: User) -> None:
    """Sign someone out everywhere; the caller saves the user."""
    user.signed_out = timezone.now()
    for session in UserSession.objects.filter(user=user):
        session.end()


def set_language(user: User, language: str) -> None:
    """Remember the language a user reads; empty means as the browser asks."""
    if language and language not in User.Language:
        raise ValidationError(_("Kefen does not speak this language."))
    user.language = language
    User.objects.filter(pk=user.pk).update(language=language)


def set_theme(user: User, theme: str) -> None:
    """Remember light, dark or as the device."""
    if theme not in Theme:
        raise ValidationError(_("There is no such theme."))
    user.theme = theme
    User.objects.filter(pk=user.pk).update(theme=theme)


@transaction.atomic
def create_token(
    user: User, name: str, expires: date | None = None, scopes: Sequence[str] = ()
) -> tuple[ApiToken, str]:
    """A new API token and its key. The key cannot be read again later.

    `scopes` are the permits that it has, none for all of the owner's.

    Raises:
        PermissionDenied: for an account that is switched off, and for a scope that the owner
            does not have.
    """
    if not user.is_active or not all(may(user, scope) for scope in scopes):
        raise PermissionDenied
    key = KEY_START + secrets.token_urlsafe(32)
    token = ApiToken(user=user, name=name.strip(), digest=digest(key), expires=expires)
    token.scopes = sorted(set(scopes))
    token.full_clean()
    token.save()
    after = {"name": token.name, "expires": expires, "scopes": token.scopes}
    record(user, "token.created", token, after=after)
    return token, key


@transaction.atomic
def revoke_token(by: User | None, token: ApiToken) -> None:
    """Make a token useless at once. Its owner or an administrator may do so (None: the shell)."""
    if by is not None and token.user_id != by.pk:
        require(by, Permit.MANAGE_USERS)
    record(by, "token.revoked", token, before={"name": token.name, "user": token.user_id})
    token._history_user = by  # type: ignore[attr-defined]  # noqa: SLF001 - simple_history's name
    token.delete()


def department_named(name: str) -> Department | None:
    """The department of that name, made when it is new; none for an empty name."""
    name = name.strip()
    return Department.objects.get_or_create(name=name)[0] if name else None


def check_reach(user: User) -> None:
    """Refuse a reach that the role or the lack of a department makes meaningless."""
    if user.reach == Reach.DEPARTMENT and user.department is None:
        raise ValidationError({"reach": _("Say of which department.")})
    if user.reach == Reach.ALL and str(Permit.SEE_ALL_CUSTOMERS) not in permits_of(user.role):
        raise ValidationError({"reach": _("This role does not see all customers.")})


def keep_an_administrator(leaving: User) -> None:
    """Refuse what would leave nobody who can manage users."""
    others = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True)
    if leaving.role == Role.ADMIN and not any(other.pk != leaving.pk for other in others):
        raise ValidationError(_("This is the last administrator. Appoint another one first."))


def saved(user: User, by: User | None, *, reason: str | None = None) -> User:
    """Save a user whom `by` made or changed (None: the installation), and leave the event of it.

    `reason` is what was done when no field tells, such as `password`.
    """
    known = User.objects.filter(pk=user.pk).values(*ROLES).first() if user.pk else None
    history: Any = user
    history._history_user = by  # noqa: SLF001 - simple_history's name
    history._change_reason = reason  # noqa: SLF001
    user.save()
    now = {name: getattr(user, name) for name in ROLES}
    changed = [name for name in ROLES if known is None or known[name] != now[name]]
    before = {name: known[name] for name in changed} if known else None
    verb = f"user.{reason}-changed" if reason else "user.changed" if known else "user.created"
    record(by, verb, user, before=before, after={name: now[name] for name in changed})
    return user
