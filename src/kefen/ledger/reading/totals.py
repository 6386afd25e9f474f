"""Recognises rows that sum up others, such as 合计: they are left out and told, never loaded.

A text is a total's name (合计, Grand total, 1月小计), or only like one (明达 小计, Total for Acme);
a customer may well be called Total Wine. What the words leave open the money decides: a total is
exactly the sum of the rows above it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from kefen.deferred import deferred_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SURE = (
    r"承前[页頁]|[过過转轉]次[页頁]|承上[页頁]|[转轉接]下[页頁]|合\s*[计計](?:金额|数量|销售额|额|数)?|总\s*[计和]|總\s*[計和]|総計|小\s*[计計]|(?:金额|款项|货款|费用|数量|销售额?|应收)合\s*[计計]|"
    r"总(?:销售|营业|成交|交易|订单|应收|消费)?(?:额|金额|收入)|(?:销售|营业|成交|订单|应收)总(?:额|金额|计)|"
    r"(?:应收|未收|欠款|账面|本期)(?:余额|结余)|(?:应收|未收|欠款|欠费)(?:合计|总额)|累\s*[计計]|共\s*[计計]|汇\s*总|匯\s*總|最[大小高低](?:值|额)?|(?:全部|所有|全体)客户|其\s?中\s?[:：].*|上[年期月]结[转存余]|[结转]转?下[年期月]|(?:上期|上月|上年|期[初末]|本期|本月)(?:余额|结存|结余|未[收付付]|欠款)|(?:opening|closing)\s?bal(?:ance|\.)?|"
    r"期[初末](?:数|建账|欠[款费])?|[年月]初(?:余额|结存|结余|数|欠款)?|初始(?:余额|欠款)|(?:上[期年]|前期|期初)(?:结转|转入)(?:余额)?|(?:前[期月年]|次[期月])?繰越(?:残高|金額?)?|"
    r"(?:bal(?:ance|\.)?\s)?[bc]/(?:f(?:wd|orward)?|d)\.?|bal(?:ance|\.)?\s(?:forward|fwd\.?)|brought\sfwd\.?|(?:starting|initial|previous|prior)\sbalance|"
    r"anfangs(?:bestand|saldo)|saldovortrag|saldo\s(?:inicial|iniziale|anterior|final)|solde\s(?:initial|précédent|de\sdépart)|beginsaldo|saldo\spoczątkowe|начальное\sсальдо|сальдо\sначальное|входящий\sостаток|기초\s?잔액|이월(?:\s?잔액)?|"
    r"(?:balance\s)?(?:carried|brought)\s(?:forward|down)|year\sto\sdate|(?:outstanding|total)\sbalance|balance\s(?:due|outstanding)|(?:total\s)?amount\sdue|all\scustomers|平\s*均(?:值|数|值)?|"
    r"sub-?\s?total|grand\s?total|zwischensumme|gesamtsumme|total\s+g[eé]n[eé]ral|suma\s+razem|"
    r"итого|всего"
)
_OPEN = (
    r"全部|所有|全体|totals?|sum|ytd|mtd|qtd|maximum|minimum|average|avg\.?|mean|summe|gesamt|razem"
)
_PERIOD = (
    r"本[页頁月日年期周季次]|当[月日年期天]|全[年部月]|上[页頁月年]|各项|以上|[年月日周季]度?|第?\s?\d{1,3}\s?页|"
    r"\d{2,4}\s?年\s?(?:\d{1,2}\s?月)?(?:\d{1,2}\s?日)?|\d{1,2}\s?月\s?(?:\d{1,2}\s?日)?|"
    r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|page|daily|weekly|monthly|yearly|annual|overall|report|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}(?:\s\d{4})?|q[1-4]|\d{4}"
)
_AFTER = r"\s*(?:[(（\[][^)）\]]{0,30}[)）\]])?\s*(?:[:：=].*|\d+\s*[笔条单户项家行个].*)?"
_MARKS = r"[-=*#·—_<\[【\s]*"
_CLOSE = r"[-=*#·—_>\]】\s]*"
_BEFORE = rf"(?i)^{_MARKS}(?:(?:{_PERIOD})\s*)?"
_IS_SURE = deferred_pattern(rf"{_BEFORE}(?:{_SURE}){_AFTER}{_CLOSE}$")
_IS_OPEN = deferred_pattern(rf"{_BEFORE}(?:{_OPEN}){_AFTER}{_CLOSE}$")
_ENDS = deferred_pattern(
    rf"(?i)^(?P<of>.{{1,60}}?)[\s\-:：(（_]*(?:(?:{_SURE})|(?<![a-z])(?:{_OPEN}))[)）:：\s]*$"
)
_BEGINS = deferred_pattern(
    rf"(?i)^(?:(?:{_SURE})|(?:{_OPEN})(?![a-z]))\s*(?:for|of|in|by|per|amount|sales|revenue|orders|"
    r"金额|数量|人民币|\d{4}$|[(（:：]).{0,60}$"
)
_WORD = rf"(?i){_SURE}|{_OPEN}"
_PLAIN = deferred_pattern(r"(?i)合\s*计|小\s*计|总\s*计|totals?|sub-?\s?total|sum|grand\s?total")
LONGEST = 80
SURE, OPEN, LIKE = 3, 2, 1


def likeness(text: str) -> tuple[int, str]:
    """How much a text is a total's name, and whose total it says it is.

    `SURE` for 合计 and Grand total, `OPEN` for Total or Sum, which a customer may be called too,
    `LIKE` for 明达 小计 or Total for Acme, 0 for others.

    >>> likeness("合 计"), likeness("Total"), likeness("明达 小计"), likeness("Total Wine")
    ((3, ''), (2, ''), (1, '明达'), (0, ''))
    """
    text = text.strip()
    if len(text) > LONGEST:
        return 0, ""
    if _IS_SURE.match(text):
        return SURE, ""
    if _IS_OPEN.match(text):
        return OPEN, ""
    if match := _ENDS.match(text):
        return LIKE, match["of"].strip()
    return (LIKE, "") if _BEGINS.match(text) else (0, "")


def is_total(cells: Sequence[str | None]) -> bool:
    """Whether the first filled cell of a row says that the row is a total."""
    first = next((cell for cell in cells if cell and cell.strip()), "")
    return likeness(first)[0] > 0


def may_be_named(texts: pl.Expr) -> pl.Expr:
    """Which texts hold a word of totals and are short enough to be a total's name."""
    return (texts.str.len_bytes() <= 4 * LONGEST) & texts.str.contains(_WORD)


