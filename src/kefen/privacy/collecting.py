"""Gathers what the ledger has ever known of a customer, in all its versions."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import ibis
import polars as pl

from kefen.errors import LedgerError
from kefen.ledger import customers
from kefen.ledger.erased import KEY_START
from kefen.ledger.facts import KINDS
from kefen.ledger.tables import patterns
from kefen.privacy.person import Person, expression, is_telling
from kefen.privacy.retained import ALIASED, FREE_TEXT, PERSONAL, speaks_of_people

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.ledger import Ledger
    from kefen.ledger.erased import Erasure

ENOUGH: Final = 5
"""So many other customers share a further field that says nothing of the person."""
_REMARK: Final = 6
_ITSELF: Final = ("name", "phone", "email", "contact", "address")


def find_customer(ledger: Ledger, text: str) -> str:
    """The id of the customer of this id, or of this name where only one has it.

    Raises:
        LedgerError: `already-erased`, `no-such-customer`, `customer-ambiguous`.
    """
    if text.startswith(KEY_START):
        raise LedgerError("already-erased", customer=text)
    ids = mentioned(ledger)
    if text in ids:
        return text
    rows = ledger.table("customers", whole=True)
    named = ledger.engine.fetch(rows.filter(rows.name == text).select("customer_id").limit(5))
    found = sorted(named["customer_id"].to_pylist())
    if len(found) == 1:
        return str(found[0])
    if found:
        raise LedgerError("customer-ambiguous", customer=text, near=found, count=len(found))
    raise LedgerError("no-such-customer", customer=text)


def mentioned(ledger: Ledger) -> set[str]:
    """The id of every customer that any import ever mentioned."""
    claims = _claims(ledger)
    found = ledger.engine.fetch(claims.select("customer_id").distinct())["customer_id"].to_pylist()
    now = ledger.table("customers", whole=True).select("customer_id")
    return {*found, *ledger.engine.fetch(now)["customer_id"].to_pylist()}


def _claims(ledger: Ledger) -> ir.Table:
    files = sorted((ledger.folder / "claims").glob("*.customers.parquet"))
    return ledger.engine.read_parquet(patterns(files), customers.claims_schema())


def _files(ledger: Ledger, kind: str) -> list[Path]:
    return sorted((ledger.folder / "facts" / kind).glob("part-*.parquet"))


def ever(ledger: Ledger, kind: str, customer_id: str) -> pl.DataFrame:
    """Every row of a kind that any version of the ledger holds of a customer."""
    rows = ledger.engine.read_parquet(patterns(_files(ledger, kind)), KINDS[kind].stored_schema())
    found = rows.filter(rows.customer_id == customer_id).distinct()
    return pl.DataFrame(ledger.engine.fetch(found))


def said_by_imports(ledger: Ledger, customer_id: str) -> pl.DataFrame:
    """What each import said of a customer."""
    claims = _claims(ledger)
    found = claims.filter(claims.customer_id == customer_id)
    return pl.DataFrame(ledger.engine.fetch(found)).sort("_seq")


def person_of(ledger: Ledger, customer_id: str, erasure: Erasure) -> Person:
    """All that tells of a customer, from every version of the ledger."""
    by_kind = {kind: ever(ledger, kind, customer_id) for kind in KINDS}
    said = said_by_imports(ledger, customer_id)
    further = _further(
        ledger, customer_id, [*by_kind["customers"]["attributes"], *said["attributes"]]
    )
    values, remarks = _values(by_kind, said)
    values |= {value for value in further.own if _is_number(value)}
    remarks |= {value for value in further.own if _is_remark(value)}
    shared, alike = _shared(ledger, customer_id, set(filter(is_telling, values)), remarks)
    batches = set(said["batch_id"])
    hashes = {b.file_hash for b in ledger.history() if b.id in batches and b.file_hash}
    bare = Person(
        customer_id,
        erasure.key,
        erasure.secret,
        tuple(sorted(values)),
        frozenset(remarks - alike),
        frozenset(shared),
        common=further.common,
        imports=tuple(sorted(hashes)),
        nested=_is_nested(ledger, customer_id),
    )
    return replace(bare, numbers=_numbers(bare, by_kind))


def emptied(ledger: Ledger, person: Person) -> set[str]:
    """The fields of a customer that have a value now and will have none; further ones by name."""
    customers_ = ledger.table("customers", whole=True)
    rows = ledger.engine.fetch(customers_.filter(customers_.customer_id == person.customer_id))
    told: dict[str, Any] = next(iter(rows.to_pylist()), {})
    kept = _attributes(person.retained_attributes(told.get("attributes")))
    further = _attributes(told.get("attributes")).keys() - kept.keys()
    own = PERSONAL["customers"] - {"attributes"}
    return {name for name in own if told.get(name) is not None} | further


def names_of(ledger: Ledger, customer_id: str) -> list[str]:
    """What a customer was ever called: its id and names."""
    told = [
        *ever(ledger, "customers", customer_id)["name"],
        *said_by_imports(ledger, customer_id)["name"],
    ]
    return list(dict.fromkeys([customer_id, *(name for name in told if name)]))


def _values(by_kind: dict[str, pl.DataFrame], said: pl.DataFrame) -> tuple[set[str], set[str]]:
    """Names and ways to reach the person; and what was written of it."""
    values: set[str] = set()
    remarks: set[str] = set()
    for kind, rows in [*by_kind.items(), ("customers", said)]:
        for name in PERSONAL[kind] & set(rows.columns):
            if rows[name].dtype != pl.String or name == "attributes":
                continue
            told = {value.strip() for value in rows[name].unique() if value and value.strip()}
            if name in _ITSELF:
                values |= {one for one in told if name != "address" or len(one) >= _REMARK}
            else:
                remarks |= {value for value in told if _is_remark(value)}
    return values, remarks


def _is_remark(value: str) -> bool:
    """Whether a text is long enough to have been written of this customer; 已付 is not."""
    return len(value) >= _REMARK


def _is_number(value: str) -> bool:
    """Whether a further field is a number or address from elsewhere, such as wx_13800138000."""
    return len(value) >= _REMARK and any(sign.isdigit() or sign == "@" for sign in value)


def _attributes(text: str | None) -> dict[str, Any]:
    told = json.loads(text) if text else {}
    return told if isinstance(told, dict) else {}


@dataclass(frozen=True)
class _Further:
    """Further fields: those that many others have alike, and the values that no other has."""

    common: dict[str, Any]
    own: set[str]


def _further(ledger: Ledger, customer_id: str, texts: list[str | None]) -> _Further:
    pairs = [pair for text in texts for pair in _attributes(text).items()]
    if not pairs:
        return _Further({}, set())
    rows = ledger.table("customers", whole=True)
    others = rows.filter((rows.customer_id != customer_id) & rows.attributes.notnull())
    count: Counter[tuple[str, str]] = Counter()
    for text in ledger.engine.fetch(others.select("attributes"))["attributes"].to_pylist():
        count.update((name, str(value)) for name, value in _attributes(text).items())
    elsewhere = {value for _name, value in count}
    return _Further(
        {name: value for name, value in pairs if count[name, str(value)] >= ENOUGH},
        {str(value) for _name, value in pairs} - elsewhere,
    )


def _shared(
    ledger: Ledger, customer_id: str, values: set[str], remarks: set[str]
) -> tuple[set[str], set[str]]:
    """Those of the values that stand within, and of the remarks that are, what some column says of
    other customers in any version.
    """
    wanted = {value: re.compile(expression(value), re.IGNORECASE) for value in values}
    held: set[str] = set()
    alike: set[str] = set()
    for kind in KINDS.values():
        files = _files(ledger, kind.name)
        rows = ledger.engine.read_parquet(patterns(files), kind.stored_schema())
        others = rows.filter(rows.customer_id != customer_id)
        for column in kind.stored if files else ():
            if column.type != "text" or column.name == "attributes":
                continue
            text = others[column.name]
            alike |= set(_told(ledger, others, column.name, text.isin(sorted(remarks))))
            left = sorted(wanted.keys() - held)
            if column.name in FREE_TEXT | {"customer_id"} or not left:
                continue
            hits = [text.lower().contains(value.lower()) for value in left]
            for told in _told(ledger, others, column.name, ibis.or_(*hits)):
                held |= {value for value in left if wanted[value].search(told)}
    return held, alike


@dataclass(frozen=True)
class RetainedText:
    """A word that stands in a text which an erasure leaves as it is; `column` is `kind.column`."""

    word: str
    column: str
    text: str


def retained_with(ledger: Ledger, words: Sequence[str]) -> RetainedText | None:
    """One of the words that stands in what is not of people, or in a customer's id or name."""
    wanted = [(word, re.compile(expression(word), re.IGNORECASE)) for word in words]
    for kind in KINDS.values():
        files = _files(ledger, kind.name)
        rows = ledger.engine.read_parquet(patterns(files), kind.stored_schema())
        for column in kind.stored if files else ():
            if column.type != "text" or speaks_of_people(kind.name, column.name):
                continue
            hits = [rows[column.name].lower().contains(word.lower()) for word in words]
            for text in _told(ledger, rows, column.name, ibis.or_(*hits)):
                for word, pattern in wanted:
                    if pattern.search(text):
                        return RetainedText(word, f"{kind.name}.{column.name}", text)
    return None


def _told(ledger: Ledger, rows: ir.Table, column: str, where: Any) -> list[str]:
    found = ledger.engine.fetch(rows.filter(where).select(column).distinct())
    return list(found[column].to_pylist())


def _is_nested(ledger: Ledger, customer_id: str) -> bool:
    return any(customer_id in one and one != customer_id for one in mentioned(ledger))


def _numbers(person: Person, by_kind: dict[str, pl.DataFrame]) -> dict[str, str]:
    """Numbers of facts that do not stay: those from outside, and those that hold a trace."""
    found: dict[str, str] = {}
    for kind, rows in by_kind.items():
        own = KINDS[kind].key[0]
        for name in rows.columns:
            if name == "customer_id" or not name.endswith("_id") or name == "batch_id":
                continue
            for value in filter(None, rows[name].unique()):
                always = kind in ALIASED and name == own
                if always or (name != "product_id" and _tells(person, value)):
                    found[value] = person.alias(value)
    return found


def _tells(person: Person, number: str) -> bool:
    """Whether a number is made of the customer's code or holds another trace."""
    made = is_telling(person.customer_id) and person.customer_id in number
    return made or person.found_in(number)
