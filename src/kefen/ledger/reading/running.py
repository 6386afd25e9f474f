"""Tells a running number of rows (No., #, 编号, 序号 = 1 … n) from the number of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kefen.ledger.reading.normal import normal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.ledger.facts import Kind

_DERIVED: Final = (
    "orders", "returns", "payments", "contacts", "interactions", "feedback", "customers",
)  # fmt: skip
"""Kinds whose key may be left out; a customer's name stands in for it."""

ANY_START = frozenset(
    (
        "序号",
        "序",
        "行号",
        "项次",
        "行次",
        "index",
        "row",
        "rowno",
        "rownumber",
        "line",
        "lineno",
        "seq",
    )
)
FROM_ONE = ANY_START | frozenset(
    (
        "no",
        "number",
        "nr",
        "num",
        "编号",
        "編號",
        "序號",
        "流水号",
        "sn",
        "serialno",
        "serial",
        "srno",
        "slno",
    )
)
"""Headings, as `normal` gives them, that name no document of their own."""


def is_running(heading: str, values: Sequence[str | None]) -> bool:
    """Whether a column so called, with these first values, only counts the rows.

    `heading` is normalised. A word such as 合计 after the numbers does not matter.

    >>> is_running("no", ["1", "2", "3"]), is_running("no", ["7", "8"]), is_running("订单号", ["1"])
    (True, False, False)
    """
    if heading not in FROM_ONE:
        return False
    numbers = [_whole(value) for value in values if value and value.strip()]
    while numbers and numbers[-1] is None:
        numbers.pop()
    if not numbers or None in numbers:
        return False
    first = numbers[0]
    assert first is not None
    if numbers != list(range(first, first + len(numbers))):
        return False
    return first == 1 or (heading in ANY_START and len(numbers) > 1)


def without_running(
    kind: Kind, guess: Mapping[str, str], sample: Sequence[Mapping[str, str | None]]
) -> tuple[dict[str, str], str | None]:
    """The guessed mapping without a running number as the key, and the heading left out.

    A list of customers keeps its numbers unless its heading says that they count the rows.
    """
    key = kind.key[0]
    heading = next((name for name, column in guess.items() if column == key), None)
    if heading is None or kind.name not in _DERIVED:
        return dict(guess), None
    called = normal(heading)
    if kind.name == "customers" and (called not in ANY_START or "name" not in guess.values()):
        return dict(guess), None
    if not is_running(called, [row.get(heading) for row in sample]):
        return dict(guess), None
    return {name: column for name, column in guess.items() if name != heading}, heading


def _whole(text: str) -> int | None:
    digits = text.strip().removesuffix(".0")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
