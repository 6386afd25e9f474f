"""What narrows a customer list by schemes: classes, cells, scores, moves, what holds a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.gateway.filters import (
    NEW,
    UNRATED,
    Cell,
    HeldBy,
    Moved,
    OfClass,
    Ranked,
    Scored,
)
from kefen_crm.grading.models import CustomerClass, RunInForce
from kefen_crm.grading.queries import BESIDE, schemes_on_page
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Choice, Choices, Filter

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

    from kefen_crm.grading.models import Scheme


def scheme_names(params: QueryDict, name: str = "") -> set[str]:
    """The schemes that the address narrows by, or by the filter of this name."""
    filters = {name} if name else {one.name for one in FILTERS}
    return {
        value.partition(":")[0] for one in filters for value in params.getlist(one) if ":" in value
    }


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
                for value in [OfClass(scheme.name, key).value]
            ],
        )
        for scheme in schemes_on_page()
    ]


def _graded(**conditions: object) -> Q:
    return Q(Exists(CustomerClass.objects.filter(customer=OuterRef("pk"), **conditions)))


def _scheme(name: str) -> Scheme | None:
    return next((one for one in schemes_on_page() if one.name == name), None)


def _title(scheme: Scheme, key: str) -> str:
    titles = {one.key: one.title for one in scheme.classes}
    return titles.get(key) or str(dict(BESIDE).get(key, key))


def _class(value: str) -> tuple[str, Q]:
    asked = OfClass.read(value)
    scheme = _scheme(asked.scheme) if asked else None
    if asked is None or scheme is None:
        return value, NOBODY
    text = f"{scheme.title}: {_title(scheme, asked.key)}"
    if asked.key == UNRATED:
        return text, ~_graded(scheme=scheme, class_key__isnull=False)
    return text, _graded(scheme=scheme, class_key=asked.key)


def _cell(value: str) -> tuple[str, Q]:
    asked = Cell.read(value)
    scheme = _scheme(asked.scheme) if asked else None
    if asked is None or scheme is None:
        return value, NOBODY
    parts = {f"detail__{part}": score for part, score in asked.scores.items()}
    cell = asked.value.partition(":")[2]
    return f"{scheme.title}: {cell.upper()}", _graded(scheme=scheme, **parts)


def _score(value: str) -> tuple[str, Q]:
    asked = Scored.read(value)
    scheme = _scheme(asked.scheme) if asked else None
    if asked is None or scheme is None:
        return value, NOBODY
    bounds = {"score__gte": asked.low, "score__lt": asked.high}
    conditions = {name: float(bound) for name, bound in bounds.items() if bound}
    text = _("%(scheme)s: score %(low)s to %(high)s") % {
        "scheme": scheme.title, "low": asked.low or "…", "high": asked.high or "…",
    }  # fmt: skip
    return text, _graded(scheme=scheme, score__isnull=False, **conditions)


def _moved(value: str) -> tuple[str, Q]:
    ranked, asked = Ranked.read(value), Moved.read(value)
    read = ranked or asked
    scheme = _scheme(read.scheme) if read else None
    if scheme and ranked:
        return f"{scheme.title}: {_WAYS[ranked.way]}", _ranked(scheme, up=ranked.way == "up")
    if scheme is None or asked is None:
        return value, NOBODY
    conditions: dict[str, object] = {"class_key": asked.after} if asked.after else {}
    if asked.after == UNRATED:
        conditions = {"class_key__isnull": True}
    known = RunInForce.has_before(scheme)
    if asked.before == NEW and known:
        conditions["graded_before"] = False
    elif asked.before and asked.before != NEW:
        conditions["graded_before"] = True
        if asked.before == UNRATED:
            conditions["previous_key__isnull"] = True
        else:
            conditions["previous_key"] = asked.before
    text = _("%(scheme)s: from %(before)s to %(after)s") % {
        "scheme": scheme.title,
        "before": _("new") if asked.before == NEW else _title(scheme, asked.before),
        "after": _title(scheme, asked.after),
    }
    if not known and asked.before not in {"", NEW}:
        return text, NOBODY
    return text, _graded(scheme=scheme, **conditions)


_WAYS = {"up": gettext_lazy("rose a class"), "down": gettext_lazy("fell a class")}


def _ranked(scheme: Scheme, *, up: bool) -> Q:
    """Those whose class is better, or worse, than the one before."""
    if not RunInForce.has_before(scheme):
        return NOBODY
    keys = [one.key for one in scheme.classes]
    pairs = Q(pk__in=[])
    for at, key in enumerate(keys):
        others = keys[at + 1 :] if up else keys[:at]
        if others:
            pairs |= Q(class_key=key, previous_key__in=others)
    moved = CustomerClass.objects.filter(pairs, customer=OuterRef("pk"), scheme=scheme)
    return Q(Exists(moved))


def _held(value: str) -> tuple[str, Q]:
    """Whose class of a scheme is held."""
    asked = HeldBy.read(value)
    scheme = _scheme(asked.scheme) if asked else None
    if asked is None or scheme is None or asked.by not in CustomerClass.Held:
        return value, NOBODY
    text = f"{scheme.title}: {CustomerClass.Held(asked.by).label}"
    return text, _graded(scheme=scheme, held_by=asked.by)


FILTERS = (
    Filter(
        OfClass.name, _class, group=lambda value: value.partition(":")[0], choices=class_choices
    ),
    Filter(Cell.name, _cell),
    Filter(Scored.name, _score),
    Filter(Moved.name, _moved),
    Filter(HeldBy.name, _held),
)
"""The filters of a customer list by what a scheme says of the customers."""
