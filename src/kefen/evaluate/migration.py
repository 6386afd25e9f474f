"""Migration between two runs: who moved from which class to which, and the money with them."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen import formats, plots
from kefen.evaluate.findings import LANGUAGES, plain
from kefen.run import Frame
from kefen.run.presence import not_yet
from kefen.schemes.lapse import LAPSED
from kefen.shown import Display, Shown, shortened
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.run import Run

ABSENT: Final = "-"
"""Where a customer is who did not take part in one of the runs; no class can be called so."""

SHIFTS: Final = ((0.1, "none"), (0.25, "some"))
"""Up to where the population stability index means no shift and some shift, as is customary
(Siddiqi, Credit Risk Scorecards, 2006)."""

_BY: Final = ("from", "to")
_TOLD: Final = ("lapsed", "returned", "rated", "unrated", "new", "gone")


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """Two runs side by side, customer by customer.

    Attributes:
        before: the first run.
        after: the second run.
        same_classes: whether both runs have the same classes in the same order; only then is
            there an up and a down.
        matrix: for each pair of classes that occurs: `from`, `to`, `customers`, `value_from`,
            `value_to`. A class is its key, `LAPSED` for lapsed, None for unrated, `ABSENT` for
            not in that run, or there without a dated fact before its date: not yet a customer.
        psi: the population stability index of the shares of the classes, the lapsed and the
            unrated each as one of them; None unless `same_classes`, or when nobody took part in
            one of the runs.
        moved: every customer not in the same class as before: `customer_id`, `from`, `to`,
            `value_from`, `value_to`; those who moved most money first.
    """

    before: Run
    after: Run
    same_classes: bool
    matrix: list[dict[str, Any]]
    moved: Frame

    @property
    def ranked(self) -> bool:
        """Whether there is an up and a down: the same classes, some better than others."""
        return self.same_classes and self.after.scheme.ranked

    @property
    def psi(self) -> float | None:
        """Population stability index, Σ (after − before) · ln(after ÷ before) over the classes.

        Lewis, An Introduction to Credit Scoring (1994). A class that is empty in one of the runs
        counts half a customer there, so that the logarithm exists.
        """
        shares = self.shares
        return None if shares is None else sum(row["psi"] for row in shares)

    @property
    def shift(self) -> str | None:
        """How the index is usually read: `none` below 0.1, `some` below 0.25, else `large`."""
        psi = self.psi
        if psi is None:
            return None
        return next((name for limit, name in SHIFTS if psi < limit), "large")

    @property
    def shares(self) -> list[dict[str, Any]] | None:
        """For each class, best first, then lapsed and unrated: `before`, `after` and `psi`.

        Shares are of all who took part in the one run and in the other; who was not yet a
        customer took no part.
        """
        if not self.same_classes:
            return None
        classes = self.after.scheme.keys()
        keys: list[str | None] = [*classes, LAPSED, None]
        counts = {
            side: [sum(c["customers"] for c in self.matrix if c[side] == key) for key in keys]
            for side in _BY
        }
        rows = [
            {"class": key, "from": start, "to": end}
            for key, start, end in zip(keys, counts["from"], counts["to"], strict=True)
            if key in classes or start or end
        ]
        wholes = {side: sum(row[side] for row in rows) for side in _BY}
        if not all(wholes.values()):
            return None
        return [_share(row, wholes) for row in rows]

    @property
    def stable(self) -> float | None:
        """Share of the customers rated in both runs who kept their class; None without any."""
        both = [cell for cell in self.matrix if _rated(cell["from"]) and _rated(cell["to"])]
        customers = sum(cell["customers"] for cell in both)
        kept = sum(cell["customers"] for cell in both if cell["from"] == cell["to"])
        return kept / customers if customers else None

    @property
    def money_moved(self) -> dict[str, dict[str, Any]]:
        """`customers`, `value_from` and `value_to` of each direction.

        `up` and `down` (to a better or a worse class; both empty unless `ranked`), `other`
        (between classes that cannot be ranked), `stayed`, `lapsed` (lapsed now), `returned`
        (lapsed before, rated now), `rated` (unrated before), `unrated` (unrated now), `new` and
        `gone` (not in the first or the second run).
        """
        ways = "up down other stayed lapsed returned rated unrated new gone"
        sums = {name: {"customers": 0, "value_from": 0, "value_to": 0} for name in ways.split()}
        for cell in self.matrix:
            into = sums[self._direction(cell["from"], cell["to"])]
            for figure in into:
                into[figure] += cell[figure] or 0
        return sums

    def text(self, lang: str = "en") -> str:
        """The comparison in a few sentences, in `lang` (`en` or `zh`)."""
        moved = self.money_moved
        facts = {
            "before": self.before.as_of,
            "after": self.after.as_of,
            "stable": "–" if self.stable is None else formats.percent(self.stable),
        }
        for name, sums in moved.items():
            facts[f"{name}_customers"] = formats.number(sums["customers"])
            facts[f"{name}_money"] = f"{sums['value_to'] - sums['value_from']:+,.2f}"
        said = ["compared-stable"]
        if self.psi is not None:
            facts["psi"] = f"{self.psi:.3f}"
            said.append(f"compared-shift-{self.shift}")
        if self.ranked:
            said.append("compared-moves")
        else:
            said.append("compared-unranked" if self.same_classes else "compared-other-classes")
        said += [f"compared-{n}" for n in _went(moved, *_TOLD)]
        gap = "" if lang.startswith("zh") else " "
        return gap.join(sentence(code, facts, lang) for code in said)

    def to_dict(self, people: int = 100) -> dict[str, Any]:
        """As plain JSON, words in both languages, with the first `people` who moved."""
        sides = {"before": self.before, "after": self.after}
        return {
            **{name: _side_of(run) for name, run in sides.items()},
            "same_classes": self.same_classes,
            "ranked": self.ranked,
            "stable": self.stable,
            "psi": self.psi,
            "shift": self.shift,
            "shares": self.shares,
            "matrix": plain(self.matrix),
            "money_moved": plain(self.money_moved),
            "moved": len(self.moved),
            "people": plain(self.moved.lazy().head(people).collect().to_dicts()),
            "text": {lang: self.text(lang) for lang in LANGUAGES},
        }

    def __repr__(self) -> str:
        head = f"Comparison {self.before.id} → {self.after.id}"
        rows = [
            f"{_shown(cell['from']):>14} → {_shown(cell['to']):<14}{cell['customers']:>10,}"
            f"{cell['value_from']:>18,.2f}{cell['value_to']:>18,.2f}"
            for cell in self.matrix
        ]
        return shortened([head, *rows])

    def plot(self) -> Any:
        """An Altair chart: how many customers went from which class to which.

        Raises:
            KefenError: `plot-needs-extra` without `pip install 'kefen[plot]'`.
        """
        rows = self.to_polars().select("from", "to", "customers").to_dicts()
        title = f"{self.before.scheme.title.en}: {self.before.as_of} → {self.after.as_of}"
        return plots.heatmap(rows, "from", "to", "customers", title)

    def _display(self) -> Display:
        names = {"from": "from", "to": "to", "customers": "customers"}
        names |= {"value_from": "value before", "value_to": "value after"}
        rows = [
            {
                shown: _shown(cell[name]) if name in _BY else cell[name]
                for name, shown in names.items()
            }
            for cell in self.matrix
        ]
        head = f"Comparison {self.before.id} → {self.after.id}"
        return Display(head, [pl.DataFrame(rows)], [self.text()])

    def _direction(self, start: str | None, end: str | None) -> str:
        if start == end:
            return "stayed"
        if start == ABSENT or end == ABSENT:
            return "new" if start == ABSENT else "gone"
        if end == LAPSED:
            return "lapsed"
        if start == LAPSED:
            return "unrated" if end is None else "returned"
        if start is None or end is None:
            return "rated" if start is None else "unrated"
        if not self.ranked:
            return "other"
        keys = self.after.scheme.keys()
        return "up" if keys.index(end) < keys.index(start) else "down"


def _share(row: dict[str, Any], wholes: dict[str, int]) -> dict[str, Any]:
    """A class's share before and after, and its part of the index."""
    before, after = (row[side] / wholes[side] for side in _BY)
    start, end = (max(row[side], 0.5) / wholes[side] for side in _BY)
    index = (end - start) * log(end / start) if row["from"] or row["to"] else 0.0
    return {"class": row["class"], "before": before, "after": after, "psi": index}


