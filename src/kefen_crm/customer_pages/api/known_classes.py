"""Schemes and classes that an address names: those that there are not are refused, not empty."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from kefen_crm.customer_pages.api.shapes import titles
from kefen_crm.gateway import LAPSED
from kefen_crm.gateway.filters import UNRATED
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.api.problems import Fault, pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import QueryDict

OF_SCHEMES = ("class", "cell", "score", "moved", "held")
"""Parameters that begin with the name of a scheme."""


def unknown_names(given: QueryDict) -> Iterator[Fault]:
    """A fault for each scheme and class that there is not, with the names most like it."""
    asked = [(name, value) for name in OF_SCHEMES for value in given.getlist(name)]
    if not asked:
        return
    known = {
        name: (pk, {*classes, UNRATED, LAPSED}) for pk, (name, classes, _run) in titles().items()
    }
    for parameter, value in asked:
        scheme, _colon, rest = value.partition(":")
        if scheme not in known:
            text = _("There is no scheme %(name)s. Near: %(near)s.")
            yield _fault("unknown-scheme", parameter, text % _named(scheme, known, 3))
            continue
        pk, classes = known[scheme]
        if parameter != "class" or rest in classes:
            continue
        # People may still stand in a class that the newest wording has no more.
        if not CustomerClass.objects.filter(scheme_id=pk, class_key=rest).exists():
            text = _("There is no class %(name)s. Near: %(near)s.")
            yield _fault("unknown-class", parameter, text % _named(rest, classes, 12))


def _named(name: str, known: Iterable[str], most: int) -> dict[str, str]:
    """The name and those most like it, best first."""
    near = get_close_matches(name, sorted(known), n=most, cutoff=0.0)
    return {"name": name, "near": ", ".join(near) or "–"}


def _fault(code: str, parameter: str, detail: str) -> Fault:
    return Fault(code=code, detail=detail, part="query", pointer=pointer([parameter]))
