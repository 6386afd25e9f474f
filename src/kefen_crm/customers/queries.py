from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, F, Func, IntegerField, Q, Value, When

from kefen_crm.customers import reach
from kefen_crm.customers.models import CURRENT, Customer, figures_day
from kefen_crm.gateway.days import year_before
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, Reach, ScopeLacking, lacks_scope, reach_of

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet


def visible_to(user: User | AnonymousUser) -> QuerySet[Customer]:
    """The current customers in reach of `user`: those that lists, counts and programs show."""
    return in_reach_of(user).filter(standing__in=CURRENT)


def about_visible(user: User | AnonymousUser, customer: str = "customer") -> Q:
    """That rows are about customers `visible_to` the user, by the field `customer`.

    For whoever sees all, the few customers set aside are left out: that takes a fraction of the
    time of looking every customer up.
    """
    if user.is_authenticated and sees_all(user):
        return ~Q(**{f"{customer}__in": Customer.objects.exclude(standing__in=CURRENT)})
    return Q(**{f"{customer}__in": visible_to(user)})


def sees_all(user: User) -> bool:
    """Whether the reach of `user` is everybody."""
    return reach_of(user, Permit.SEE_ALL_CUSTOMERS) == Reach.ALL


def some_who_sees_all() -> User | None:
    """One of those whose reach is everybody: what they see is the same."""
    people = User.objects.filter(is_active=True, service=False).order_by("role", "pk")
    return next((one for one in people.iterator() if sees_all(one)), None)


def in_reach_of(user: User | AnonymousUser) -> QuerySet[Customer]:
    """The customers that `user` may see, archived and merged ones too.

    Those are their own, those they collaborate on, those of the people in departments they lead
    and below, and as far as their reach goes those of their department and below, or all. A
    signed-out visitor sees none.

    Raises:
        ScopeLacking: for a service account, which has no customers of its own, whose token is not
            for all customers: an empty answer would look like an empty company.
    """
    return _reached(user, "any")


def _reached(user: User | AnonymousUser, access: reach.Access) -> QuerySet[Customer]:
    """The customers that `user` may see, or may `write` where the permits allow."""
    if not user.is_authenticated:
        return Customer.objects.none()
    if user.service and lacks_scope(user, Permit.SEE_ALL_CUSTOMERS):
        raise ScopeLacking(str(Permit.SEE_ALL_CUSTOMERS))
    seen = reach_of(user, Permit.SEE_ALL_CUSTOMERS)
    if seen is None:
        return Customer.objects.none()
    if seen == Reach.ALL:
        return Customer.objects.all()
    # A token for the own customers is not for those of a department either.
    wide = user.token_scopes is None or str(Permit.SEE_ALL_CUSTOMERS) in user.token_scopes
    return Customer.objects.filter(
        reach.within(user, access, people=wide, own_department=seen == Reach.DEPARTMENT)
    )


def changeable_by(user: User | AnonymousUser) -> QuerySet[Customer]:
    """The current customers in reach of `user` that are not theirs to read only."""
    return writable_by(user).filter(standing__in=CURRENT)


def writable_by(user: User | AnonymousUser) -> QuerySet[Customer]:
    """As `changeable_by`, with archived and merged ones."""
    return _reached(user, "write")


def may_write(user: User | AnonymousUser, customer: Customer) -> bool:
    """Whether `customer` is among those `writable_by` the user, as it was when it was read.

    The database is asked once for all parts of a page that show the same object.
    """
    known: dict[int | None, bool] = customer.__dict__.setdefault("_writable_by", {})
    if user.pk not in known:
        known[user.pk] = writable_by(user).filter(pk=customer.pk).exists()
    return known[user.pk]


def may_change(user: User | AnonymousUser, customer: Customer) -> bool:
    """Whether `customer` is among those `changeable_by` the user; asked as `may_write`."""
    return customer.standing in CURRENT and may_write(user, customer)


def figures_as_of() -> date | None:
    """The date up to which the newest figures count, or None before the first run."""
    return figures_day()


def days_since_purchase() -> Case:
    """`Customer.recency` in SQL, of those in the facts."""
    day = figures_as_of()
    if day is None:
        return Case(output_field=IntegerField())
    since = Func(
        Value(day), F("last_order_on"), template="(%(expressions)s)", arg_joiner=" - ",
        output_field=IntegerField(),
    )  # fmt: skip
    return Case(When(last_order_on__gte=year_before(day), then=since), output_field=IntegerField())
