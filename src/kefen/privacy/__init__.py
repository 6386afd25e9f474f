"""People's rights: one customer disclosed, or erased everywhere.

`disclose` collects all that is held of a customer. `begin` and `carry_out` erase one: what the
books need stays under an anonymous key, sums and the classes of others stay exact.
"""

from __future__ import annotations

from kefen.privacy.collecting import find_customer
from kefen.privacy.disclosing import Disclosure, Section, disclose
from kefen.privacy.disclosing import write as write_disclosure
from kefen.privacy.erasing import (
    Database,
    Preview,
    PrivacyError,
    begin,
    carry_out,
    pending,
    preview,
    reapply,
)
from kefen.privacy.person import Person
from kefen.privacy.searching import Found, search

__all__ = [
    "Database",
    "Disclosure",
    "Found",
    "Person",
    "Preview",
    "PrivacyError",
    "Section",
    "begin",
    "carry_out",
    "disclose",
    "find_customer",
    "pending",
    "preview",
    "reapply",
    "search",
    "write_disclosure",
]
