"""One customer disclosed and erased: the engine's part, and the register of those erased."""

from __future__ import annotations

from kefen.ledger.erased import Erasure, ErasureRegister
from kefen.privacy import (
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
    "pending",
    "preview",
    "write_disclosure",
]
