"""Changes to the tree of departments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from kefen_crm.platform.events import record
from kefen_crm.team.models import Department
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.models import User

_KEY: Final = 7_240_134
"""Of the database's lock under which one change of the tree happens at a time."""


@transaction.atomic
def create(
    by: User | None, name: str, *, parent: Department | None = None, lead: User | None = None
) -> Department:
    """Make a department. `by` is an administrator, or None for the installation itself.

    Raises:
        PermissionDenied: unless `by` may manage users.
        ValidationError: by field; each name is there once.
    """
    if by is not None:
        require(by, Permit.MANAGE_USERS)
    made = Department(name=name.strip(), parent=parent, lead=lead)
    made.full_clean()
    _save(made, by)
    record(by, "department.created", made, after=_told(made))
    return made


@transaction.atomic
def update(
    by: User | None,
    department: Department,
    *,
    name: str,
    parent: Department | None,
    lead: User | None,
) -> Department:
    """Rename a department, put it within another, appoint who leads it.

    Raises:
        PermissionDenied, ValidationError: as `create`; a department is never within itself.
    """
    if by is not None:
        require(by, Permit.MANAGE_USERS)
    _one_at_a_time()
    found = Department.objects.get(pk=department.pk)
    before = _told(found)
    found.name, found.parent, found.lead = name.strip(), parent, lead
    if parent is not None and found.pk in _line(parent.pk):
        raise ValidationError({"parent": _("A department cannot be within itself.")})
    found.full_clean()
    after = _told(found)
    if after == before:
        return found
    _save(found, by)
    record(by, "department.changed", found, before=before, after=after)
    return found


@transaction.atomic
def remove(by: User, department: Department) -> None:
    """Take away a department that nobody and no other department belongs to.

    Raises:
        PermissionDenied: unless `by` may manage users.
        ValidationError: while people or other departments belong to it.
    """
    require(by, Permit.MANAGE_USERS)
    _one_at_a_time()
    if department.members.exists() or department.parts.exists():
        raise ValidationError(_("Move its people and the departments within it first."))
    record(by, "department.removed", department, before=_told(department))
    department.delete()


def _line(pk: int) -> set[int]:
    """A department and all that it is within."""
    parents = dict(Department.objects.values_list("pk", "parent"))
    found: set[int] = set()
    at: int | None = pk
    while at is not None and at not in found:
        found.add(at)
        at = parents.get(at)
    return found


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY])


def _told(department: Department) -> dict[str, Any]:
    return {
        "name": department.name,
        "parent": department.parent_id,
        "lead": department.lead_id,
    }


def _save(department: Department, by: User | None) -> None:
    history: Any = department
    history._history_user = by  # noqa: SLF001 - simple_history's name
    department.save()
