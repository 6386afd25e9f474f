"""The part of a customer list's address that pictures write: classes, cells, scores, moves, months.

Each parameter may stand several times. One scheme's classes widen, all else narrows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.gateway.sales import buyers
from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.grading.queries import BESIDE, UNRATED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet
    from django.http import QueryDict

    from kefen_crm.customers.models import Customer

_CELL = re.compile(r"([a-z_]+?)(\d+)")
_NUMBER = r"-?\d{1,15}(?:\.\d{1,15})?"
_RANGE = re.compile(rf"({_NUMBER})?-({_NUMBER})?\Z")
_MONTH = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])\Z")


@dataclass(frozen=True)
class Drill:
    """One parameter as it stands in the address, with what it means."""

    name: str
    value: str
    text: str
    condition: Q

    @property
    def scheme(self) -> str:
        """The name of the scheme it is about, or empty."""
        return self.value.partition(":")[0] if ":" in self.value else ""


@dataclass(frozen=True)
class Choice:
    """One class to narrow the list to; `value` is what stands in the address."""

    value: str
    title: str
    chosen: bool


@dataclass(frozen=True)
class ClassFilter:
    """The classes of one scheme to choose from."""

    scheme: Scheme
    choices: list[Choice]

    @property
    def chosen(self) -> str:
        """The one class that is chosen; empty when none is, or several are."""
        values = [one.value for one in self.choices if one.chosen]
        return values[0] if len(values) == 1 else ""


def class_filters(schemes: Iterable[Scheme], params: QueryDict) -> list[ClassFilter]:
    """For each scheme a choice of its classes, those of the address chosen."""
    asked = set(params.getlist("class"))
    return [
        ClassFilter(
            scheme,
            [
                Choice(value, title, value in asked)
                for key, title in [
                    *((one.key, one.title) for one in scheme.classes),
                    *((key, str(title)) for key, title in BESIDE),
                ]
                for value in [f"{scheme.name}:{key}"]
            ],
        )
        for scheme in schemes
    ]


def narrowed(customers: QuerySet[Customer], params: QueryDict) -> QuerySet[Customer]:
    """The customers every drill-down in `params` leaves; an unreadable value leaves none."""
    together: dict[str, Q] = defaultdict(Q)
    for at, one in enumerate(drills(params)):
        widens = one.name == "class"
        together[f"class {one.value.partition(':')[0]}" if widens else str(at)] |= one.condition
    for condition in together.values():
        customers = customers.filter(condition)
    return customers


def drills(params: QueryDict) -> list[Drill]:
    """Each drill-down of the address, readable, in the order of the address."""
    return [
        Drill(name, value, *_READ[name](value))
        for name in params
        if name in _READ
        for value in params.getlist(name)
        if value
    ]


def _graded(**conditions: object) -> Q:
    return Q(Exists(CustomerClass.objects.filter(customer=OuterRef("pk"), **conditions)))


def _of_scheme(value: str) -> tuple[str, str, Scheme | None]:
    name, _colon, rest = value.partition(":")
    return name, rest, Scheme.objects.select_related("current").filter(name=name).first()


def _key(key: str) -> str | None:
    return None if key == UNRATED else key


def _title(scheme: Scheme, key: str) -> str:
    titles = {one.key: one.title for one in scheme.classes}
    return titles.get(key) or str(dict(BESIDE).get(key, key))


_NOBODY = Q(pk__in=[])


def _class(value: str) -> tuple[str, Q]:
    _name, key, scheme = _of_scheme(value)
    if scheme is None or not key:
        return value, _NOBODY
    text = f"{scheme.title}: {_title(scheme, key)}"
    if key == UNRATED:
        return text, ~_graded(scheme=scheme, class_key__isnull=False)
    return text, _graded(scheme=scheme, class_key=key)


def _cell(value: str) -> tuple[str, Q]:
    _name, cell, scheme = _of_scheme(value)
    parts = {f"detail__{letter}": int(score) for letter, score in _CELL.findall(cell)}
    if scheme is None or not parts:
        return value, _NOBODY
    return f"{scheme.title}: {cell.upper()}", _graded(scheme=scheme, **parts)


def _score(value: str) -> tuple[str, Q]:
    _name, span, scheme = _of_scheme(value)
    match = _RANGE.match(span)
    if scheme is None or match is None:
        return value, _NOBODY
    low, high = match.groups()
    bounds = {"score__gte": low, "score__lt": high}
    conditions = {name: float(bound) for name, bound in bounds.items() if bound}
    text = _("%(scheme)s: score %(low)s to %(high)s") % {
        "scheme": scheme.title, "low": low or "…", "high": high or "…",
    }  # fmt: skip
    return text, _graded(scheme=scheme, score__isnull=False, **conditions)


def _moved(value: str) -> tuple[str, Q]:
    _name, move, scheme = _of_scheme(value)
    if scheme and move in _WAYS:
        return f"{scheme.title}: {_WAYS[move]}", _ranked(scheme, up=move == "up")
    before, arrow, after = move.partition(">")
    before = "new" if before == "absent" else before
    if scheme is None or not arrow:
        return value, _NOBODY
    conditions: dict[str, object] = {"class_key": _key(after)} if after else {}
    if after == UNRATED:
        conditions = {"class_key__isnull": True}
    if before == "new":
        conditions["previous_run__isnull"] = True
    elif before:
        conditions["previous_run__isnull"] = False
        if before == UNRATED:
            conditions["previous_key__isnull"] = True
        else:
            conditions["previous_key"] = before
    text = _("%(scheme)s: from %(before)s to %(after)s") % {
        "scheme": scheme.title,
        "before": _("new") if before == "new" else _title(scheme, before),
        "after": _title(scheme, after),
    }
    return text, _graded(scheme=scheme, **conditions)


_WAYS = {"up": gettext_lazy("rose a class"), "down": gettext_lazy("fell a class")}


def _ranked(scheme: Scheme, *, up: bool) -> Q:
    """Those whose class is better, or worse, than the one before."""
    keys = [one.key for one in scheme.classes]
    pairs = Q(pk__in=[])
    for at, key in enumerate(keys):
        others = keys[at + 1 :] if up else keys[:at]
        if others:
            pairs |= Q(class_key=key, previous_key__in=others)
    moved = CustomerClass.objects.filter(pairs, customer=OuterRef("pk"), scheme=scheme)
    return Q(Exists(moved))


def _held(value: str) -> tuple[str, Q]:
    """Whose class of a scheme is held: `abc:override`, `abc:cap`, `abc:hysteresis`."""
    _name, how, scheme = _of_scheme(value)
    if scheme is None or how not in CustomerClass.Held:
        return value, _NOBODY
    text = f"{scheme.title}: {CustomerClass.Held(how).label}"
    return text, _graded(scheme=scheme, held_by=how)


def _silent(value: str) -> tuple[str, Q]:
    """Not bought for more than `value` times as long as usual; figures are of twelve months."""
    if not _TIMES.match(value):
        return value, _NOBODY
    text = _("Silent for more than %(times)s times as long as usual") % {"times": value}
    return text, Q(GreaterThan(F("recency") * F("orders"), float(value) * _YEAR))


_TIMES = re.compile(r"\d{1,3}(\.\d)?\Z")
_YEAR = 365


def _bought(value: str) -> tuple[str, Q]:
    if not _MONTH.match(value):
        return value, _NOBODY
    codes = RawSQL("SELECT unnest(%s::text[])", [buyers(value)])
    return _("Bought in %(month)s") % {"month": value}, Q(code__in=codes)


_READ: dict[str, Callable[[str], tuple[str, Q]]] = {
    "class": _class,
    "cell": _cell,
    "score": _score,
    "moved": _moved,
    "held": _held,
    "bought": _bought,
    "silent": _silent,
}
