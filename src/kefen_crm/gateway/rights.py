"""One customer disclosed and erased: the engine's part, and the register of those erased."""

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
    carry_out,
    disclose,
    pending,
    preview,
    write_disclosure,
)
from kefen.privacy.authors import rename_author, renamed
from kefen.privacy.person import MASK, NAMED_BY
from kefen.privacy.rewriting import clean

__all__ = [
    "MASK",
    "NAMED_BY",
    "Erasure",
    "ErasureRegister",
    "Found",
    "Person",
    "Preview",
    "Section",
    "begin",
    "carry_out",
    "clean",
    "disclose",
    "disclosure",
    "pending",
    "preview",
    "rename_author",
    "renamed",
    "write_disclosure",
]


def disclosure(code: str, name: str, subject: str, sections: list[Section]) -> Disclosure:
    """What is held of somebody, made of sections."""
    return Disclosure(code, name, datetime.now(UTC), "", sections, subject)