def named(column: pl.Series) -> dict[str, tuple[int, str]]:
    """The texts of a column that are or resemble a total's name."""
    found = column.to_frame("text").filter(may_be_named(pl.col("text")))["text"]
    told = {text: likeness(text) for text in found.unique()}
    return {text: each for text, each in told.items() if each[0]}


@dataclass
class Sums:
    """The money of the facts read so far: since the beginning and since the last total."""

    whole: Decimal = Decimal(0)
    rows: int = 0
    since: Decimal = Decimal(0)
    since_rows: int = 0
    proved: bool = False
    names: set[str] = field(default_factory=set)
    """What the totals of orders or customers are called, as their money has shown."""

    def add(self, money: Decimal, rows: int) -> None:
        """Facts were read."""
        self.whole += money
        self.rows += rows
        self.since += money
        self.since_rows += rows

    def are(self, money: Decimal | None) -> bool:
        """Whether this is what two or more rows above come to."""
        if not money:
            return False
        whole = self.rows > 1 and money == self.whole
        return whole or (self.since_rows > 1 and money == self.since)

    def contradict(self, money: Decimal | None) -> bool:
        """Whether the money of a row that is called a total speaks against it: it is not what the
        rows above come to, and no total before was. Subtotals of subtotals are left open.
        """
        if not money or self.proved:
            return False
        self.proved = money in (self.whole, self.since)
        return not self.proved

    def close(self) -> None:
        """A total was read: the next one begins here."""
        self.since, self.since_rows = Decimal(0), 0


