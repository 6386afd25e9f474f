"""Who sells: eighteen salespersons in five regional teams."""

from __future__ import annotations

from kefen.demo.company import Person
from kefen.demo.trade.vocabulary import words


def staff() -> tuple[Person, ...]:
    """The salespersons, team by team."""
    teams: dict[str, list[str]] = words("names")["staff"]
    return tuple(Person(name, team) for team, names in teams.items() for name in names)
