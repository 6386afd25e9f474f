from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from django.db.models import Count, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from kefen_crm.platform.per_request import once
from kefen_crm.team.actions import digest
from kefen_crm.team.models import ApiToken, Department, User
from kefen_crm.team.roles import Permit, Role, may, permits_of

if TYPE_CHECKING:
    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest


def users(search: str = "") -> QuerySet[User]:
    """Everyone with an account, those switched off last."""
    found = User.objects.select_related("department").order_by("-is_active", "username")
    if search:
        found = found.filter(
            Q(username__icontains=search)
            | Q(first_name__icontains=search)
            | Q(email__icontains=search)
            | Q(department__name__icontains=search)
        )
    return found


def tokens_for(user: User) -> QuerySet[ApiToken]:
    """The tokens that someone may see and revoke: their own, and an administrator everybody's."""
    found = ApiToken.objects.select_related("user")
    return found if may(user, Permit.MANAGE_USERS) else found.filter(user=user)


def departments() -> list[tuple[int, Department]]:
    """Every department with its depth in the tree, each before those within it."""
    below: dict[int | None, list[Department]] = {}
    known = Department.objects.select_related("lead").annotate(
        people=Count("members", filter=Q(members__is_active=True))
    )
    for one in known.order_by("name"):
        below.setdefault(one.parent_id, []).append(one)
    found: list[tuple[int, Department]] = []

    def add(parent: int | None, depth: int) -> None:
        for one in below.get(parent, ()):
            found.append((depth, one))
            add(one.pk, depth + 1)

    add(None, 0)
    return found


def colleagues(user: User, *, own_department: bool) -> RawSQL:
    """The ids of the people in the departments that `user` leads, and in those below.

    With `own_department` also of those in the user's own department and below it.
    """
    own = user.department_id if own_department else None
    return RawSQL(_BELOW, [user.pk, own])  # noqa: S611  # a constant with parameters


# Tables are quoted as Django quotes them: what is remembered of a query depends on all of them.
_BELOW = """
    WITH RECURSIVE below AS (
        SELECT id FROM "team_department" WHERE lead_id = %s OR id = %s
        UNION
        SELECT part.id FROM "team_department" AS part JOIN below ON part.parent_id = below.id)
    SELECT person.id FROM "team_user" AS person JOIN below ON person.department_id = below.id
"""


def department_names() -> list[str]:
    return list(Department.objects.values_list("name", flat=True))


def people() -> QuerySet[User]:
    """Who may look after customers, by name."""
    return User.objects.filter(is_active=True, service=False).order_by("first_name", "username")


def offer_people(request: HttpRequest, field: forms.Field) -> None:
    """Have a field of a form offer those people, read once for all parts of a page."""
    choice = cast("forms.ModelChoiceField[User]", field)
    known = once(request, "people", lambda: list(people()))
    named = [(one.pk, choice.label_from_instance(one)) for one in known]
    choice.choices = [("", choice.empty_label or ""), *named]


def permitted(permit: str) -> QuerySet[User]:
    """Everybody who may do something."""
    roles = [role for role in Role.values if permit in permits_of(role)]
    return User.objects.filter(is_active=True, service=False, role__in=roles)


_LAST_USED_PRECISION = timedelta(minutes=1)
"""A busy program costs one write a minute, not one a request."""


def token_user(key: str) -> User | None:
    """Who signs in with an API token, or None. Notes to the minute when it was last used."""
    token = ApiToken.objects.select_related("user").filter(digest=digest(key)).first()
    if token is None or token.expired or not token.user.is_active:
        return None
    now = timezone.now()
    if token.last_used is None or now - token.last_used > _LAST_USED_PRECISION:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)
    token.user.token_scopes = frozenset(token.scopes) or None
    return token.user
