"""First and last names in two columns, where nothing else names the customer.

A number of the customer is no name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.deferred import deferred_pattern
from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.joined_columns import JoinedColumns
from kefen.ledger.reading.layouts import recognise
from kefen.ledger.reading.model import CUSTOMER_NAME, Notice
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.texts import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kefen.ledger.reading.reshaping import Row

_WHOSE = (
    r"(?:customers?|clients?|buyers?|guests?|members?|patients?|donors?|billing|contact"
    r"|客户|顾客|会员)?"
)
_FIRST = deferred_pattern(
    _WHOSE + r"(?:firstname|givenname|forename|vorname|pr[eé]nom|nombre|имя|名(?!称))(?:billing)?"
)
_LAST = deferred_pattern(
    _WHOSE + r"(?:lastname|surname|familyname|nachname|nom|apellidos?|фамилия|姓)(?:billing)?"
)
_COMPANY = deferred_pattern(
    r"company(?:name)?|organi[sz]ation|firma|soci[eé]t[eé]|raisonsociale|公司|会社名?"
)
_MAIL = deferred_pattern(r"email(?:address)?|e?mail")
_NAMING = frozenset({"name", CUSTOMER_NAME})
_HAN = deferred_pattern(r"[\u3040-\u30ff\u3400-\u9fff]+")
_OF = ("customers", "orders")
_MOST = 300


class PersonNames(JoinedColumns):
    """A column with the names of persons; without one that of the company, or the address.

    Company and address stay where they are. Where most rows have a company it goes before the
    person, whose names stay.
    """

    def __init__(
        self,
        headings: Sequence[str],
        person: tuple[str, str],
        companies: Sequence[str],
        mails: Sequence[str],
        *,
        company_first: bool = False,
    ) -> None:
        first, last = person
        parts = companies if company_first else person
        super().__init__(headings, parts, "Customer name", "names-in-parts")
        self._parts = [first, last, *companies, *mails]
        if company_first:
            named = {"headings": [*companies, first, last], "heading": self.name}
            self.notices = [Notice("names-in-parts", named)]
        self._companies = len(companies) if company_first else 0

    def whole(self, cells: Sequence[str | None]) -> str | None:
        """The first and the last name, else what else there is; or first of all the company."""
        told = [text if (text := (cell or "").strip()) not in NOTHING else "" for cell in cells]
        (first, last), others = told[:2], told[2:]
        han = _HAN.fullmatch(first + last)  # the family's name is the first there
        person = last + first if han else " ".join(filter(None, (first, last)))
        before, after = others[: self._companies], others[self._companies :]
        return next(filter(None, [*before, person, *after]), None)


def person_names(
    headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()
) -> PersonNames | None:
    """How to read first and last names; None where another column names customers, each row has
    a company, or the export is a known one that says whose its rows are.

    `given` are headings of which a person said what they are.

    >>> rows = [{"First Name": "Ann", "Last Name": "Lee"}]
    >>> person_names(["First Name", "Last Name"], rows).sample(rows)
    [{'Customer name': 'Ann Lee'}]
    """
    if not rows or len(headings) > _MOST or set(given) & set(headings):
        return None
    called = {normal(heading): heading for heading in reversed(headings)}
    first, last = (
        next((called[name] for name in reversed(called) if part.fullmatch(name)), None)
        for part in (_FIRST, _LAST)
    )
    if first is None or last is None:
        return None
    companies = [called[n] for n in called if _COMPANY.fullmatch(n)]
    if any(_filled(rows, company) == len(rows) for company in companies):
        return None
    layout = recognise(headings)
    if layout and {"customer_id", *_NAMING} & set(layout.mapping(headings).values()):
        return None
    mails = [called[n] for n in called if _MAIL.fullmatch(n)]
    others = set(headings) - {first, last, *companies, *mails}
    if any(column in _NAMING for h in others for kind, column in columns_known(h) if kind in _OF):
        return None
    mostly = any(2 * _filled(rows, company) >= len(rows) for company in companies)
    return PersonNames(headings, (first, last), companies, mails, company_first=mostly)


def _filled(rows: Sequence[Row], heading: str) -> int:
    return sum((row.get(heading) or "").strip() not in NOTHING for row in rows)
