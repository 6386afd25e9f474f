"""Readiness: whether classifying these customers makes sense, before anyone is graded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from kefen.errors import RunError
from kefen.evaluate.findings import (
    LANGUAGES,
    Figure,
    Finding,
    Limits,
    length,
    texts,
    worst,
)
from kefen.evaluate.lift import gini, lorenz, top_share
from kefen.indicators import Request, measured
from kefen.indicators.facts import Facts
from kefen.period import Window
from kefen.run.source import day_of, ledger_of
from kefen.shown import Display, Shown
from kefen.wording import sentence

if TYPE_CHECKING:
    from datetime import date

    from kefen.evaluate.bootstrap import Floats
    from kefen.evaluate.findings import Verdict
    from kefen.ledger import Ledger

SPAN = 150
"""Customers one person can know; Dunbar, Journal of Human Evolution (1992), for acquaintances."""
_PARETO = "Kim, Singh & Winer, Marketing Letters (2017): 73 % on average in packaged goods"

LIMITS = {
    "attention": Limits("span_used", 1.0, 0.5, source="kefen"),
    "repeat": Limits("repeat_buyers", 0.3, 0.15, source="kefen"),
    "repeat_sales": Limits("repeat_sales", 0.6, 0.3, source="kefen"),
    "gini": Limits("gini", 0.5, 0.3, source="kefen"),
    "top": Limits("top_share", 0.6, 0.4, source=f"kefen; {_PARETO}"),
    "history": Limits("windows", 2.0, 1.0, source="kefen"),
    "age": Limits("age", 31, 92, "lower", source="kefen"),
    "complete": Limits("complete", 0.8, 0.5, source="kefen"),
}
"""From where on a figure is good or fair. Where no source is named the limit is our own."""

_ASKED = ("name", "owner", "industry", "region", "phone")
"""What a customer's file should say; a province or city stands for a region, an email for a
phone."""


@dataclass(frozen=True, repr=False)
class Readiness(Shown):
    """Whether to classify, on which figures.

    Attributes:
        as_of, window: what was looked at, `[as_of − window, as_of)`.
        findings: of group `sense` (attention, repeat, difference) and `data` (history, age,
            completeness).
        lorenz: the Lorenz curve of the buyers' sales, poorest first.
    """

    as_of: date
    window: str
    findings: tuple[Finding, ...]
    lorenz: list[list[float]]

    def finding(self, code: str) -> Finding:
        """The finding of this code, such as `readiness-attention`."""
        return next(one for one in self.findings if one.code == code)

    @property
    def verdict(self) -> Verdict:
        """Good: go ahead; fair: it helps, with the reservations told; poor: it hardly would.

        Poor when two of attention, repeat business and difference are poor. Good when none of
        them is poor, at most one is fair, and no data is poor. Else fair. The rule is ours.
        """
        sense = [one.verdict for one in self.findings if one.group == "sense"]
        data = worst(one.verdict for one in self.findings if one.group == "data")
        if sense.count("poor") >= 2:
            return "poor"
        sound = sense.count("poor") == 0 and sense.count("fair") <= 1
        return "good" if sound and data != "poor" else "fair"

    def title(self, lang: str = "en") -> str:
        """The verdict in a sentence."""
        facts = {"as_of": self.as_of, "window": length(self.window, lang)}
        return sentence(f"readiness-{self.verdict}", facts, lang)

    def _display(self) -> Display:
        rows = [
            {"finding": one.title(), "verdict": one.verdict, "told": one.text()}
            for one in self.findings
        ]
        return Display("Readiness", [pl.DataFrame(rows)], [self.title()])

    def text(self, lang: str = "en") -> str:
        """The verdict and what it rests on."""
        return "\n".join([self.title(lang), *texts(self.findings, lang)])

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, words in both languages."""
        return {
            "as_of": self.as_of.isoformat(),
            "window": self.window,
            "verdict": self.verdict,
            "title": {lang: self.title(lang) for lang in LANGUAGES},
            "findings": [one.to_dict() for one in self.findings],
            "lorenz": self.lorenz,
            "text": {lang: self.text(lang) for lang in LANGUAGES},
        }


def readiness(
    source: Any,
    as_of: date | str | None = None,
    *,
    span_of_attention: int = SPAN,
    people: int | None = None,
    window: str = "12m",
) -> Readiness:
    """Say whether it makes sense to classify the customers of a ledger.

    Args:
        source: a ledger, or orders as `kefen.grade` takes them.
        as_of: facts of this day and later do not count; default the day after the last sale.
        span_of_attention: how many customers one person can care for.
        people: how many care for customers; by default the owners named in the customers' file,
            else the salespersons of the window's orders, else one.
        window: the time looked at.

    Raises:
        RunError: `nothing-sold`, `bad-as-of`.
        PeriodError: `bad-window`.
    """
    ledger = ledger_of(source)
    ledger = ledger.at(ledger.version)
    day, span = day_of(ledger, as_of), Window.parse(window)
    if ledger.span() is None:
        raise RunError("nothing-sold")
    wanted = [
        Request("sales", span, "sales"),
        Request("frequency", span, "days"),
        Request("last_order_on", span, "last"),
    ]
    table = measured(ledger, wanted, day).indicators(wanted)
    rows = pl.DataFrame(ledger.engine.fetch(table.filter(table.last.notnull())))
    bought = rows.filter(pl.col("days") > 0)
    sales = bought["sales"].cast(pl.Float64).to_numpy()
    days = bought["days"].to_numpy()
    findings = (
        _attention(ledger, day, span, len(sales), span_of_attention, people),
        _repeat(sales, days),
        _difference(sales),
        _history(ledger, day, span),
        _age(rows, day),
        _complete(ledger, len(sales)),
    )
    return Readiness(day, str(span), findings, lorenz(sales))


