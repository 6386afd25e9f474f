"""Who of some customers is treated and who is left alone: drawn by hash within strata.

Customers that belong together by parents and affiliates are drawn as one.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def drawn(
    strata: Mapping[int, str], links: Iterable[tuple[int, int]], salt: str, percent: int
) -> set[int]:
    """Who is left alone, of customers by their ids with the stratum of each.

    Of each stratum the share is kept as nearly as whole customers allow; what is left over is
    drawn by the hash of the stratum, so that the whole keeps the share, too.

    >>> left = drawn({n: "A" for n in range(100)}, [], "salt", 10)
    >>> len(left), drawn({n: "A" for n in range(100)}, [], "salt", 10) == left
    (10, True)
    >>> both = drawn({1: "A", 2: "B"}, [(1, 2)], "salt", 50)
    >>> both in ({1, 2}, set())
    True
    """
    if not percent:
        return set()
    units = _units(strata, links)
    by_stratum: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for first in units:
        by_stratum[strata[first]].append((_hash(salt, first), first))
    held: set[int] = set()
    for stratum, some in by_stratum.items():
        exact = len(some) * percent / 100
        whole = int(exact)
        chance = int(_hash(salt, stratum)[:8], 16) / 0xFFFFFFFF
        count = whole + (chance < exact - whole)
        for _place, first in sorted(some)[:count]:
            held.update(units[first])
    return held


def chance(salt: str, customer: int) -> float:
    """A number from 0 to 1 that a customer always gets with a salt.

    >>> chance("salt", 1) == chance("salt", 1), 0 <= chance("salt", 2) <= 1
    (True, True)
    """
    return int(_hash(salt, customer)[:8], 16) / 0xFFFFFFFF


def code_of(salt: str, customer: int) -> str:
    """The end of a coupon's code: eight letters and digits that are not mistaken for others."""
    letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    number = int(_hash(salt, f"coupon/{customer}")[:16], 16)
    found = ""
    for _place in range(8):
        number, rest = divmod(number, len(letters))
        found += letters[rest]
    return found


def _units(customers: Iterable[int], links: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Customers that belong together, by the first of them."""
    parent = {pk: pk for pk in customers}

    def root(pk: int) -> int:
        while parent[pk] != pk:
            parent[pk] = parent[parent[pk]]
            pk = parent[pk]
        return pk

    for one, other in links:
        if one in parent and other in parent:
            first, second = sorted((root(one), root(other)))
            parent[second] = first
    found: dict[int, list[int]] = defaultdict(list)
    for pk in parent:
        found[root(pk)].append(pk)
    return found


def _hash(salt: str, what: object) -> str:
    return hashlib.sha256(f"{salt}/{what}".encode()).hexdigest()