def _side_of(run: Run) -> dict[str, Any]:
    scheme = run.scheme
    return {
        "run": run.id,
        "scheme": scheme.name,
        "title": {"zh": scheme.title.zh, "en": scheme.title.en},
        "as_of": run.as_of.isoformat(),
        "classes": [
            {"key": part.key, "title": {"zh": part.title.zh, "en": part.title.en}}
            for part in scheme.classes
        ],
    }


def _went(moved: dict[str, dict[str, Any]], *names: str) -> list[str]:
    """Those of the directions that anyone went."""
    return [name for name in names if moved[name]["customers"]]


def compare(before: Run, after: Run) -> Comparison:
    """Who moved from which class to which between two runs, and the money with them.

    Runs of different schemes can be compared; without the same classes in the same order there
    is no up and no down, and the comparison says so (`same_classes`).

    Raises:
        RunError: `run-failed` when one of them has no classes.
    """
    pairs = sides(before, after)
    cells = pairs.group_by(_BY).agg(
        customers=pl.len(), **{f"value_{n}": pl.col(f"value_{n}").sum() for n in _BY}
    )
    moved = pairs.filter(pl.col("from").ne_missing(pl.col("to"))).sort(
        _change(), "customer_id", descending=[True, False]
    )
    matrix, rows = pl.collect_all([cells, moved])
    return Comparison(
        before,
        after,
        before.scheme.keys() == after.scheme.keys(),
        sorted(
            matrix.to_dicts(), key=lambda c: (_place(before, c["from"]), _place(after, c["to"]))
        ),
        Frame(rows),
    )


