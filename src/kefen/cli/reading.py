"""Options by which a person says how a file is to be read."""

from __future__ import annotations

from typing import Annotated

import typer

from kefen.cli.face import word
from kefen.ledger.options import DateOrder, Decimal, RepeatedLines

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
