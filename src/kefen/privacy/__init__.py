"""People's rights: one customer, or somebody who is none, disclosed or erased everywhere.

`disclose` collects all that is held of a customer. `begin` and `carry_out` erase one: what the
books need stays under an anonymous key, sums and the classes of others stay exact. Contacts, leads
and others who are no customers are found by what they are called (`disclose_individual`,
`begin_individual`).
"""

from __future__ import annotations

from kefen.privacy.collecting import find_customer
from kefen.privacy.disclosing import Disclosure, Section, disclose, disclose_individual
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
from kefen.privacy.individual import begin_individual, preview_individual
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
    "begin_individual",
    "carry_out",
    "disclose",
    "disclose_individual",
    "find_customer",
    "pending",
    "preview",
    "preview_individual",
    "reapply",
    "search",
    "write_disclosure",
]
