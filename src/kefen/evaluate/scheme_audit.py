"""Audit of a scheme before it is published: whom it moves, whether it flaps, cost and yield."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import asdict, dataclass
from decimal import Decimal
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.errors import RunError
from kefen.evaluate.findings import LANGUAGES, plain, shown
from kefen.evaluate.ledger_as_of import Past
from kefen.indicators import Request, compute
from kefen.period import Window, months_before
from kefen.run import Progress, grade
from kefen.run.source import day_of, ledger_of
from kefen.schemes import load
from kefen.shown import Display, Shown
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from kefen.ledger import Ledger
    from kefen.run import Run
    from kefen.schemes import Scheme

AGES: Final = ((365, "under-1"), (3 * 365, "1-to-3"), (None, "over-3"))
"""Up to how many days a customer is of which age, by their first purchase."""
LEAST: Final = 10
"""Customers that a group has at least for its share to be told apart from the others'."""
Z: Final = 1.959964
NONE: Final = ""
"""The group of those of whom nothing is known."""


@dataclass(frozen=True)
class Group:
    """What the scheme does to the customers of one region, owner or age.

    Attributes:
        by, name: the group; an empty name is of those of whom it is not known.
        customers: rated before or after.
        up, down, other: how many would be in a better or worse class, or in or out of all.
        low, high: the 95 % interval of the share that falls (Wilson 1927).
        uneven: `more` or `fewer` fall than of the others, beyond both intervals' doubt.
    """

    by: str
    name: str
    customers: int
    up: int
    down: int
    other: int
    low: float
    high: float
    uneven: str | None = None


@dataclass(frozen=True)
class Flap:
    """How often classes would have changed in the past.

    Attributes:
        dates: the dates looked at.
        changed: of those rated on two dates that follow each other, the share in another class.
        reversed: of those rated on all of three dates or more, the share that left a class and
            came back to it.
        customers: those who were looked at for `reversed`.
        worst: the pairs of classes most often gone to and fro: `from`, `to`, `customers`.
    """

    dates: tuple[date, ...]
    changed: float | None
    reversed: float | None
    customers: int
    worst: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Cost:
    """What a class costs and earns in a year, by stated hours.

    Attributes:
        hours: a month and customer, as stated.
        cost: of a year: customers × hours × 12 × hourly cost.
        sales, profit: of the twelve months before; profit is None where no cost is known.
    """

    class_: str
    title: dict[str, str]
    customers: int
    hours: Decimal
    cost: Decimal
    sales: Decimal
    profit: Decimal | None


