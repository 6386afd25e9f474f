"""What reads the customers of a run asks of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kefen.frame import Frame
    from kefen.ledger import Ledger
    from kefen.schemes import Scheme


class Classified(Protocol):
    """A run, as far as its customers and their classes go; see `Run`."""

    @property
    def id(self) -> str:
        """The id of the run."""

    @property
    def scheme(self) -> Scheme:
        """The scheme as it was."""

    @property
    def ledger(self) -> Ledger | None:
        """Where the customers' names are."""

    @property
    def value_column(self) -> str:
        """The column of `classes` that holds what customers are weighed by."""

    @property
    def classes(self) -> Frame:
        """One row per customer, by id."""