def sides(before: Run, after: Run) -> pl.LazyFrame:
    """Every customer of two runs: `customer_id`, `from`, `to`, `value_from`, `value_to`.

    Classes are called as in `Comparison.matrix`.
    """
    both = _side(before, "from").join(
        _side(after, "to"), on="customer_id", how="full", coalesce=True
    )
    return both.select(
        "customer_id",
        *(
            pl.when(pl.col(f"in_{name}").is_null())
            .then(pl.lit(ABSENT))
            .otherwise(pl.col(name))
            .alias(name)
            for name in _BY
        ),
        *(pl.col(f"value_{n}").fill_null(0) for n in _BY),
    )


def _side(run: Run, name: str) -> pl.LazyFrame:
    there = run.classes.lazy().join(not_yet(run).lazy(), on="customer_id", how="anti")
    return there.select(
        "customer_id",
        run.key.alias(name),
        pl.col(run.value_column).alias(f"value_{name}"),
        pl.lit(value=True).alias(f"in_{name}"),
    )


def _change() -> pl.Expr:
    return (pl.col("value_to") - pl.col("value_from")).abs()


def _place(run: Run, key: str | None) -> int:
    keys = run.scheme.keys()
    if key in keys:
        return keys.index(key)
    return len(keys) + (LAPSED, None, ABSENT).index(key)


def _rated(key: str | None) -> bool:
    return key is not None and key not in (ABSENT, LAPSED)


def _shown(key: str | None) -> str:
    shown = {None: "(unrated)", LAPSED: "(lapsed)", ABSENT: "(absent)"}
    return shown.get(key, key or "")
