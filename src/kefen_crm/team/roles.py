"""The roles, the permits of the apps that come with Kefen, and who may do what."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.registry import permissions

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from kefen_crm.platform.parts import Permission


class Role(TextChoices):
    ADMIN = "admin", _("Administrator")
    MANAGER = "manager", _("Sales manager")
    REP = "rep", _("Sales representative")
    READER = "reader", _("Reader")
    SERVICE = "service", _("Customer service")
    FINANCE = "finance", _("Finance")


class Reach(TextChoices):
    """Whose customers somebody sees, besides those they collaborate on."""

    OWN = "own", _("their own")
    DEPARTMENT = "department", _("of their department and those below")
    ALL = "all", _("all")


class Permit(StrEnum):
    """One thing a person may be allowed to do; apps may declare more, by their names."""

    MANAGE_USERS = "manage_users"
    OPERATE = "operate"
    IMPORT = "import_facts"
    GRADE = "grade"
    EDIT_CUSTOMERS = "edit_customers"
    ASSIGN_CUSTOMERS = "assign_customers"
    EXPORT = "export"
    SEE_ALL_CUSTOMERS = "see_all_customers"
    PERSONAL_DATA = "personal_data"


def titled(permit: str) -> str:
    """A permit in words, with its name as programs use it."""
    known = permissions().get(permit)
    return f"{known.title} ({permit})" if known else permit


class Person(Protocol):
    """Somebody who signed in, as far as permits go."""

    is_active: bool
    role: str
    reach: str
    token_scopes: frozenset[str] | None

    @property
    def is_authenticated(self) -> Literal[True]: ...


class ScopeLacking(PermissionDenied):
    """What the role permits and the token's scopes do not; `scope` is the permit it lacks."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


_permits: dict[str, tuple[dict[str, Permission], frozenset[str]]] = {}
"""What each role may do, and the declarations that say so; pages ask a hundred times."""


def permits_of(role: str) -> frozenset[str]:
    """What a role may do, as the apps declare it; an administrator everything."""
    declared = permissions()
    known = _permits.get(role)
    if known is None or known[0] is not declared:  # other apps are installed, as tests have it
        permits = (n for n, one in declared.items() if role == Role.ADMIN or role in one.roles)
        known = _permits[role] = declared, frozenset(permits)
    return known[1]


def may(user: Person | AnonymousUser, permit: str) -> bool:
    """Whether `user` may do `permit`; a signed-out or switched-off user may do nothing.

    Who came with a token of chosen scopes may do what both the role and the scopes permit. To
    see all customers, the reach has to be all, too.
    """
    if not user.is_authenticated or not user.is_active:
        return False
    if user.token_scopes is not None and str(permit) not in user.token_scopes:
        return False
    if str(permit) not in permits_of(user.role):
        return False
    return str(permit) != Permit.SEE_ALL_CUSTOMERS or _reach(user) == Reach.ALL


def reach_of(user: Person | AnonymousUser, permit: str) -> Reach | None:
    """Whose customers `permit` is for; None for whoever may not do it at all.

    The role says all for those who may see all customers, and their own for the others. The
    person's own `reach` may say less, or for a representative the department. A token whose
    scopes lack the seeing of others' customers is for the own ones.
    """
    asks_to_see = str(permit) == Permit.SEE_ALL_CUSTOMERS
    if not user.is_authenticated or not (user.is_active and (asks_to_see or may(user, permit))):
        return None
    scopes = user.token_scopes
    if scopes is not None and str(Permit.SEE_ALL_CUSTOMERS) not in scopes:
        return Reach.OWN
    return _reach(user)


def _reach(user: Person) -> Reach:
    """The reach of a person's role, or the one that was chosen for the person."""
    if user.role == Role.ADMIN:
        return Reach.ALL
    sees_all = str(Permit.SEE_ALL_CUSTOMERS) in permits_of(user.role)
    if not user.reach:
        return Reach.ALL if sees_all else Reach.OWN
    if user.reach == Reach.ALL and not sees_all:
        return Reach.DEPARTMENT
    return Reach(user.reach)


def require(user: Person | AnonymousUser, permit: str) -> None:
    """Raise `PermissionDenied` unless `user` may do `permit`; `ScopeLacking` where the role may."""
    if not may(user, permit):
        if lacks_scope(user, permit):
            raise ScopeLacking(str(permit))
        raise PermissionDenied(str(permit))


def lacks_scope(user: Person | AnonymousUser, permit: str) -> bool:
    """Whether it is only the scopes of a token that keep `user` from `permit`."""
    if not user.is_authenticated or not user.is_active or user.token_scopes is None:
        return False
    return str(permit) not in user.token_scopes and str(permit) in permits_of(user.role)
