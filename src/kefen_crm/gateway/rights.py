"""One customer, or another person, disclosed and erased: the engine's part, and the register."""

from __future__ import annotations

from datetime import UTC, datetime

from kefen.ledger.erased import Erasure, ErasureRegister
from kefen.privacy import (
    Disclosure,
    Found,
    Person,
    Preview,
    Section,
    begin,
    begin_individual,
    carry_out,
    disclose,
    disclose_individual,
    pending,
    preview,
    preview_individual,
    write_disclosure,
)
from kefen.privacy.authors import rename_author, renamed
from kefen.privacy.person import MASK, NAMED_BY
from kefen.privacy.rewriting import clean

__all__ = [
    "MASK",
    "NAMED_BY",
    "Disclosure",
    "Erasure",
    "ErasureRegister",
    "Found",
    "Person",
    "Preview",
    "Section",
    "begin",
    "begin_individual",
    "carry_out",
    "clean",
    "disclose",
    "disclose_individual",
    "disclosure",
    "pending",
    "preview",
    "preview_individual",
    "rename_author",
    "renamed",
    "write_disclosure",
]


def disclosure(code: str, name: str, subject: str, sections: list[Section]) -> Disclosure:
    """What is held of somebody, made of sections."""
    return Disclosure(code, name, datetime.now(UTC), "", sections, subject)