@dataclass(frozen=True, repr=False)
class Audit(Shown):
    """A scheme looked at before it is published.

    Attributes:
        scheme: the scheme.
        as_of: the day of the run it was tried by.
        moves: whom it moves against the run in force, by region, owner and age; empty without one.
        moved: how many customers in all would be in another class.
        flap: how its classes would have gone in the past; None where the facts do not go back.
        costs: of each class; empty where no hours were stated.
        hourly: the cost of an hour, as stated.
    """

    scheme: Scheme
    as_of: date
    moves: tuple[Group, ...]
    moved: int
    customers: int
    flap: Flap | None
    costs: tuple[Cost, ...]
    hourly: Decimal

    def text(self, lang: str = "en") -> str:
        """The audit in a few sentences."""
        said = [
            sentence(
                "audit-moved",
                {"moved": shown(self.moved, "count"), "customers": shown(self.customers, "count")},
                lang,
            )
        ]
        for one in self.moves:
            if one.uneven:
                facts = {
                    "by": sentence(f"audit-by-{one.by}", {}, lang),
                    "name": group_name(one, lang),
                    "share": shown(one.down / one.customers, "percent"),
                }
                said.append(sentence(f"audit-{one.uneven}", facts, lang))
        if self.flap and self.flap.changed is not None:
            flapped: dict[str, Any] = {
                "changed": shown(self.flap.changed, "percent"),
                "reversed": shown(self.flap.reversed, "percent"),
                "dates": len(self.flap.dates),
            }
            said.append(sentence("audit-flap", flapped, lang))
        if self.costs:
            cost = sum(one.cost for one in self.costs)
            sales = sum(one.sales for one in self.costs)
            facts = {"cost": shown(cost, "money"), "sales": shown(sales, "money")}
            said.append(sentence("audit-cost", facts, lang))
        return "\n".join(said)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, words in both languages."""
        flap = self.flap
        return {
            "scheme": self.scheme.name,
            "title": self.scheme.title.model_dump(),
            "as_of": self.as_of.isoformat(),
            "moved": self.moved,
            "customers": self.customers,
            "moves": [
                plain(asdict(one)) | {"title": {lang: group_name(one, lang) for lang in LANGUAGES}}
                for one in self.moves
            ],
            "flap": flap
            and {
                "dates": plain(flap.dates),
                "changed": flap.changed,
                "reversed": flap.reversed,
                "customers": flap.customers,
                "worst": [
                    {"from": start, "to": end, "customers": count}
                    for start, end, count in flap.worst
                ],
            },
            "costs": [
                {
                    "class": one.class_,
                    "title": one.title,
                    "customers": one.customers,
                    "hours": str(one.hours),
                    "cost": str(one.cost),
                    "sales": str(one.sales),
                    "profit": None if one.profit is None else str(one.profit),
                }
                for one in self.costs
            ],
            "hourly": str(self.hourly),
            "text": {lang: self.text(lang) for lang in LANGUAGES},
        }

    def _display(self) -> Display:
        rows = [asdict(one) for one in self.moves]
        frame = pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame()
        return Display(f"Audit of {self.scheme.name}", [frame], [self.text()])


def group_name(one: Group, lang: str) -> str:
    """What a group is called."""
    if one.by == "age":
        return sentence(f"audit-age-{one.name}" if one.name else "audit-unknown", {}, lang)
    return one.name or sentence("audit-unknown", {}, lang)


def audit(
    source: Any,
    scheme: Any,
    against: Run | None = None,
    *,
    as_of: date | str | None = None,
    periods: int = 4,
    every: int = 3,
    hours: Mapping[str, Decimal | float | str] | None = None,
    hourly: Decimal | float | str = 0,
    progress: Callable[[Progress], object] | None = None,
) -> Audit:
    """Look at a scheme before it is published.

    Args:
        source: a ledger, or orders as `kefen.grade` takes them.
        scheme: the scheme to come.
        against: the run in force, whom it would move is told against; None for a new scheme.
        as_of: the day of the trial; by default that of `against`, else the day after the last sale.
        periods, every: how many dates before that day are looked at for classes that flap, and
            how many months lie between two.
        hours: by class, the hours a month and customer that its standard promises.
        hourly: what an hour of work costs.
        progress: called with a `Progress`, stage `backtest`, after each date.

    Raises:
        RunError: `nothing-sold`, `bad-as-of`, or why the scheme cannot be carried out.
    """
    ledger = ledger_of(source)
    ledger = ledger.at(ledger.version)
    document = load(scheme)
    day = day_of(ledger, as_of or (against.as_of if against else None))
    dates = [months_before(day, every * back) for back in range(periods, 0, -1)]
    began = ledger.span()
    dates = [one for one in dates if began and one > began[0]]
    tell = progress or (lambda _progress: None)
    frames: list[pl.DataFrame] = []
    previous: Run | None = None
    pasts: list[Past] = []
    try:
        for number, one in enumerate([*dates, day]):
            tell(Progress("backtest", number, len(dates) + 1))
            past = Past(ledger, one)
            pasts.append(past)
            run = grade(past, document, one, previous=previous if document.hysteresis else None)
            frames.append(run.classes.to_polars().select("customer_id", "class"))
            previous = run
        tell(Progress("backtest", len(dates) + 1, len(dates) + 1))
    finally:
        for past in pasts:
            past.close()
    if not frames:
        raise RunError("nothing-sold")
    now = frames[-1]
    moves, moved, customers = _moves(ledger, document, against, now, day)
    rate = Decimal(str(hourly))
    return Audit(
        document,
        day,
        tuple(moves),
        moved,
        customers,
        _flap(frames, (*dates, day)) if len(frames) > 1 else None,
        tuple(_costs(ledger, document, now, day, hours, rate)) if hours else (),
        rate,
    )


def _flap(frames: list[pl.DataFrame], dates: tuple[date, ...]) -> Flap:
    """How classes went from date to date."""
    known = frames[0].rename({"class": "c0"})
    for number, frame in enumerate(frames[1:], 1):
        known = known.join(frame.rename({"class": f"c{number}"}), on="customer_id", how="full",
                           coalesce=True)  # fmt: skip
    rows = known.drop("customer_id").rows()
    pairs = changed = looked = back = 0
    fro: Counter[tuple[str, str]] = Counter()
    for row in rows:
        for one, other in itertools.pairwise(row):
            if one is not None and other is not None:
                pairs += 1
                changed += one != other
        if None in row or len(row) < 3:
            continue
        looked += 1
        steps = [row[0]]
        for key in row[1:]:
            if key != steps[-1]:
                steps.append(key)
        turned = {
            (steps[at], steps[at + 1]) for at in range(len(steps) - 2) if steps[at] == steps[at + 2]
        }
        back += bool(turned)
        fro.update(turned)
    worst = tuple((start, end, count) for (start, end), count in fro.most_common(3))
    return Flap(
        dates, changed / pairs if pairs else None, back / looked if looked else None, looked, worst
    )


def _moves(
    ledger: Ledger, scheme: Scheme, against: Run | None, now: pl.DataFrame, day: date
) -> tuple[list[Group], int, int]:
    """Whom the scheme moves, by region, owner and age."""
    if against is None:
        return [], 0, now.filter(pl.col("class").is_not_null()).height
    before = against.classes.to_polars().select("customer_id", was="class")
    both = before.join(now, on="customer_id", how="full", coalesce=True)
    both = both.filter(pl.col("was").is_not_null() | pl.col("class").is_not_null())
    titles = {part.title.en: at for at, part in enumerate(scheme.classes)}
    places: dict[str | None, int] = {key: at for at, key in enumerate(scheme.keys())}
    old: dict[str | None, int] = {
        part.key: places.get(part.key, titles.get(part.title.en, -1))
        for part in against.scheme.classes
    }
    ranked = scheme.ranked and against.scheme.ranked and -1 not in old.values()
    people = _people(ledger, day)
    tally: dict[tuple[str, str], Counter[str]] = {}
    moved = 0
    for customer, was, key in both.select("customer_id", "was", "class").rows():
        if was is None or key is None or not ranked:
            way = "same" if was == key else "other"
        else:
            step = places[key] - old[was]
            way = "same" if not step else "down" if step > 0 else "up"
        moved += way != "same"
        groups = zip(("region", "owner", "age"), people.get(customer, (NONE,) * 3), strict=True)
        for by, name in groups:
            tally.setdefault((by, name), Counter())[way] += 1
    found = []
    for (by, name), ways in sorted(tally.items()):
        total = ways.total()
        low, high = wilson(ways["down"], total)
        others = [w for (o, n), w in tally.items() if o == by and n != name]
        rest, fell = sum(w.total() for w in others), sum(w["down"] for w in others)
        uneven = None
        if rest >= LEAST and total >= LEAST:
            rest_low, rest_high = wilson(fell, rest)
            uneven = "more" if low > rest_high else "fewer" if high < rest_low else None
        found.append(
            Group(by, name, total, ways["up"], ways["down"], ways["other"], low, high, uneven)
        )
    order = {"region": 0, "owner": 1, "age": 2}
    found.sort(key=lambda one: (order[one.by], -one.customers, one.name))
    return found, moved, both.height


def _people(ledger: Ledger, day: date) -> dict[str, tuple[str, str, str]]:
    """Region, owner and age of each customer."""
    rows = ledger.table("customers")
    names = [name for name in ("province", "region", "owner") if name in rows.columns]
    known = rows.select("customer_id", *names).to_polars()
    table = ledger.table("sales")
    first = table.filter(table.ordered_on < day).group_by("customer_id")
    began = dict(first.aggregate(began=table.ordered_on.min()).to_polars().rows())
    found = {}
    for row in known.to_dicts():
        region = row.get("region") or row.get("province") or NONE
        start = began.get(row["customer_id"])
        found[row["customer_id"]] = (str(region), str(row.get("owner") or NONE), _age(start, day))
    return found


def _age(start: date | None, day: date) -> str:
    if start is None:
        return NONE
    days = (day - start).days
    return next(name for limit, name in AGES if limit is None or days < limit)


def _costs(
    ledger: Ledger,
    scheme: Scheme,
    now: pl.DataFrame,
    day: date,
    hours: Mapping[str, Decimal | float | str],
    hourly: Decimal,
) -> list[Cost]:
    wanted = [Request(name, Window.parse("12m")) for name in ("sales", "profit")]
    figures = compute(ledger, wanted, as_of=day).to_polars()
    known = now.join(figures, on="customer_id", how="left")
    found = []
    for part in scheme.classes:
        mine = known.filter(pl.col("class") == part.key)
        monthly = Decimal(str(hours.get(part.key, 0)))
        profit = mine["profit"].drop_nulls()
        found.append(
            Cost(
                part.key,
                part.title.model_dump(),
                mine.height,
                monthly,
                (mine.height * monthly * 12 * hourly).quantize(Decimal("0.01")),
                Decimal(str(mine["sales"].sum() or 0)).quantize(Decimal("0.01")),
                Decimal(str(profit.sum())).quantize(Decimal("0.01")) if len(profit) else None,
            )
        )
    return found


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, JASA 22, 1927).

    >>> [round(one, 3) for one in wilson(5, 10)]
    [0.237, 0.763]
    """
    if not total:
        return 0.0, 1.0
    share, z2 = count / total, Z * Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z * sqrt(share * (1 - share) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return max(middle - half, 0.0), min(middle + half, 1.0)
