"""Somebody who is no customer, such as a contact, a lead or who wrote in, and how to erase them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.ledger.erased import ErasureRegister, blank
from kefen.privacy.collecting import retained_with
from kefen.privacy.erasing import (
    LONGEST_REASON,
    Preview,
    PrivacyError,
    backups,
    refuse_to_begin,
    write_down,
)
from kefen.privacy.person import Person, is_telling
from kefen.privacy.searching import search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen.ledger import Ledger
    from kefen.ledger.erased import Erasure
    from kefen.privacy.erasing import Database


def individual(ledger: Ledger, words: Sequence[str], erasure: Erasure) -> Person:
    """Somebody by names, telephone numbers and addresses, wherever those are written.

    Raises:
        PrivacyError: `person-unnamed` without words; `person-word-short` when one is too short to
            be told from others; `person-word-kept` when one stands in what is not of people, such
            as the name of a customer or a seller.
    """
    told = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if not told:
        raise PrivacyError("person-unnamed")
    for word in told:
        if not is_telling(word):
            raise PrivacyError("person-word-short", word=word)
    if found := retained_with(ledger, told):
        raise PrivacyError("person-word-kept", **vars(found))
    return Person(told[0], erasure.key, erasure.secret, tuple(told[1:]), everywhere=True)


def preview_individual(
    ledger: Ledger, words: Sequence[str], database: Database | None = None
) -> Preview:
    """Where somebody is found, without erasing anything; raises as `individual`."""
    person = individual(ledger, words, blank())
    found = [*search(ledger.path, person), *(database.search(person) if database else ())]
    return Preview(
        person.customer_id,
        person.words,
        found,
        kept={},
        shared=0,
        code_short=False,
        backups=backups(ledger.path),
        asked={},
    )


def begin_individual(ledger: Ledger, words: Sequence[str], reason: str, by: str) -> Erasure:
    """Enter an erasure and write down what tells of somebody; `carry_out` erases.

    The register has no hash of the words: somebody else of that name may be a customer some day.

    Raises:
        PrivacyError: those of `individual`; `erasure-reason-needed`, `erasure-at-work`.
    """
    refuse_to_begin(ledger, reason)
    person = individual(ledger, words, blank())
    told = person.masked(reason.strip())[:LONGEST_REASON]
    entry = ErasureRegister(ledger.path).begin([], told, by)
    write_down(ledger, person.called(entry.key, entry.secret))
    return entry
