"""Options by which a person says how a file is to be read."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from kefen.cli.words import word
from kefen.errors import KefenError
from kefen.ledger.options import Blanks, DateOrder, Decimal, Erased, RepeatedLines

Encoding = Annotated[
    str | None, typer.Option("--encoding", metavar="CODEC", help=word("option-encoding"))
]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", metavar="CHARACTER", help=word("option-delimiter"))
]
DecimalSign = Annotated[Decimal | None, typer.Option("--decimal", help=word("option-decimal"))]
Order = Annotated[DateOrder | None, typer.Option("--date-order", help=word("option-date-order"))]
HeaderRow = Annotated[
    int | None, typer.Option("--header-row", min=1, metavar="LINE", help=word("option-header-row"))
]
Sheet = Annotated[str | None, typer.Option("--sheet", help=word("option-sheet"))]
Repeated = Annotated[
    RepeatedLines | None, typer.Option("--repeated-lines", help=word("option-repeated-lines"))
]
Known = Annotated[
    Literal["replace", "new"] | None, typer.Option("--known-keys", help=word("option-known-keys"))
]
Shared = Annotated[
    Literal["one", "apart"] | None,
    typer.Option("--shared-codes", help=word("option-shared-codes")),
]
Prefix = Annotated[str | None, typer.Option("--prefix", help=word("option-prefix"))]
Empty = Annotated[Blanks | None, typer.Option("--blanks", help=word("option-blanks"))]
Gone = Annotated[Erased | None, typer.Option("--erased", help=word("option-erased"))]
Statuses = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="STATUS=yes|no", help=word("option-status")),
]


def statuses(told: list[str] | None) -> dict[str, bool] | None:
    """`--status 加急=no` options as a mapping: whether orders of a status count as sales."""
    found: dict[str, bool] = {}
    for text in told or []:
        status, _, counts = text.rpartition("=")
        if not status.strip() or counts.strip().lower() not in ("yes", "no"):
            raise KefenError("cli-bad-status", value=text)
        found[status.strip()] = counts.strip().lower() == "yes"
    return found or None
