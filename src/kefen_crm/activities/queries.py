"""Activities and tasks that somebody may see or change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from kefen_crm.activities.models import RHYTHM, Activity, Task
from kefen_crm.activities.permits import WORK
from kefen_crm.activities.rules import CONTACT_GAP
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.grading.queries import schemes_on_page
from kefen_crm.platform import rules
from kefen_crm.team.queries import permitted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from kefen_crm.activities.rules import ContactGap
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

UNRANKED = 99
"""The rank of who has no class, after all classes."""
LARGE = 100
"""People of a team of whom each is no longer asked whether a customer is in their reach."""


def activities_for(user: User | AnonymousUser) -> QuerySet[Activity]:
    """The activities with customers whom `user` may see, whoever noted them."""
    found = Activity.objects.filter(customer__in=visible_to(user))
    return found.select_related("customer", "by")


def tasks_for(user: User | AnonymousUser) -> QuerySet[Task]:
    """The tasks about customers whom `user` may see, whosever they are."""
    found = Task.objects.filter(customer__in=visible_to(user))
    return found.select_related("customer", "owner", "by")


def changeable_tasks(user: User | AnonymousUser) -> QuerySet[Task]:
    """The tasks about customers whom `user` may change."""
    return Task.objects.filter(customer__in=changeable_by(user)).select_related("customer")


def people_for(customer: Customer | None = None) -> QuerySet[User]:
    """Who may be given tasks: those of the team who work on customers, or on this one.

    In a large team everybody is offered, and who may not is refused.
    """
    people = permitted(WORK).order_by("first_name", "username")
    if customer is None or people.count() > LARGE:
        return people
    able = (one for one in people if changeable_by(one).filter(pk=customer.pk).exists())
    return people.filter(pk__in=[one.pk for one in able])


def last_activities(customers: Iterable[int]) -> dict[int, Activity]:
    """The newest activity that stands of each of these customers, by their ids."""
    wanted = list(customers)
    if not wanted:
        return {}
    found = Activity.objects.filter(customer__in=wanted).exclude(state=Activity.State.WITHDRAWN)
    newest = (
        found.order_by("customer_id", "-at", "-pk").distinct("customer_id").select_related("by")
    )
    return {one.customer_id: one for one in newest}


def next_task(customer: Customer) -> Task | None:
    """The open task of a customer that comes first."""
    found = Task.objects.filter(customer=customer, state=Task.State.OPEN)
    return found.select_related("owner").order_by("day", "due_at", "pk").first()


def open_rhythm(customer: int) -> Task | None:
    """The one open task by which a customer is contacted regularly."""
    return Task.objects.filter(customer=customer, origin=RHYTHM, state=Task.State.OPEN).first()


def contacts_of(customer: Customer) -> QuerySet[Any]:
    """The contacts of a customer, also those who left."""
    return apps.get_model("contacts.Contact").objects.filter(customer=customer)


def contact_called(customer: Customer, name: str) -> Any:
    """The one contact of a customer who is called so, first of those present; None for nobody.

    Where several are, nobody is meant.
    """
    for people in (contacts_of(customer).filter(left_on=None), contacts_of(customer)):
        found = list(people.filter(name=name)[:2]) if name else []
        if found:
            return found[0] if len(found) == 1 else None
    return None


def contact_names(customer: Customer) -> list[str]:
    """The present contacts of a customer by name, the first contact first; who it names, too."""
    people = contacts_of(customer).filter(left_on=None)
    names = people.order_by("-primary", "pk").values_list("name", flat=True)
    return list(dict.fromkeys([*names, *filter(None, [customer.contact])]))


def leading_scheme(gaps: list[ContactGap] | None = None) -> Scheme | None:
    """The scheme whose classes say who comes first: that of the rhythm, else the first graded.

    `gaps`: the rules of the rhythm in force, where they are known.
    """
    known = schemes_on_page()
    gaps = rules.in_force(CONTACT_GAP) if gaps is None else gaps
    named = {one.scope.scheme for one in gaps if one.scope.classes}
    return next((one for one in known if one.name in named), known[0] if known else None)


def of_each_class(scheme: Scheme | None) -> list[Q]:
    """Conditions of tasks by the rank that `ranked` gives them: each class, then no class."""
    if scheme is None:
        return [Q()]
    classes = CustomerClass.objects.filter(customer=OuterRef("customer"), scheme=scheme)
    keys = [one.key for one in scheme.classes]
    each = [Q(Exists(classes.filter(class_key=key))) for key in keys]
    return [*each, ~Q(Exists(classes.filter(class_key__in=keys)))]


def ranked(tasks: QuerySet[Task], scheme: Scheme | None) -> QuerySet[Task]:
    """Tasks with the class of their customer in a scheme, `class_key`, and its `rank` from 1."""
    if scheme is None:
        return tasks.annotate(class_key=Value(""), rank=Value(UNRANKED))
    classes = CustomerClass.objects.filter(customer=OuterRef("customer"), scheme=scheme)
    whens = [When(class_key=one.key, then=Value(one.number)) for one in scheme.classes]
    rank = Case(*whens, default=Value(UNRANKED), output_field=IntegerField())
    return tasks.annotate(
        class_key=Coalesce(Subquery(classes.values("class_key")[:1]), Value("")),
        rank=Coalesce(Subquery(classes.annotate(rank=rank).values("rank")[:1]), UNRANKED),
    )