def _attention(
    ledger: Ledger, day: date, span: Window, buyers: int, attention: int, people: int | None
) -> Finding:
    """More customers than the team can care for one by one?"""
    source = "given"
    if people is None:
        people, source = _people(ledger, day, span)
    used = buyers / (people * attention)
    return Finding(
        "readiness-attention",
        LIMITS["attention"].of(used),
        (
            Figure("buyers", buyers, "count"),
            Figure("people", people, "count"),
            Figure("each", buyers / people, "count"),
            Figure("span", attention, "count"),
            Figure("span_used", used, "number"),
        ),
        (LIMITS["attention"],),
        "sense",
        {"whence": {lang: sentence(f"readiness-people-{source}", {}, lang) for lang in LANGUAGES}},
    )


def _people(ledger: Ledger, day: date, span: Window) -> tuple[int, str]:
    """How many people care for customers, and how that is known."""
    customers = ledger.table("customers")
    sold = Facts(ledger).sales(["salesperson"], span.start(day), day)
    for source, column in (("owners", customers.owner), ("sellers", sold.salesperson)):
        counted = column.nunique().name("n").as_table()
        found = int(ledger.engine.fetch(counted)["n"][0].as_py() or 0)
        if found:
            return found, source
    return 1, "nobody"


def _repeat(sales: Floats, days: Floats) -> Finding:
    """Do customers come back?"""
    again = days >= 2
    whole = float(np.maximum(sales, 0).sum())
    buyers = float(again.mean()) if len(days) else None
    money = float(np.maximum(sales[again], 0).sum()) / whole if whole > 0 else None
    verdicts = (LIMITS["repeat"].of(buyers), LIMITS["repeat_sales"].of(money))
    return Finding(
        "readiness-repeat",
        worst(verdicts),
        (
            Figure("repeat_buyers", buyers, "percent"),
            Figure("repeat_sales", money, "percent"),
            Figure("purchase_days", float(days.mean()) if len(days) else None, "number"),
        ),
        (LIMITS["repeat"], LIMITS["repeat_sales"]),
        "sense",
    )


def _difference(sales: Floats) -> Finding:
    """Are customers worth different amounts?"""
    spread, top = gini(sales), top_share(sales, 0.2)
    return Finding(
        "readiness-difference",
        worst((LIMITS["gini"].of(spread), LIMITS["top"].of(top))),
        (
            Figure("gini", spread, "number"),
            Figure("top_share", top, "percent"),
            Figure("top_one", top_share(sales, 0.01), "percent"),
        ),
        (LIMITS["gini"], LIMITS["top"]),
        "sense",
    )


def _history(ledger: Ledger, day: date, span: Window) -> Finding:
    """Is there a window to look at, and one before it to learn from?"""
    known = ledger.span()
    first = known[0] if known else day
    length = max((day - first).days, 0)
    start = span.start(day)
    windows = length / (day - start).days if start else None
    return Finding(
        "readiness-history",
        LIMITS["history"].of(windows),
        (
            Figure("first_sale", first.isoformat(), "text"),
            Figure("history", length, "days"),
            Figure("windows", windows, "number"),
        ),
        (LIMITS["history"],),
        "data",
    )


def _age(rows: pl.DataFrame, day: date) -> Finding:
    """How old is the newest sale?"""
    last: Any = rows["last"].max()
    age = (day - last).days - 1 if last is not None else None
    return Finding(
        "readiness-age",
        LIMITS["age"].of(age),
        (
            Figure("last_sale", last.isoformat() if last else None, "text"),
            Figure("age", age, "days"),
        ),
        (LIMITS["age"],),
        "data",
        {"next": str(last + timedelta(days=1)) if last else ""},
    )


def _complete(ledger: Ledger, buyers: int) -> Finding:
    """How much of the customers' file is filled in?"""
    customers = ledger.table("customers")
    c = customers
    filled = {
        "name": c.name.notnull() & (c.name != c.customer_id),
        "owner": c.owner.notnull(),
        "industry": c.industry.notnull(),
        "region": c.region.notnull() | c.province.notnull() | c.city.notnull(),
        "phone": c.phone.notnull() | c.email.notnull(),
    }
    counts = customers.aggregate(
        whole=customers.count(), **{name: test.sum() for name, test in filled.items()}
    )
    [row] = ledger.engine.fetch(counts).to_pylist()
    whole = row["whole"]
    shares = {name: (row[name] or 0) / whole if whole else None for name in _ASKED}
    known = [share for share in shares.values() if share is not None]
    mean = sum(known) / len(known) if known else None
    return Finding(
        "readiness-complete",
        LIMITS["complete"].of(mean),
        (
            Figure("on_file", whole, "count"),
            Figure("active", buyers / whole if whole else None, "percent"),
            Figure("complete", mean, "percent"),
            *(Figure(f"has_{name}", share, "percent") for name, share in shares.items()),
        ),
        (LIMITS["complete"],),
        "data",
    )
