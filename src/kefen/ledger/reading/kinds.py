"""Guesses which kind of fact the rows of a source are.

What a kind cannot be without counts most; after that, how much its headings say. No one heading
settles it: a refund beside an order's amount makes no return, a way of payment no payment. Rows
with a date and money are no customers and no conversations unless most headings say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from kefen.ledger.facts import KINDS
from kefen.ledger.reading import candidates
from kefen.ledger.reading.column_mapping import (
    guess_mapping,
    known_anywhere,
    missing_columns,
    word,
    words,
)
from kefen.ledger.reading.model import CUSTOMER_NAME
from kefen.ledger.reading.normal import MOST_CACHED, normal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.samples import Look

SOLD = candidates.SOLD
_PREFERENCE = list(KINDS)
_MOST = 0.5
"""What one heading may say at most: 1 would be that only one kind has it."""
_OF_MONEY = ("orders", "order_lines", "returns", "invoices", "payments")
_TITLED = {"returns": 2.0}
"""What a title counts, beside 1 for other kinds: lists of sales are not called returns."""
_BOTH = re.compile(r"销售?[及和与、]退货|salesandreturns")
_BESIDE = ("returns", "invoices", "payments")
"""The kinds whose money stands beside that of orders, too."""
_PERIOD = re.compile(
    r"(?:会计|统计|销售|所属)?(?:期间|月份?|年月|季度?|周)|(?:fiscal|accounting)?"
    r"(?:period|month|week|quarter)|monat|mois|mes|mese|periode|p[eé]riode"
)
_FEW = 2
_SURE = 3
"""Headings of their own that conversations need to hold against money beside a date."""


@dataclass(frozen=True)
class KindGuess:
    """The likeliest kind and how sure that is, from 0 to 1; no kind when nothing fits.

    `rivals` are the kinds between which a person must choose, `money` the headings that made the
    choice needed, or that the kind has no column for.
    """

    kind: Kind | None
    confidence: float = 0.0
    rivals: tuple[str, ...] = ()
    money: tuple[str, ...] = ()


@dataclass
class _Sight:
    """What a kind makes of the headings."""

    mapping: dict[str, str]
    missing: list[str]
    found: candidates.Found = field(default_factory=candidates.Found)

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def completed(self) -> bool:
        """Whether the values supply, or may supply, all that the headings lack."""
        return set(self.missing) <= self.supplied

    @property
    def supplied(self) -> set[str]:
        """The required columns that the values may supply."""
        taken = set(self.found.taken.values())
        called = {"customer_id"} if CUSTOMER_NAME in taken else set()
        return taken | called | set(self.found.unclear)


def guess_kind(
    headings: Sequence[str],
    hints: str = "",
    looks: Mapping[str, Look] | None = None,
    given: Mapping[str, str | None] | None = None,
) -> KindGuess:
    """The kind whose words say most about these headings.

    Args:
        headings: the headings of the source.
        hints: the text of the file's name, its sheet and its title.
        looks: what the sample shows about each heading.
        given: a person's mapping; a kind without a column named there is out.
    """
    wanted = {heading: column for heading, column in (given or {}).items() if column}
    dropped = {heading for heading, column in (given or {}).items() if not column}
    seen = {h: look for h, look in (looks or {}).items() if h not in dropped}
    able = [name for name in KINDS if all(map(KINDS[name].has, wanted.values()))] or list(KINDS)
    sights = {name: _sight(KINDS[name], headings, wanted, dropped, seen) for name in able}
    scores = {name: _score(KINDS[name], sight, wanted, hints) for name, sight in sights.items()}
    _drop_lone_signs(scores, sights, hints, seen)
    ranked = sorted(scores, key=lambda name: (-scores[name], _PREFERENCE.index(name)))
    best = _lines_or_orders(ranked[0], sights, scores)
    if scores[best] <= 0:
        return KindGuess(None)
    rival = next((scores[name] for name in ranked if name != best), 0.0)
    need = len(KINDS[best].required)
    whole = 1 - len(sights[best].missing) / need
    sure = round(whole * (1 - 0.5 * min(1.0, rival / scores[best])), 2)
    beside = _beside_orders(best, sights) if not hinted(KINDS[best], hints) else ()
    if beside or (beside := _refunds_of_orders(best, sights, hints)):
        return KindGuess(None, 0.0, (best, "orders"), beside)
    if best in _OF_MONEY:
        return KindGuess(KINDS[best], sure)
    summed = candidates.periods(seen)
    if summed and not hinted(KINDS[best], hints):
        return KindGuess(None, 0.0, (best, "orders"), tuple(summed))
    return _against_money(best, sure, sights, scores, seen, hints)


def _sight(
    kind: Kind,
    headings: Sequence[str],
    wanted: Mapping[str, str],
    dropped: set[str],
    looks: Mapping[str, Look],
) -> _Sight:
    free = [heading for heading in headings if heading not in dropped]
    mapping = {
        heading: column
        for heading, column in guess_mapping(kind, free).items()
        if heading not in wanted and column not in wanted.values()
    }
    mapping |= {heading: column for heading, column in wanted.items() if kind.has(column)}
    missing = missing_columns(kind, list(mapping.values()))
    sight = _Sight(mapping, missing)
    if kind.name in SOLD and missing:
        sight.found = candidates.find(kind, missing, looks, mapping)
    return sight


def _score(kind: Kind, sight: _Sight, wanted: Mapping[str, str], hints: str) -> float:
    """How much the headings say, times the square of how much of the needed is there.

    What the values supply counts half.
    """
    said = sum(
        _MOST if heading in wanted else min(_MOST, _weight(word(heading)))
        for heading in sight.mapping
    )
    bonus = _TITLED.get(kind.name, 1.0) if sight.mapping and hinted(kind, hints) else 0.0
    lacking = len(sight.missing) - 0.5 * len(sight.supplied & set(sight.missing))
    return (said + bonus) * (1 - lacking / len(kind.required)) ** 2


@lru_cache(MOST_CACHED)
def _weight(called: str) -> float:
    """How much a heading says about the kind: 1 when only one kind has it."""
    return 1 / max(1, sum(called in words(name) for name in KINDS))


def _drop_lone_signs(
    scores: dict[str, float],
    sights: Mapping[str, _Sight],
    hints: str,
    looks: Mapping[str, Look],
) -> None:
    """One heading of their own does not make returns, invoices or payments of whole orders."""
    sold = [sights[name] for name in SOLD if name in sights]
    whole = any(sight.complete for sight in sold)
    supplied = any(sight.completed for sight in sold)
    for name in _BESIDE:
        if name not in scores or hinted(KINDS[name], hints):
            continue
        lone = len(_own(sights[name])) < _FEW
        lacking = lone and supplied and sights[name].missing
        if (whole and lone) or lacking or _some_only(name, sights, looks):
            scores[name] = 0.0


def _beside_orders(name: str, sights: Mapping[str, _Sight]) -> tuple[str, ...]:
    """The headings over money of orders and of a refund, an invoice or a payment beside it, where
    little else says which of the two the rows are.
    """
    if name not in _BESIDE or "orders" not in sights or len(_own(sights[name])) >= _FEW:
        return ()
    own = next((h for h, column in sights[name].mapping.items() if column == "amount"), None)
    orders = sights["orders"]
    if own is None or (own in orders.mapping and orders.mapping[own] == "amount"):
        return ()
    if not orders.completed or orders.complete:
        return ()
    taken = [heading for heading, column in orders.found.taken.items() if column == "amount"]
    free = taken or orders.found.unclear.get("amount", [])
    return (*(h for h in free if h != own and candidates.names_money(h)), own) if free else ()


def _refunds_of_orders(name: str, sights: Mapping[str, _Sight], hints: str) -> tuple[str, ...]:
    """The heading of what is owed and that of a refund, which invoices do not have."""
    if name != "invoices" or "orders" not in sights or hinted(KINDS[name], hints):
        return ()
    refunds = [h for h, column in sights["orders"].mapping.items() if column == "refunded"]
    owed = [h for h, column in sights[name].mapping.items() if column == "amount"]
    return (*owed, *refunds) if refunds and owed and len(_own(sights[name])) < _FEW else ()


def _some_only(name: str, sights: Mapping[str, _Sight], looks: Mapping[str, Look]) -> bool:
    """Whether orders show by their values that only some of them were given back, billed or paid,
    or by their number that they are orders.
    """
    beside = _beside_orders(name, sights)
    if len(beside) < _FEW:
        return False
    own = looks[beside[-1]]
    some = any(own.filled < looks[heading].filled or 0 in own.values for heading in beside[:-1])
    numbers = [h for h, column in sights["orders"].mapping.items() if column == "order_id"]
    return some or any(heading not in sights[name].mapping for heading in numbers)


def _own(sight: _Sight) -> list[str]:
    """The headings of a kind that sales do not know."""
    return [
        heading
        for heading in sight.mapping
        if not any(word(heading) in words(name) for name in SOLD)
    ]


def _lines_or_orders(best: str, sights: Mapping[str, _Sight], scores: Mapping[str, float]) -> str:
    """Rows that name products are lines; rows that name none are orders."""
    if best not in SOLD or not all(name in sights for name in SOLD):
        return best
    lines = sights["order_lines"]
    of_product = {"product_id", "product_name", "quantity", "unit_price", "line_no"}
    named = of_product & set(lines.mapping.values())
    chosen = "order_lines" if named and lines.completed else "orders"
    return chosen if scores[chosen] > 0 else best


def _against_money(
    best: str,
    sure: float,
    sights: Mapping[str, _Sight],
    scores: Mapping[str, float],
    looks: Mapping[str, Look],
    hints: str,
) -> KindGuess:
    """Rows with money beside a date are sales, unless most headings say otherwise."""
    sight = sights[best]
    sold = [name for name in SOLD if name in sights]
    completed = next((name for name in sold if sights[name].completed), None)
    money = tuple(candidates.money_like(looks, sight.mapping))
    if completed is not None and not money:
        money = tuple(candidates.amounts(looks, sight.mapping))
    if not money:
        return _against_figures(best, sure, sight, looks, hints)
    if candidates.pays(money):
        return KindGuess(None, 0.0, (best, "orders"), money)
    whole = next((name for name in sold if sights[name].complete), None)
    own = _own(sight)
    if hinted(KINDS[best], hints):
        # A file called after its customers may still list what they bought.
        few = best == "feedback" and whole is not None and len(own) < _FEW
        numbered = few and "order_id" in sights[str(whole)].mapping.values()
        if (own or completed is None) and not numbered:
            return KindGuess(KINDS[best], sure, money=money)
        if whole is None:
            return KindGuess(None, 0.0, (best, "orders"), money)
    likely = whole or (completed if len(own) < _SURE else None)
    if likely is not None:
        return KindGuess(KINDS[_lines_or_orders(likely, sights, scores)], 0.5)
    nameless = best == "customers" and "name" not in sight.mapping.values()
    dated = _by_period(looks) or any(
        look.is_date and (nameless or heading not in own) for heading, look in looks.items()
    )
    of_sales = not all(map(candidates.is_no_sale, money))
    unsaid = best in ("interactions", "feedback") and not own
    if completed is not None or (dated and (of_sales or unsaid)):
        return KindGuess(None, 0.0, (best, "orders"), money)
    return KindGuess(KINDS[best], sure, money=money)


def _against_figures(
    best: str, sure: float, sight: _Sight, looks: Mapping[str, Look], hints: str
) -> KindGuess:
    """Rows with a date and figures of unknown meaning are no conversations by themselves."""
    figures = tuple(
        heading
        for heading, seen in looks.items()
        if heading not in sight.mapping and seen.is_number and not known_anywhere(heading)
    )
    own = {sight.mapping[heading] for heading in _own(sight)} - {"status"}
    spoken = best in ("interactions", "feedback") and not own
    spoken |= best == "customers" and _by_period(looks)
    if spoken and figures and not hinted(KINDS[best], hints):
        return KindGuess(None, 0.0, (best, "orders"), figures)
    bare = set(sight.mapping.values()) <= {"customer_id", CUSTOMER_NAME, *_days(best)}
    if spoken and bare and len(looks) <= len(sight.mapping) and not hinted(KINDS[best], hints):
        return KindGuess(None)  # customers and days alone say nothing of what happened
    return KindGuess(KINDS[best], sure)


def _by_period(looks: Mapping[str, Look]) -> bool:
    """Whether a column says of which month, week or quarter the figures of a row are."""
    return any(seen.filled and _PERIOD.fullmatch(normal(h)) for h, seen in looks.items())


def _days(kind: str) -> tuple[str, ...]:
    column = KINDS[kind].date_column
    return () if column is None else (column,)


def hinted(kind: Kind, hints: str) -> bool:
    """Whether the name of the file, its sheet or its title names this kind."""
    text = normal(hints) if hints else ""
    told = {normal(label) for label in kind.label.values()} | {normal(kind.name)}
    told |= {"orders": {"销售单"}, "payments": {"回款"}, "order_lines": {"销售明细"}}.get(
        kind.name, set()
    )
    if kind.name == "returns" and _BOTH.search(text):
        return False
    if kind.name == "orders" and ("订单明细" in text or "orderlines" in text):
        return False
    return any(each in text for each in told)