@dataclass(frozen=True)
class Clues:
    """What a batch shows: texts by the part they play, and which rows lack or have what.

    `names` are the customer's id and name, `places` the row's own number and date, `products` and
    `others` the rest. `lacking` rows miss a required cell, `nameless` ones any customer,
    `identified` ones have a number of their own, `sparse` ones are mostly empty. `customers` and
    `numbers` say whose rows they are, and of which order.
    """

    names: Mapping[str, pl.Series]
    places: Mapping[str, pl.Series]
    products: Mapping[str, pl.Series]
    others: Mapping[str, pl.Series]
    lacking: pl.Series
    nameless: pl.Series
    identified: pl.Series
    sparse: pl.Series
    money: pl.Series | None
    customers: Sequence[pl.Series] = ()
    numbers: Sequence[pl.Series] = ()


def total_rows(clues: Clues, sums: Sums) -> tuple[pl.Series, pl.Series]:
    """Which rows are totals, in the order of the source, and of which the money speaks against it.

    `sums` goes on from batch to batch.
    """
    height = len(clues.lacking)
    roles = [_Role(part) for part in (clues.names, clues.places, clues.products, clues.others)]
    worth = _Worth(clues.money, height)
    suspects = set().union(*(role.rows for role in roles))
    if clues.money is not None:
        suspects |= set((clues.nameless & clues.money.is_not_null()).arg_true().to_list())
    if not suspects:
        sums.add(*worth.whole())
        return _mask(height, []), _mask(height, [])
    groups = _Groups(clues, worth, height)
    sums.names |= {
        text for role in roles for place, text in role.texts.items() if groups.sum_up(place)
    }
    found, doubted, done = [], [], 0
    for place in sorted(suspects):
        sums.add(*worth.between(done, place))
        done = place
        total = _is_total(place, roles, clues, sums, worth.at(place))
        if total or _sums_up_its_group(place, roles, groups, sums):
            found.append(place)
            groups.leave(place)
            if any(role.plain(place) for role in roles) and sums.contradict(worth.at(place)):
                doubted.append(place)
            sums.close()
            done = place + 1
    sums.add(*worth.between(done, height))
    totals = _mask(height, _without_chance(found, roles, clues))
    return totals, _mask(height, doubted) & totals


def _without_chance(found: list[int], roles: Sequence[_Role], clues: Clues) -> list[int]:
    """The totals, less those that may be sums by chance.

    Where the customer's name stands on its first row only, a nameless row is a fact, and may come
    to what the rows above it do. Only the words tell a total there.
    """
    if clues.money is None:
        return found
    nameless = clues.nameless & clues.money.is_not_null()
    if not (nameless & ~_mask(len(nameless), found)).any():
        return found
    return [place for place in found if not nameless[place] or any(r.at(place)[0] for r in roles)]


def _mask(height: int, places: list[int]) -> pl.Series:
    mask = pl.Series([False]).new_from_index(0, height)
    return mask.scatter(places, True) if places else mask


class _Role:
    """The texts of some columns that resemble a total's name, by row."""

    def __init__(self, columns: Mapping[str, pl.Series]) -> None:
        self.rows: dict[int, tuple[int, str]] = {}
        self.texts: dict[int, str] = {}
        self._plain: set[int] = set()
        for column in columns.values():
            known = named(column)
            if not known:
                continue
            for place in column.is_in(list(known)).arg_true():
                told = known[column[place]]
                if told >= self.rows.get(place, (0, "")):
                    self.rows[place], self.texts[place] = told, column[place].strip()
                if _PLAIN.fullmatch(column[place].strip()):
                    self._plain.add(place)

    def plain(self, place: int) -> bool:
        """Whether a row says nothing but that it is a sum."""
        return place in self._plain

    def at(self, place: int) -> tuple[int, str]:
        return self.rows.get(place, (0, ""))


