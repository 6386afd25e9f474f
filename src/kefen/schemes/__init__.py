"""Schemes (分类方案): a decision written down, fitted to a standard, assigned row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.errors import SchemeError
from kefen.schemes.adjustments import hold
from kefen.schemes.changes import differences
from kefen.schemes.check import check
from kefen.schemes.conditions import population
from kefen.schemes.documents import builtin, load, starters
from kefen.schemes.methods import METHODS, read_standard, scheme_schema
from kefen.schemes.model import Scheme
from kefen.schemes.overrides import Override
from kefen.schemes.standard import Note, Standard
from kefen.schemes.templates import READY, STARTERS
from kefen.schemes.text import read

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.engines import Engine

__all__ = [
    "METHODS",
    "READY",
    "STARTERS",
    "Note",
    "Override",
    "Scheme",
    "Standard",
    "assign",
    "builtin",
    "check",
    "differences",
    "fit",
    "hold",
    "load",
    "population",
    "read",
    "read_standard",
    "scheme_schema",
    "starters",
]


def fit(scheme: Scheme, table: ir.Table, engine: Engine) -> Standard:
    """The standard of a scheme on all customers of `table`; the only step that sees them all.

    `table` has a column for each of `scheme.requests()`, one row a customer, all of the scheme's
    population. Customers who cannot be rated do not count.

    Raises:
        SchemeError: `missing-column`, `column-not-number`.
    """
    standard: Standard = METHODS[scheme.method].fit(scheme, table, engine)
    return standard


def assign(scheme: Scheme, standard: Standard, table: ir.Table) -> ir.Table:
    """`table` with `class` (null = unrated), `score` and the method's own columns.

    Row by row: a customer's class does not depend on who else is in the table.

    Raises:
        SchemeError: `missing-column`, `column-not-number`; `other-method` when the standard is
            of another method than the scheme.
    """
    if standard.method != scheme.method:
        raise SchemeError("other-method", scheme=scheme.method, standard=standard.method)
    return METHODS[scheme.method].assign(scheme, standard, table)
