"""Backtest: fit and assign on past dates, then look what each class really did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from kefen import plots
from kefen.errors import RunError, one_of
from kefen.evaluate.bootstrap import DRAWS, SEED, deal
from kefen.evaluate.findings import LANGUAGES, both, length, plain, shown
from kefen.evaluate.measure import Shared, track
from kefen.evaluate.outcomes import PAST, observe
from kefen.period import Window, months_before
from kefen.run import Progress
from kefen.run.source import day_of, ledger_of
from kefen.schemes.documents import load_all
from kefen.shown import Display, Shown
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kefen.evaluate.backtest_result import Track
    from kefen.evaluate.outcomes import Observation
    from kefen.ledger import Ledger
    from kefen.schemes import Scheme


@dataclass(frozen=True, repr=False)
class Backtest(Shown):
    """Schemes on past dates, and what came after.

    Attributes:
        dates: the as-of dates, oldest first; `ends` the days outcomes reach to.
        horizon: how far outcomes look.
        value: what counts, `sales` or `profit`.
        tracks: one for each scheme, in the order they were given.
        past: the gain curve of ranking by the sales of the twelve months before.
        best: the gain curve of the order nobody can know, by the value itself.
        new_share: part of all sales that came from customers unknown on the day; no
            classification can foresee those.
        notes: what to know when reading this, each a code and its data.
    """

    dates: tuple[date, ...]
    ends: tuple[date, ...]
    horizon: str
    value: str
    tracks: tuple[Track, ...]
    past: list[list[float]]
    best: list[list[float]]
    customers: int
    new_share: float | None
    notes: tuple[dict[str, Any], ...]
    draws: int
    seed: int
    seconds: float

    def track(self, name: str) -> Track:
        """The record of the scheme of this name.

        Raises:
            KeyError: when it was not tried.
        """
        for one in self.tracks:
            if one.scheme.name == name:
                return one
        raise KeyError(name)

    @property
    def ranked(self) -> list[Track]:
        """Those that could be tried, the best ranking first."""
        tried = [one for one in self.tracks if one.gini and one.gini.value is not None]
        return sorted(tried, key=lambda one: -(one.gini.value or 0) if one.gini else 0)

    def text(self, lang: str = "en") -> str:
        """What came of it, a paragraph a scheme."""
        facts = {
            "dates": len(self.dates),
            "first": self.dates[0],
            "last": self.dates[-1],
            "horizon": length(self.horizon, lang),
            "customers": shown(self.customers, "count"),
        }
        said = [sentence("backtest-told", facts, lang)]
        said += [one.text(lang) for one in self.tracks]
        said += [sentence(note["code"], note["data"], lang) for note in self.notes]
        return "\n".join(said)

    def plot(self, kind: Literal["outcomes", "gains"] = "outcomes") -> Any:
        """An Altair chart: what each class went on to bring a customer, or the gain curves.

        Raises:
            KefenError: `plot-needs-extra` without `pip install 'kefen[plot]'`.
        """
        title = self._about()
        one_of("kind", kind, ("outcomes", "gains"))
        if kind == "gains":
            named = [(one.scheme.name, one.points) for one in self.tracks if one.points]
            named += [("past sales", self.past), ("foresight", self.best)]
            rows = [
                {"scheme": name, "customers": point[0], "value": point[1]}
                for name, points in named
                for point in points
            ]
            return plots.curves(rows, "customers", "value", title)
        wanted = ("scheme", "class", "mean", "low", "high")
        known = self.to_polars().filter(pl.col("mean").is_not_null()).select(wanted)
        return plots.intervals(known.to_dicts(), "class", "mean", title)

    def _about(self) -> str:
        dates = "a past date" if len(self.dates) == 1 else f"{len(self.dates)} past dates"
        return f"{self.value} of {self.horizon} after {dates}"

    def _display(self) -> Display:
        rows = [
            {
                "scheme": track.scheme.name,
                "class": one.class_ or "(unrated)",
                "customers": one.customers,
                "sales": one.sales,
                "share_of_value": one.share_of_value,
                "lift": one.lift,
                "mean": one.mean.value,
                "low": one.mean.low,
                "high": one.mean.high,
                "retention": one.retention.value,
            }
            for track in self.tracks
            for one in track.classes
        ]
        head = f"Backtest: {self._about()}"
        schema = None if rows else dict.fromkeys(("scheme", "class"), pl.String)
        frame = pl.DataFrame(rows, schema=schema, infer_schema_length=None)
        return Display(head, [frame], [self.text()])

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, words in both languages."""
        return {
            "dates": plain(self.dates),
            "ends": plain(self.ends),
            "horizon": self.horizon,
            "value": self.value,
            "customers": self.customers,
            "schemes": [one.to_dict() for one in self.tracks],
            "past": {"window": PAST, "points": self.past},
            "best": {"points": self.best},
            "new_share": self.new_share,
            "notes": [
                plain(note) | {"text": both(note["code"], note["data"])} for note in self.notes
            ],
            "draws": self.draws,
            "seed": self.seed,
            "seconds": self.seconds,
            "text": {lang: self.text(lang) for lang in LANGUAGES},
        }


