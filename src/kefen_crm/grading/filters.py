"""What narrows a customer list by schemes: classes, cells, scores, moves, what holds a class."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.grading.queries import BESIDE, UNRATED, published
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Choice, Choices, Filter

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

_CELL = re.compile(r"([a-z_]+?)(\d+)")
_NUMBER = r"-?\d{1,15}(?:\.\d{1,15})?"
_RANGE = re.compile(rf"({_NUMBER})?-({_NUMBER})?\Z")


def scheme_names(params: QueryDict, name: str = "") -> set[str]:
    """The schemes that the address narrows by, or by the filter of this name."""
    filters = {name} if name else {one.name for one in FILTERS}
    return {
        value.partition(":")[0] for one in filters for value in params.getlist(one) if ":" in value
    }


def schemes_of(request: HttpRequest) -> list[Scheme]:
    """The published schemes, read once for all parts of a page."""
    known: list[Scheme] | None = getattr(request, "grading_schemes", None)
    if known is None:
        known = list(published())
        request.grading_schemes = known  # type: ignore[attr-defined]
    return known


def class_choices(request: HttpRequest) -> list[Choices]:
    """For each scheme a choice of its classes, those of the address chosen."""
    asked = set(request.GET.getlist("class"))
    return [
        Choices(
            "class",
            scheme.name,
            scheme.title,
            [
                Choice(value, title, value in asked)
                for key, title in [
                    *((one.key, one.title) for one in scheme.classes),
                    *((key, str(title)) for key, title in BESIDE),
                ]
                for value in [f"{scheme.name}:{key}"]
            ],
        )
        for scheme in schemes_of(request)
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


def _class(value: str) -> tuple[str, Q]:
    _name, key, scheme = _of_scheme(value)
    if scheme is None or not key:
        return value, NOBODY
    text = f"{scheme.title}: {_title(scheme, key)}"
    if key == UNRATED:
        return text, ~_graded(scheme=scheme, class_key__isnull=False)
    return text, _graded(scheme=scheme, class_key=key)


def _cell(value: str) -> tuple[str, Q]:
    _name, cell, scheme = _of_scheme(value)
    parts = {f"detail__{letter}": int(score) for letter, score in _CELL.findall(cell)}
    if scheme is None or not parts:
        return value, NOBODY
    return f"{scheme.title}: {cell.upper()}", _graded(scheme=scheme, **parts)


def _score(value: str) -> tuple[str, Q]:
    _name, span, scheme = _of_scheme(value)
    match = _RANGE.match(span)
    if scheme is None or match is None:
        return value, NOBODY
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
        return value, NOBODY
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
        return value, NOBODY
    text = f"{scheme.title}: {CustomerClass.Held(how).label}"
    return text, _graded(scheme=scheme, held_by=how)


FILTERS = (
    Filter("class", _class, group=lambda value: value.partition(":")[0], choices=class_choices),
    Filter("cell", _cell),
    Filter("score", _score),
    Filter("moved", _moved),
    Filter("held", _held),
)
"""The filters of a customer list by what a scheme says of the customers."""
