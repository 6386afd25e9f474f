"""Who works at a company to try Kefen with."""

from __future__ import annotations

from kefen.demo import companies


def staff(company: str) -> list[tuple[str, str]]:
    """Name and team of each salesperson; nobody when there is no such company."""
    found = companies().get(company)
    return [(person.name, person.team) for person in found.staff] if found else []
