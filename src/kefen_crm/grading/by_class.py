"""Figures counted by the class of customers, as parts of proofs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import ProofRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.db.models import Model, QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Scheme

M = TypeVar("M", bound="Model")
Counts = dict[str, tuple[int, int]]
"""By class, how many of how many."""


def with_class(found: QuerySet[M], scheme: Scheme | None, customer: str = "customer") -> Any:
    """Rows with the class of their `customer` in a scheme as `class_key`, empty without one."""
    if scheme is None:
        return found.annotate(class_key=Value(""))
    classes = CustomerClass.objects.filter(customer=OuterRef(customer), scheme=scheme)
    return found.annotate(class_key=Coalesce(Subquery(classes.values("class_key")[:1]), Value("")))


def counted(pairs: Iterable[tuple[str, bool]]) -> Counts:
    """How many of each class hit, of pairs of a class and whether it did."""
    found: Counts = {}
    for key, hit in pairs:
        hits, cases = found.get(key, (0, 0))
        found[key] = (hits + hit, cases + 1)
    return found


def in_order(scheme: Scheme | None, keys: Iterable[str]) -> list[str]:
    """Classes in their order, the best first, of those that occur; the others last."""
    known = [one.key for one in scheme.classes] if scheme else []
    there = set(keys)
    return [*(key for key in known if key in there), *sorted(there - set(known))]


def rated(scheme: Scheme | None, of: Mapping[str, Any], empty: Any) -> list[Any]:
    """What each class of the scheme has, the best first, those without a class left out."""
    return [of.get(one.key, empty) for one in scheme.classes] if scheme else []


def share_rows(
    scheme: Scheme | None,
    counts: Counts,
    more: Callable[[str], tuple[str, ...]] = lambda _key: (),
) -> list[ProofRow]:
    """A row by class: of how many, how many, the share, and `more`; all together last."""
    rows = [
        ProofRow((*shares(*counts[key]), *more(key)), key, "" if key else _("Unrated"))
        for key in in_order(scheme, counts)
    ]
    if len(rows) > 1:
        hits, cases = (sum(column) for column in zip(*counts.values(), strict=True))
        rows.append(ProofRow((*shares(hits, cases), *more("")), "", _("Together")))
    return rows


def shares(hits: int, cases: int) -> tuple[str, str, str]:
    """Of how many, how many, and the share, as people read them."""
    share = hits / cases if cases else None
    return numbers.whole(cases), numbers.whole(hits), numbers.percent(share)


def some_of_each(
    customers: QuerySet[Customer], scheme: Scheme | None, each: int
) -> list[tuple[str, Customer]]:
    """At most so many customers of each class of a scheme, best first, each with its class.

    They are taken at equal distances of the order that `customers` stand in. Without classes they
    are of one, which has no key.
    """
    found = with_class(customers, scheme, "pk")
    by_key: dict[str, list[Customer]] = defaultdict(list)
    for one in found:
        by_key[one.class_key or ""].append(one)
    keys = [one.key for one in scheme.classes if by_key.get(one.key)] if scheme else []
    taken = []
    for key in keys or list(by_key):
        there = by_key[key]
        step = max(len(there) // each, 1)
        taken += [(key, one) for one in there[::step][:each]]
    return taken
