"""Migration between two runs: who moved from which class to which, and the money with them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.run import Frame
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.run import Run

ABSENT: Final = "-"
"""Where a customer is who did not take part in one of the runs; no class can be called so."""

_BY: Final = ("from", "to")


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side, customer by customer.

    Attributes:
        before: the first run.
        after: the second run.
        same_classes: whether both runs have the same classes in the same order; only then is
            there an up and a down.
        matrix: for each pair of classes that occurs: `from`, `to`, `customers`, `value_from`,
            `value_to`. A class is its key, None for unrated, `ABSENT` for not in that run.
        moved: every customer not in the same class as before: `customer_id`, `from`, `to`,
            `value_from`, `value_to`; those who moved most money first.
    """

    before: Run
    after: Run
    same_classes: bool
    matrix: list[dict[str, Any]]
    moved: Frame

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

        `up` and `down` (to a better or a worse class; both empty unless `same_classes`), `other`
        (between classes that cannot be ranked), `stayed`, `rated` (unrated before), `unrated`
        (unrated now), `new` and `gone` (not in the first or the second run).
        """
        names = ("up", "down", "other", "stayed", "rated", "unrated", "new", "gone")
        sums = {name: {"customers": 0, "value_from": 0, "value_to": 0} for name in names}
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
            "stable": "–" if self.stable is None else f"{self.stable:.1%}",
        }
        for name, sums in moved.items():
            facts[f"{name}_customers"] = f"{sums['customers']:,}"
            facts[f"{name}_money"] = f"{sums['value_to'] - sums['value_from']:+,.2f}"
        said = ["compared-stable"]
        said.append("compared-moves" if self.same_classes else "compared-other-classes")
        said += [f"compared-{n}" for n in _went(moved, "rated", "unrated", "new", "gone")]
        gap = "" if lang.startswith("zh") else " "
        return gap.join(sentence(code, facts, lang) for code in said)

    def __repr__(self) -> str:
        head = f"Comparison {self.before.id} → {self.after.id}"
        rows = [
            f"{_shown(cell['from']):>14} → {_shown(cell['to']):<14}{cell['customers']:>10,}"
            f"{cell['value_from']:>18,.2f}{cell['value_to']:>18,.2f}"
            for cell in self.matrix
        ]
        return "\n".join([head, *rows])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(_shown(cell['from']))}</td><td>{escape(_shown(cell['to']))}</td>"
            f"<td>{cell['customers']:,}</td><td>{cell['value_from']:,.2f}</td>"
            f"<td>{cell['value_to']:,.2f}</td></tr>"
            for cell in self.matrix
        )
        names = "".join(
            f"<th>{name}</th>" for name in ("from", "to", "customers", "value before", "after")
        )
        return f"<table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>"

    def _direction(self, start: str | None, end: str | None) -> str:
        if start == end:
            return "stayed"
        if start == ABSENT or end == ABSENT:
            return "new" if start == ABSENT else "gone"
        if start is None or end is None:
            return "rated" if start is None else "unrated"
        if not self.same_classes:
            return "other"
        keys = self.after.scheme.keys()
        return "up" if keys.index(end) < keys.index(start) else "down"


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
    both = _side(before, "from").join(
        _side(after, "to"), on="customer_id", how="full", coalesce=True
    )
    pairs = both.with_columns(
        pl.when(pl.col(f"in_{name}").is_null())
        .then(pl.lit(ABSENT))
        .otherwise(pl.col(name))
        .alias(name)
        for name in _BY
    ).select("customer_id", *_BY, *(pl.col(f"value_{n}").fill_null(0) for n in _BY))
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


def _side(run: Run, name: str) -> pl.LazyFrame:
    return run.classes.lazy().select(
        "customer_id",
        pl.col("class").alias(name),
        pl.col(run.value_column).alias(f"value_{name}"),
        pl.lit(value=True).alias(f"in_{name}"),
    )


def _change() -> pl.Expr:
    return (pl.col("value_to") - pl.col("value_from")).abs()


def _place(run: Run, key: str | None) -> int:
    keys = run.scheme.keys()
    if key in keys:
        return keys.index(key)
    return len(keys) + (key == ABSENT)


def _rated(key: str | None) -> bool:
    return key is not None and key != ABSENT


def _shown(key: str | None) -> str:
    return {None: "(unrated)", ABSENT: "(absent)"}.get(key, key or "")
