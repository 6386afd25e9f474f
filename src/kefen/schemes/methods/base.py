"""What a method is: a document, a standard, and the four things done with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kefen.schemes.model import Scheme
from kefen.schemes.standard import Standard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.errors import Fault
    from kefen.schemes.reason import Reason

Document = TypeVar("Document", bound=Scheme)
Fitted = TypeVar("Fitted", bound=Standard)


@dataclass(frozen=True)
class Method(Generic[Document, Fitted]):
    """One way of classifying.

    Attributes:
        document: the scheme document's model.
        standard: the model of what fitting gives.
        faults: what is wrong with a raw document beyond its form; must bear broken parts.
        fit: looks at all customers once.
        assign: adds `class`, `score` and the method's own columns, row by row.
        explain: the arithmetic behind one row's class.
        stage: columns, as expressions over the raw table, that cost much and that no weight and no
            cut changes; `fit` and `assign` use them where a table has them. None without any.
    """

    document: type[Document]
    standard: type[Fitted]
    faults: Callable[[Mapping[str, Any]], list[Fault]]
    fit: Callable[[Document, ir.Table, Engine], Fitted]
    assign: Callable[[Document, Fitted, ir.Table], ir.Table]
    explain: Callable[[Document, Fitted, Mapping[str, Any]], Reason]
    stage: Callable[[Document, ir.Table, Engine], dict[str, Any]] | None = None
