"""The condition that a customer is within the reach of a person who does not see all.

Outside of requests that only read, the database finds whose customers those are as it reads them.
It takes any person to lead ten others then, and so many customers to be shared, and reads every
customer where the person's own are few. Within such a request they are looked up once and named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BooleanField, F, Func, Q

from kefen_crm.customers.models import Collaborator
from kefen_crm.platform.per_request import PerRequest
from kefen_crm.team.queries import colleagues

if TYPE_CHECKING:
    from django.db.models.expressions import RawSQL

    from kefen_crm.team.models import User

Access = Literal["any", "write"]
_NAMED: Final = 500
"""People or shared customers that are named; more are left for the database to find."""


@dataclass(frozen=True)
class _Others:
    """Shared customers, those of them to write, and the people whose customers one sees, too."""

    shared: list[int]
    written: list[int]
    people: list[int]


def within(user: User, access: Access, *, people: bool, own_department: bool) -> Q:
    """That a customer is the user's own, shared with the user, or of one of their people.

    Args:
        access: whether what is shared may be read only.
        people: whether those of the departments count that the user leads, and of those below.
        own_department: whether those of the user's own department do, too.
    """
    led = colleagues(user, own_department=own_department) if people else None
    if not _looked_up.within:
        return Q(owner=user) | _shared(user, access) | _of(led)
    known = _looked_up()
    key = (user.pk, people, own_department, user.department_id)
    if key not in known:
        known[key] = _others(user, led)
    others = known[key]
    found = Q(owner=user)
    if len(others.people) > _NAMED:
        found |= _of(led)
    elif others.people:
        found |= Q(owner__in=others.people)
    if len(others.shared) > _NAMED:
        return found | _shared(user, access)
    shared = others.written if access == "write" else others.shared
    return found | Q(pk__in=shared) if shared else found


_looked_up: PerRequest[dict[tuple[object, ...], _Others]] = PerRequest(dict, reading=True)


def _others(user: User, led: RawSQL | None) -> _Others:
    """Looked up in one statement, one more than are named of each."""
    with connection.cursor() as cursor:
        sql, params = (led.sql, led.params) if led else ("SELECT 0 WHERE false", ())
        cursor.execute(
            _LOOK_UP.format(people=sql),  # texts of this project only
            [user.pk, _NAMED + 1, user.pk, Collaborator.Access.WRITE, _NAMED + 1, *params],
        )
        return _Others(*cursor.fetchone())


_LOOK_UP: Final = """
    SELECT
        ARRAY(SELECT customer_id FROM customers_collaborator WHERE user_id = %s LIMIT %s),
        ARRAY(SELECT customer_id FROM customers_collaborator
            WHERE user_id = %s AND access = %s LIMIT %s),
        ARRAY({people})
"""


def _shared(user: User, access: Access) -> Q:
    shared = Collaborator.objects.filter(user=user).order_by()
    if access == "write":
        shared = shared.filter(access=Collaborator.Access.WRITE)
    return _one_of("pk", ArraySubquery(shared.values("customer_id")))


def _of(people: RawSQL | None) -> Q:
    """That one of these people looks after the customer."""
    if people is None:
        return Q()
    return _one_of("owner_id", Func(people, template="ARRAY%(expressions)s"))


def _one_of(field: str, array: Func | ArraySubquery) -> Q:
    """A condition that an index serves together with others: `field = ANY (array)`."""
    template, joined = "(%(expressions)s))", " = ANY ("
    told = Func(F(field), array, template=template, arg_joiner=joined, output_field=BooleanField())
    return Q(told)