def _is_total(
    place: int, roles: Iterable[_Role], clues: Clues, sums: Sums, money: Decimal | None
) -> bool:
    (name, of), (own, _), (product, _), (other, _) = (role.at(place) for role in roles)
    lacking, sparse = clues.lacking[place], clues.sparse[place]
    summed, alone = sums.are(money), not clues.identified[place]
    if own >= OPEN or name == SURE:
        return True
    if name == OPEN:
        return bool(lacking or sparse or summed or alone)
    if name == LIKE:
        about = bool(of) and any((known == of).any() for known in clues.customers)
        return bool((alone and (lacking or summed or about)) or (summed and about))
    if clues.nameless[place]:
        return (summed and alone) or max(own, product, other) > 0
    if product == SURE:
        return True
    return bool(max(product, other) >= OPEN and (lacking or sparse))


def _sums_up_its_group(place: int, roles: Sequence[_Role], groups: _Groups, sums: Sums) -> bool:
    """Whether a row that is called a total beside a customer, such as one that names Order total
    for its product, comes to the rows of its customer and order above it. Of a single row that
    says little, unless the word is beyond doubt or others of that name are totals.
    """
    _, _, product, other = roles
    called = [(role.at(place)[0], role.texts.get(place)) for role in (product, other)]
    sure = any(likely == SURE or text in sums.names for likely, text in called)
    return any(likely for likely, _ in called) and groups.sum_up(place, 1 if sure else 2)


class _Groups:
    """Rows of one customer and order that follow each other, and what they come to."""

    def __init__(self, clues: Clues, worth: _Worth, height: int) -> None:
        self._worth = worth
        self._left: dict[int, tuple[Decimal, int]] = {}
        place = pl.int_range(height, eager=True)
        new = place == 0
        whose = [*clues.customers, *clues.numbers]
        for series in whose:
            new |= series.ne_missing(series.shift())
        self._first = place.set(~new, None).forward_fill() if whose else None

    def sum_up(self, place: int, least: int = 2) -> bool:
        """Whether a row comes to those of its group above it, at least so many."""
        money = self._worth.at(place)
        if self._first is None or not money:
            return False
        first = self._first[place]
        worth, rows = self._worth.between(first, place)
        left, totals = self._left.get(first, (Decimal(0), 0))
        return rows - totals >= least and worth - left == money

    def leave(self, place: int) -> None:
        """A row is a total itself."""
        if self._first is not None and (money := self._worth.at(place)) is not None:
            left, rows = self._left.get(self._first[place], (Decimal(0), 0))
            self._left[self._first[place]] = left + money, rows + 1


class _Worth:
    """The money of the rows of a batch, and its running sum."""

    def __init__(self, money: pl.Series | None, height: int) -> None:
        self._money = money
        self._height = height

    @cached_property
    def _sum(self) -> pl.Series:
        return self._known.cast(pl.Decimal(38, 2)).fill_null(0).cum_sum()

    @cached_property
    def _count(self) -> pl.Series:
        return self._known.is_not_null().cum_sum()

    @property
    def _known(self) -> pl.Series:
        return pl.Series([], dtype=pl.Decimal(18, 2)) if self._money is None else self._money

    def whole(self) -> tuple[Decimal, int]:
        """The money and number of all rows."""
        summed = self._known.cast(pl.Decimal(38, 2)).sum()
        return Decimal(summed or 0), self._known.count()

    def at(self, place: int) -> Decimal | None:
        return None if self._money is None else self._money[place]

    def between(self, start: int, end: int) -> tuple[Decimal, int]:
        """The money and number of the rows from `start` up to `end`."""
        if self._money is None or end <= start:
            return Decimal(0), 0
        before = (self._sum[start - 1], self._count[start - 1]) if start else (Decimal(0), 0)
        return self._sum[end - 1] - before[0], int(self._count[end - 1] - before[1])
