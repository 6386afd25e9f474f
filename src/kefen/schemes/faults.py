"""Looking for faults in raw documents: every piece bears parts that are missing or malformed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kefen import formats
from kefen.errors import Fault
from kefen.schemes.parts import share_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def near(word: object, known: Iterable[str]) -> list[str]:
    """The three known words that look most like this one, best first, however little."""
    return get_close_matches(str(word)[:80].lower(), list(known), n=3, cutoff=0.0)


def amount(value: object) -> float | None:
    """The number written here, None when it is none."""
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def share(value: object) -> float | None:
    """The share written here (`0.75`, `75%`), None when it is none."""
    try:
        return amount(share_of(value))
    except ValueError:
        return None


def entries(document: Mapping[str, Any], name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The mappings in a list of the document, with their places."""
    listed = document.get(name)
    for place, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, Mapping):
            yield place, entry


def each_class(document: Mapping[str, Any], *names: str) -> list[Fault]:
    """Every class but the last needs one of these fields, and the last is open."""
    listed = document.get("classes")
    last = len(listed) - 1 if isinstance(listed, list) else -1
    found = []
    for place, entry in entries(document, "classes"):
        given = [name for name in names if entry.get(name) is not None]
        if place < last and not given:
            found.append(Fault(f"classes[{place}]", "cut-missing", {"fields": list(names)}))
        if place == last:
            found += [
                Fault(f"classes[{place}].{name}", "last-class-open", {"value": entry[name]})
                for name in given
            ]
    return found


def rising(document: Mapping[str, Any], name: str) -> list[Fault]:
    """Shares must grow from class to class; the fault tells them in per cent."""
    return [
        replace(one, data={name: percent(value) for name, value in one.data.items()})
        for one in _ordered(document, name, grows=True, read=share)
    ]


def percent(value: Any) -> Any:
    """A share as people write it: in per cent, with the digits it has; what is no number as it is.

    >>> percent(0.955), percent("much")
    ('95.5%', 'much')
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return formats.percent(value, 6, trimmed=True) if number else value


def ordered(document: Mapping[str, Any], name: str, *, grows: bool) -> list[Fault]:
    """Numbers must grow, or shrink, from class to class."""
    return _ordered(document, name, grows=grows, read=amount)


def _ordered(document: Mapping[str, Any], name: str, *, grows: bool, read: Any) -> list[Fault]:
    given = [(place, read(entry.get(name))) for place, entry in entries(document, "classes")]
    known = [(place, value) for place, value in given if value is not None]
    return [
        Fault(
            f"classes[{place}].{name}",
            "cuts-not-increasing" if grows else "cuts-not-decreasing",
            {"value": value, "previous": before},
        )
        for (_, before), (place, value) in pairwise(known)
        if not (value > before if grows else value < before)
    ]


def misplaced(document: Mapping[str, Any], name: str, instead: str) -> list[Fault]:
    """Classes that carry a field which this choice does not read."""
    return [
        Fault(f"classes[{place}].{name}", "wrong-cut", {"name": name, "instead": instead})
        for place, entry in entries(document, "classes")
        if entry.get(name) is not None
    ]


def increasing(path: str, values: object) -> list[Fault]:
    """A list of numbers must grow."""
    numbers = [amount(v) for v in values] if isinstance(values, list) else []
    known = [(at, v) for at, v in enumerate(numbers) if v is not None]
    return [
        Fault(f"{path}[{at}]", "cuts-not-increasing", {"value": value, "previous": before})
        for (_, before), (at, value) in pairwise(known)
        if value <= before
    ]
