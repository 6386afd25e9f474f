"""Regions, provinces and cities that are written otherwise than most customers have them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from django.db.models import Count

from kefen_crm.quality.values import is_none

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer

FIELDS: Final = ("region", "province", "city")
_ENDS: Final = re.compile(
    r"(?<=..)(特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|大区|地区|片区|省|市|区)$"
)
CLEAR: Final = 0.95
"""The share of a city's customers that must have one province for it to be the city's."""
FEWEST: Final = 5

Meant = dict[tuple[str, str], str]
"""What a city and a value of a field probably mean by the value; empty for none."""


def meant(people: QuerySet[Customer], field: str) -> Meant:
    """By city and value of a field, the value that was probably meant, where it is another.

    Of several spellings of one region that which most have; of a province that one which nearly
    all customers of the city have.
    """
    rows = people.order_by().values_list("city", field).annotate(n=Count("pk"))
    known: dict[tuple[str, str], int] = {(city, text): n for city, text, n in rows}
    usual = _usual(known)
    found = {pair: usual[pair[1]] for pair in known if usual.get(pair[1], pair[1]) != pair[1]}
    if field != "province":
        return found
    of_city: defaultdict[str, Counter[str]] = defaultdict(Counter)
    cities = _usual({(text, city): n for (city, text), n in known.items()})
    for (city, text), number in known.items():
        if city and text and not is_none(text):
            of_city[cities.get(city, city)][usual.get(text, text)] += number
    for city, text in known:
        counted = of_city.get(cities.get(city, city), Counter())
        [(first, most)] = counted.most_common(1) or [("", 0)]
        clear = counted.total() >= FEWEST and most >= CLEAR * counted.total()
        if city and clear and first != text:
            found[city, text] = first
    return found


def _usual(known: dict[tuple[str, str], int]) -> dict[str, str]:
    """Of each text the spelling that most use; empty for one that says there is none."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (_city, text), number in known.items():
        if text and not is_none(text):
            spellings[_folded(text)[0]][text] += number
    usual = {text: "" for _city, text in known if text and is_none(text)}
    for counted in spellings.values():
        if {_folded(text)[1] for text in counted} >= {"省", "市"}:  # two places of one name
            continue
        best = min(counted, key=lambda text: (-counted[text], text))
        usual |= dict.fromkeys(counted, best)
    return usual


def _folded(text: str) -> tuple[str, str]:
    """A text without width, spaces and case, and without its ending; and that ending."""
    plain = "".join(unicodedata.normalize("NFKC", text).lower().split())
    end = _ENDS.search(plain)
    return (plain[: end.start()], end.group()) if end else (plain, "")
