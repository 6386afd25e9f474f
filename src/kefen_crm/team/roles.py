"""What each role may do. The one place that knows."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from kefen_crm.team.models import User


class Role(TextChoices):
    ADMIN = "admin", _("Administrator")
    MANAGER = "manager", _("Sales manager")
    REP = "rep", _("Sales representative")
    READER = "reader", _("Reader")


class Permit(StrEnum):
    """One thing a person may be allowed to do."""

    MANAGE_USERS = "manage_users"
    OPERATE = "operate"
    IMPORT = "import_facts"
    GRADE = "grade"
    EDIT_CUSTOMERS = "edit_customers"
    ASSIGN_CUSTOMERS = "assign_customers"
    EXPORT = "export"
    SEE_ALL_CUSTOMERS = "see_all_customers"


PERMITS: dict[str, frozenset[Permit]] = {
    Role.ADMIN: frozenset(Permit),
    Role.MANAGER: frozenset(Permit) - {Permit.MANAGE_USERS, Permit.OPERATE},
    Role.REP: frozenset({Permit.EDIT_CUSTOMERS, Permit.EXPORT}),
    Role.READER: frozenset({Permit.SEE_ALL_CUSTOMERS, Permit.EXPORT}),
}


def may(user: User | AnonymousUser, permit: Permit) -> bool:
    """Whether `user` may do `permit`; a signed-out or switched-off user may do nothing.

    Who came with a token of chosen scopes may do what both the role and the scopes permit.
    """
    if not user.is_authenticated or not user.is_active:
        return False
    if user.token_scopes is not None and permit.value not in user.token_scopes:
        return False
    return permit in PERMITS[user.role]


def require(user: User | AnonymousUser, permit: Permit) -> None:
    """Raise `PermissionDenied` unless `user` may do `permit`."""
    if not may(user, permit):
        raise PermissionDenied(permit.value)
