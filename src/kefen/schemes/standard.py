"""What a scheme came to be on given customers: a small document of numbers."""

from __future__ import annotations

from datetime import date  # noqa: TC003  # a field
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, StrictFloat, StrictInt

Number = StrictInt | StrictFloat | Decimal
"""An exact number. In JSON, decimals are strings and so keep every digit."""


class Note(BaseModel):
    """Something a reader of the classes should know about the data they rest on.

    Codes: `no-customers`, `all-equal`, `nothing-positive`, `all-missing`, `fewer-clusters`,
    `not-settled`, `clusters-blurred`, `weights-alike`;
    of a run also `no-facts`, `no-facts-but-sales`, `not-covered`, `no-attribute`, `before-sales`,
    `customers-unknown`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    code: str
    column: str | None = None
    kind: str | None = None
    """The kind of fact, of `no-facts` and `no-facts-but-sales`."""
    began: date | None = None
    """The day of the ledger's first sale, of `not-covered` and `before-sales`."""
    since: date | None = None
    """The day it would have to reach back to, of `not-covered`; the run's, of `before-sales`."""
    near: list[str] | None = None
    """Names much like the one that nobody has, of `no-attribute`; the first customers, of
    `customers-unknown`."""
    count: int | None = None
    """How many customers the ledger does not know, of `customers-unknown`."""


class Standard(BaseModel):
    """The numbers that turn a row into a class, fitted once on all rated customers."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    method: str
    scheme: str
    """Hash of the scheme document this was fitted for."""
    customers: int
    """How many rated customers it was fitted on."""
    notes: list[Note] = []
