"""Who is to be erased: the values that tell of the person, and how they are found in a text."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, quote_plus

MASK: Final = "[erased]"
_LATIN: Final = 4
_OTHER: Final = 2
_DIGITS: Final = 7
_TELEPHONE = re.compile(r"\+?[0-9()\s./-]{7,}")
_BETWEEN: Final = r"[\s()./-]*"
_ESCAPED = re.compile(r"(?:%[0-9A-F]{2}|\\u[0-9a-f]{4})$")
_AFTER_ESCAPE: Final = r"(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4})"
"""The end of a sign that an address or JSON of ASCII writes in letters and digits."""
_AFTER_COUNTRY: Final = "|".join(
    rf"(?<={plus}[0-9]{{{count}}})"
    for plus in (r"\+", "%2[Bb]", "(?<![0-9])00")
    for count in (1, 2, 3)
)
"""The code of a country before a telephone number."""
_WIDE = re.compile(r"[^\x00-\x7f]")
NAMED_BY: Final = frozenset(
    {"customer_id", "customer", "code", "客户编号", "customer_code", "merged_into"}
)
"""Names of columns and of entries of a document that say which customer is meant."""


@dataclass(frozen=True)
class Person:
    """A customer, and all that is known to tell of it.

    Attributes:
        customer_id: what the ledger calls it.
        key: the anonymous key that stands for it from now on.
        secret: the key by which its numbers get their aliases.
        values: names, telephone numbers, addresses and the like, looked for within any text.
        remarks: what was written of the person; looked for as a whole cell.
        shared: those of the values that other customers have, too; they stay where others have
            them.
        numbers: its own numbers of facts that are not kept as they are, with what stands for each.
        common: `{field: value}` of its further fields that many others share, which say nothing
            of the person and are kept.
        nested: whether ids of other customers hold this one, as A-1001 holds 1001: then it is only
            found where no hyphen joins it to more.
        everywhere: whether it is no customer, but somebody whose values are struck out of any
            column that speaks of people, whichever customer the row is of.
        imports: the SHA-256 of the files whose imports mention the customer.
    """

    customer_id: str
    key: str
    secret: str
    values: tuple[str, ...] = ()
    remarks: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    numbers: dict[str, str] = field(default_factory=dict)
    common: dict[str, Any] = field(default_factory=dict)
    imports: tuple[str, ...] = ()
    nested: bool = False
    everywhere: bool = False

    def document(self) -> dict[str, Any]:
        """The person as JSON-able data."""
        return asdict(self) | {"shared": sorted(self.shared), "remarks": sorted(self.remarks)}

    @classmethod
    def parse(cls, told: dict[str, Any]) -> Person:
        """What `document` gave."""
        lists = {name: tuple(told[name]) for name in ("values", "imports")}
        sets = {name: frozenset(told[name]) for name in ("shared", "remarks")}
        return cls(**told | lists | sets)

    @property
    def words(self) -> str:
        """By what somebody who is no customer is looked for."""
        return ", ".join([self.customer_id, *self.values])

    @cached_property
    def traces(self) -> tuple[str, ...]:
        """The values by which the person is found anywhere, longest first.

        They are also looked for as addresses and JSON in ASCII write them.
        """
        numbers = (one for one in self.numbers if self.customer_id in one)
        told = {self.customer_id, *self.values, *numbers} - self.shared
        telling = set(filter(is_telling, told))
        forms = {form for one in telling for form in written(one)}
        return tuple(sorted(telling | forms, key=lambda one: (-len(one), one)))

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Finds a trace in a text; a code is not found within a longer one."""
        found = "|".join(expression(one, joined=self.is_joined(one)) for one in self.traces)
        return re.compile(found, re.IGNORECASE) if found else None

    @cached_property
    def needles(self) -> list[str]:
        """Parts of the traces to look for first, which is quick: whoever holds none is passed."""
        return sorted({_needle(one) for one in self.traces})

    def is_joined(self, trace: str) -> bool:
        """Whether a hyphen makes another word of a trace."""
        return self.nested and trace == self.customer_id

    def is_named(self, value: object) -> bool:
        """Whether a cell that names a customer means this one."""
        return value == self.customer_id

    def found_in(self, text: str) -> bool:
        """Whether a text holds a trace."""
        return self.pattern is not None and self.pattern.search(text) is not None

    def masked(self, text: str) -> str:
        """The text without the traces."""
        if text == self.customer_id and is_telling(text):
            return self.key
        if text in self.remarks:
            return MASK
        return self.pattern.sub(MASK, text) if self.pattern else text

    def struck(self, text: str) -> str | None:
        """The text without the traces; None where it was nothing else."""
        left = self.masked(text)
        return None if left in {MASK, self.key} else left

    def alias(self, number: str) -> str:
        """What stands for a number of one of the person's facts, the same everywhere."""
        told = hmac.new(bytes.fromhex(self.secret), number.encode(), hashlib.sha256).hexdigest()
        return f"{self.key}-{told[:10]}"

    def called(self, key: str, secret: str) -> Person:
        """The same person with another key."""
        other = replace(self, key=key, secret=secret)
        return replace(other, numbers={number: other.alias(number) for number in self.numbers})

    def retained_attributes(self, text: str | None) -> str | None:
        """Of further fields those that many others share."""
        try:
            told = json.loads(text or "null")
        except ValueError:
            return None
        if not isinstance(told, dict):
            return None
        kept = {name: value for name, value in told.items() if self.common.get(name) == value}
        return json.dumps(kept, ensure_ascii=False) if kept else None


def is_telling(value: str) -> bool:
    """Whether a value is long enough to be told from others: two characters of Chinese, or four."""
    return len(value.strip()) >= (_OTHER if _WIDE.search(value) else _LATIN)


def written(value: str) -> set[str]:
    """A value as it stands in the query of an address, once or twice, and in JSON of ASCII.

    >>> sorted(written("欧"))
    ['%25E6%25AC%25A7', '%E6%AC%A7', '\\\\u6b27', '欧']
    """
    found = {quote(value), quote(value, safe=""), quote_plus(value)}
    within = {quote(one, safe="") for one in found}  # an address in the query of another
    return {value, *found, *within, json.dumps(value)[1:-1]}


def expression(value: str, *, joined: bool = False) -> str:
    """What finds a value in a text, as a word of its own; `joined` words are others."""
    digits = re.sub(r"\D", "", value)
    if len(digits) >= _DIGITS and _TELEPHONE.fullmatch(value):
        before = rf"(?:(?<![0-9])|{_AFTER_ESCAPE}|{_AFTER_COUNTRY})"
        return rf"{before}{_BETWEEN.join(digits)}(?![0-9])"
    before, after = around(value, joined=joined)
    return before + re.escape(value) + after


def around(value: str, *, joined: bool = False) -> tuple[str, str]:
    """What may not stand before and after a value."""
    before = rf"(?:(?<![0-9A-Za-z])|{_AFTER_ESCAPE})" if _is_latin(value[0]) else ""
    after = r"(?![0-9A-Za-z])" if _is_latin(value[-1]) and not _ESCAPED.search(value) else ""
    if joined:
        return before + r"(?<![0-9A-Za-z][-_])", after + r"(?![-_][0-9A-Za-z])"
    return before, after


def _needle(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    if len(digits) >= _DIGITS and _TELEPHONE.fullmatch(value):
        return digits[-4:] if len(set(digits[-4:])) > 1 else digits[:3]
    return value


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