def backtest(
    source: Any,
    schemes: Sequence[Any] | Mapping[str, Any] | Scheme,
    dates: Sequence[date | str] | None = None,
    *,
    periods: int = 4,
    every: str = "3m",
    horizon: str = "3m",
    value: Literal["sales", "profit"] = "sales",
    top: int = 1,
    draws: int = DRAWS,
    seed: int = SEED,
    progress: Callable[[Progress], object] | None = None,
) -> Backtest:
    """Fit and assign schemes on past dates from facts before each, and see what came after.

    On each date only facts before it count, and only customers known by then. Outcomes are the
    facts of the `horizon` from that date on. All schemes are ranked over the same customers; who
    a scheme leaves unrated ranks last.

    Args:
        source: a ledger, or orders as `kefen.grade` takes them.
        schemes: ready-made names, documents or `Scheme`s; a single one may stand by itself.
        dates: the past dates; by default `periods` of them, `every` so long apart, the last one
            so that its horizon ends with the last sale.
        horizon: how far to look, such as `3m` or `90d`.
        value: what the customers are worth: `sales` or `profit` of the horizon. A buyer whose cost
            is not known counts as the average buyer of whom it is.
        top: how many of the best classes make the top that is told.
        draws, seed: of the bootstrap; the same give the same intervals.
        progress: called with a `Progress`, stage `backtest`, after each date.

    Raises:
        RunError: `nothing-sold`; `backtest-short` when the sales do not reach back to a single
            date; `backtest-open` when the horizon of a date is not over; `bad-as-of`.
        KefenError: `bad-option` for another `value`.
        PeriodError: `bad-window`.
    """
    one_of("value", value, ("sales", "profit"))
    began = perf_counter()
    ledger = ledger_of(source)
    ledger = ledger.at(ledger.version)
    listed = load_all(schemes)
    reach = Window.ahead(horizon)
    days = _days(ledger, dates, periods, Window.parse(every), reach)
    seen: list[Observation] = []
    for number, (day, end) in enumerate(days):
        if progress:
            progress(Progress("backtest", number, len(days)))
        seen.append(observe(ledger, _unlike(listed), day, end))
    if progress:
        progress(Progress("backtest", len(days), len(days)))
    kept = _kept(seen, value, draws, seed)
    tracks = tuple(track(scheme, seen, kept, top) for scheme in listed)
    new = [one.new_share for one in seen if one.new_share is not None]
    new_share = float(np.mean(new)) if new else None
    return Backtest(
        tuple(day for day, _ in days),
        tuple(end for _, end in days),
        str(reach),
        value,
        tracks,
        kept.curve("past"),
        kept.curve("best"),
        max(len(one.ids) for one in seen),
        new_share,
        _notes(listed, seen, new_share, kept.cost_known),
        draws,
        seed,
        round(perf_counter() - began, 3),
    )


def ends(day: date, horizon: str) -> date:
    """The last day of a horizon that begins on `day`.

    >>> ends(date(2026, 1, 1), "3m")
    datetime.date(2026, 3, 31)
    """
    return after(day, Window.ahead(horizon)) - timedelta(days=1)


def after(day: date, window: Window) -> date:
    """The first day past a window that begins on `day`."""
    length = window.length or 0
    if window.unit in "my":
        return months_before(day, -length * (12 if window.unit == "y" else 1))
    return day + timedelta(days=length * (7 if window.unit == "w" else 1))


def _days(
    ledger: Ledger,
    dates: Sequence[date | str] | None,
    periods: int,
    every: Window,
    horizon: Window,
) -> list[tuple[date, date]]:
    """Each as-of date with the day its horizon ends, oldest first."""
    span = ledger.span()
    if span is None:
        raise RunError("nothing-sold")
    if horizon.length is None or every.length is None:
        raise RunError("backtest-endless")
    last = span[1] + timedelta(days=1)
    if dates is None:
        newest = horizon.start(last)
        assert newest is not None
        found: list[date] = []
        day = newest
        while len(found) < periods and day > span[0]:
            found.append(day)
            day = every.start(day) or span[0]
    else:
        found = [day_of(ledger, day) for day in dates]
    listed = [(day, after(day, horizon)) for day in sorted(set(found)) if day > span[0]]
    if not listed:
        raise RunError("backtest-short", first=span[0], last=span[1], horizon=str(horizon))
    for day, end in listed:
        if end > last:
            raise RunError("backtest-open", date=day, end=end, last=span[1])
    return listed


def _unlike(listed: Sequence[Scheme]) -> list[Scheme]:
    """The schemes, each name once."""
    return list({scheme.name: scheme for scheme in listed}.values())


def _kept(seen: Sequence[Observation], value: str, draws: int, seed: int) -> Shared:
    """The groups of the bootstrap, over the customers of all dates."""
    everyone = pl.concat([one.ids for one in seen]).unique().sort()
    groups, places = deal(len(everyone), draws, seed)
    place_of = pl.DataFrame({"customer_id": everyone, "place": places})
    mine = [
        pl.DataFrame({"customer_id": one.ids})
        .join(place_of, on="customer_id", how="left", maintain_order="left")["place"]
        .to_numpy()
        for one in seen
    ]
    return Shared(groups, mine, seen, value)


def _notes(
    listed: Sequence[Scheme],
    seen: Sequence[Observation],
    new_share: float | None,
    cost_known: float | None,
) -> tuple[dict[str, Any], ...]:
    notes = []
    if new_share is not None and new_share > 0:
        notes.append({"code": "backtest-note-new", "data": {"share": shown(new_share, "percent")}})
    if any(scheme.attributes() for scheme in listed):
        notes.append({"code": "backtest-note-attributes", "data": {}})
    if cost_known is not None and 0 < cost_known < 1:
        data = {"share": shown(1 - cost_known, "percent")}
        notes.append({"code": "backtest-note-cost", "data": data})
    if len(seen) > 1:
        notes.append({"code": "backtest-note-basis", "data": {}})
    if len(seen) == 1:
        notes.append({"code": "backtest-note-one", "data": {}})
    return tuple(notes)
