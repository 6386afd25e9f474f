"""First and last names in two columns, where nothing else names the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.joined_columns import JoinedColumns
from kefen.ledger.reading.model import CUSTOMER_NAME
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.texts import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kefen.ledger.reading.reshaping import Row

_FIRST = frozenset({"firstname", "givenname", "forename", "vorname", "prénom", "nombre"})
_LAST = frozenset({"lastname", "surname", "familyname", "nachname", "apellidos"})
_COMPANY = frozenset({"company", "companyname", "organization", "organisation", "firma"})
_MAIL = frozenset({"email", "emailaddress"})
_NAMING = frozenset({"customer_id", "name", CUSTOMER_NAME})
_OF = ("customers", "orders")
_MOST = 300


class PersonNames(JoinedColumns):
    """A column with the names of persons; without one that of the company, or the address.

    Company and address stay where they are.
    """

    def __init__(self, headings: Sequence[str], parts: Sequence[str], more: Sequence[str]) -> None:
        super().__init__(headings, parts, "Customer name", "names-in-parts")
        self._parts = [*parts, *more]

    def whole(self, cells: Sequence[str | None]) -> str | None:
        """The first and the last name, else what else there is."""
        told = [text if (text := (cell or "").strip()) not in NOTHING else "" for cell in cells]
        person = " ".join(filter(None, told[:2]))
        return person or next(filter(None, told[2:]), None)


def person_names(
    headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()
) -> PersonNames | None:
    """How to read first and last names; None where another column names or numbers customers,
    or each row has a company.

    `given` are headings of which a person said what they are.

    >>> rows = [{"First Name": "Ann", "Last Name": "Lee"}]
    >>> person_names(["First Name", "Last Name"], rows).sample(rows)
    [{'Customer name': 'Ann Lee'}]
    """
    if not rows or len(headings) > _MOST or set(given) & set(headings):
        return None
    called = {normal(heading): heading for heading in reversed(headings)}
    parts = [next((called[n] for n in called if n in s), None) for s in (_FIRST, _LAST)]
    first, last = parts
    if first is None or last is None:
        return None
    companies = [called[n] for n in called if n in _COMPANY]
    if any(all((row.get(company) or "").strip() for row in rows) for company in companies):
        return None
    more = [*companies, *(called[n] for n in called if n in _MAIL)]
    others = set(headings) - {first, last, *more}
    if any(column in _NAMING for h in others for kind, column in columns_known(h) if kind in _OF):
        return None
    return PersonNames(headings, [first, last], more)
