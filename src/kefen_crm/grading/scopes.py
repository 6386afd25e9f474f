"""Scopes of rules, asked of customers: in SQL for many, as facts and words for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from kefen_crm.gateway import LAPSED
from kefen_crm.gateway.filters import UNRATED
from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.platform.scoped_rules import Facts, Fault, Scope, ScopedRule
from kefen_crm.team.models import Department

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer

R = TypeVar("R", bound=ScopedRule)


def matching(scope: Scope) -> Q:
    """The condition on customers of a scope."""
    fits = Q()
    if scope.classes:
        keys = [key for key in scope.classes if key != UNRATED]
        of_class = Q(class_key__in=keys)
        if UNRATED in scope.classes:
            of_class |= Q(class_key=None)
        rows = CustomerClass.objects.filter(
            of_class, customer=OuterRef("pk"), scheme__name=scope.scheme
        )
        fits &= Q(Exists(rows))
    if scope.departments:
        fits &= Q(owner__department__in=below(scope.departments))
    if scope.regions:
        fits &= Q(region__in=scope.regions)
    if scope.types:
        fits &= Q(customer_type__in=scope.types)
    return fits


def divided(
    rules: Sequence[R], customers: QuerySet[Customer]
) -> list[tuple[R, QuerySet[Customer]]]:
    """The customers that each rule holds for: those that fit it and none before it."""
    found = []
    for rule in rules:
        fits = matching(rule.scope)
        found.append((rule, customers.filter(fits)))
        customers = customers.exclude(fits) if fits else customers.none()
    return found


def facts_of(customer: Customer) -> Facts:
    """What scopes ask of a customer."""
    rows = customer.classes.values_list("scheme__name", "class_key")
    department = customer.owner.department_id if customer.owner else None
    return Facts(
        classes={scheme: UNRATED if key is None else key for scheme, key in rows},
        departments=frozenset(above(department)),
        region=customer.region,
        type=customer.customer_type,
    )


def faults(rules: Sequence[ScopedRule]) -> list[Fault]:
    """Scopes that name what there is not, by place."""
    schemes = {one.name: one for one in Scheme.objects.select_related("current")}
    departments = set(Department.objects.values_list("pk", flat=True))
    found = []
    for number, rule in enumerate(rules):
        scope = rule.scope
        scheme = schemes.get(scope.scheme)
        if scope.classes and scheme is None:
            told = _("There is no scheme “%(name)s”.") % {"name": scope.scheme}
            found.append(Fault(f"{number}.scope.scheme", told))
        elif scheme is not None:
            known = {one.key for one in scheme.current.classes} if scheme.current else set()
            for key in sorted(set(scope.classes) - known - {UNRATED, LAPSED}):
                told = _("“%(scheme)s” has no class “%(key)s”.")
                told %= {"scheme": scheme.title, "key": key}
                found.append(Fault(f"{number}.scope.classes", told))
        if set(scope.departments) - departments:
            told = _("A department of this scope is no more.")
            found.append(Fault(f"{number}.scope.departments", told))
    return found


def words(scope: Scope) -> list[str]:
    """A scope as people read it, part by part; none for every customer."""
    found = []
    if scope.classes:
        scheme = Scheme.objects.select_related("current").filter(name=scope.scheme).first()
        titles = dict(class_choices(scheme))
        keys = ", ".join(titles.get(key, key) for key in scope.classes)
        found.append(f"{scheme.title if scheme else scope.scheme}: {keys}")
    if scope.departments:
        names = Department.objects.filter(pk__in=scope.departments).values_list("name", flat=True)
        found.append(f"{_('Department')}: {', '.join(names)}")
    if scope.regions:
        found.append(f"{_('Region')}: {', '.join(scope.regions)}")
    if scope.types:
        found.append(f"{_('Type')}: {', '.join(scope.types)}")
    return found


def class_choices(scheme: Scheme | None) -> list[tuple[str, str]]:
    """The classes of a scheme that a scope may name, with their titles."""
    classes = scheme.current.classes if scheme and scheme.current else []
    own = [(one.key, one.title) for one in classes]
    return [*own, (LAPSED, _("Lapsed")), (UNRATED, _("Unrated"))]


PARTS = {
    "classes": lambda: _("of another class"),
    "departments": lambda: _("of another department"),
    "regions": lambda: _("of another region"),
    "types": lambda: _("of another type"),
}
"""Why a rule does not hold for a customer, by the part of its scope that does not fit."""


def below(departments: Sequence[int]) -> set[int]:
    """Departments and all within them."""
    parents = _parents()
    return {pk for pk in parents if not _line(pk, parents).isdisjoint(departments)}


def above(department: int | None) -> set[int]:
    """A department and all that it is within; none for none."""
    return set() if department is None else _line(department, _parents())


def _parents() -> dict[int, int | None]:
    return dict(Department.objects.values_list("pk", "parent"))


def _line(department: int, parents: dict[int, int | None]) -> set[int]:
    found: set[int] = set()
    at: int | None = department
    while at is not None and at not in found:
        found.add(at)
        at = parents.get(at)
    return found
