"""Agreement of two classifications of the same customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from kefen.evaluate.findings import LANGUAGES, plain, shown
from kefen.shown import Display, Shown
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from kefen.run import Run

Weights = Literal["none", "linear", "quadratic"]

READING = (
    (0.0, "none"),
    (0.2, "slight"),
    (0.4, "fair"),
    (0.6, "moderate"),
    (0.8, "substantial"),
)
"""Kappa up to so much is called so, above the last `almost-perfect`: Landis & Koch (1977)."""


@dataclass(frozen=True, repr=False)
class Agreement(Shown):
    """How far two runs agree on the customers both have rated.

    Attributes:
        customers: those rated in both.
        matrix: customers by class of the first (rows, best first) and of the second (columns).
        adjusted_rand: 1 where both put the same customers together, 0 as by chance, whatever
            the classes are called; None when fewer than two customers are rated in both.
        same: share of the customers in the same class, counted from the best; None unless
            both have as many classes.
        kappa, kappa_linear, kappa_quadratic: agreement beyond chance of the n-th class with the
            n-th: any difference alike, by how many classes apart, by their square. None unless
            both have as many classes; the weighted ones also where no class is better than another.
        interval: the 95 % interval of the weighted kappa, else of the plain one.
        top_shared: of those in either top class, the part that is in both (Jaccard); None where
            no class is better than another.
    """

    before: Run
    after: Run
    customers: int
    matrix: tuple[tuple[int, ...], ...]
    adjusted_rand: float | None
    same: float | None
    kappa: float | None
    kappa_linear: float | None
    kappa_quadratic: float | None
    top_shared: float | None
    interval: tuple[float, float] | None = None

    @property
    def weighted_kappa(self) -> float | None:
        """The quadratic one, the usual choice for ordered classes."""
        return self.kappa_quadratic

    @property
    def reading(self) -> str | None:
        """What the weighted kappa (else the plain one) is called: `slight` … `almost-perfect`."""
        found = self.kappa if self.kappa_quadratic is None else self.kappa_quadratic
        if found is None:
            return None
        for limit, name in READING:
            if found <= limit:
                return name
        return "almost-perfect"

    def text(self, lang: str = "en") -> str:
        """The agreement in a few sentences."""
        facts = {
            "before": self.before.scheme.title.of(lang),
            "after": self.after.scheme.title.of(lang),
            "customers": shown(self.customers, "count"),
            "rand": shown(self.adjusted_rand, "number"),
            "kappa": shown(self.kappa_quadratic, "number"),
            "plain": shown(self.kappa, "number"),
            "linear": shown(self.kappa_linear, "number"),
            "same": shown(self.same, "percent"),
            "top": shown(self.top_shared, "percent"),
            "reading": sentence(f"kappa-{self.reading}", {}, lang) if self.reading else "–",
        }
        if not self.customers:
            return sentence("agreement-nobody", facts, lang)
        said = ["agreement-rand"]
        if self.kappa_quadratic is not None:
            said.append("agreement-kappa")
        else:
            same = self.kappa is not None
            said.append("agreement-kappa-plain" if same else "agreement-other-classes")
        if self.top_shared is not None:
            said.append("agreement-top")
        if self.interval is not None:
            said.append("agreement-interval")
            low, high = self.interval
            facts |= {"low": shown(low, "number"), "high": shown(high, "number")}
        gap = "" if lang.startswith("zh") else " "
        return gap.join(sentence(code, facts, lang) for code in said)

    def _display(self) -> Display:
        across = self.after.scheme.keys()
        rows = [
            {"class": key, **dict(zip(across, counts, strict=True))}
            for key, counts in zip(self.before.scheme.keys(), self.matrix, strict=True)
        ]
        head = f"Agreement of {self.before.id} and {self.after.id}"
        return Display(head, [pl.DataFrame(rows)], [self.text()])

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, words in both languages."""
        return {
            "before": _side(self.before),
            "after": _side(self.after),
            "customers": self.customers,
            "matrix": [list(row) for row in self.matrix],
            "adjusted_rand": plain(self.adjusted_rand),
            "same": plain(self.same),
            "kappa": plain(self.kappa),
            "kappa_linear": plain(self.kappa_linear),
            "kappa_quadratic": plain(self.kappa_quadratic),
            "weighted_kappa": plain(self.weighted_kappa),
            "interval": plain(self.interval),
            "reading": self.reading,
            "top_shared": plain(self.top_shared),
            "text": {lang: self.text(lang) for lang in LANGUAGES},
        }


def agreement(before: Run, after: Run) -> Agreement:
    """How far two runs agree, of one scheme or of two.

    Raises:
        RunError: `run-failed` when one of them has no classes.
    """
    rows, columns = before.scheme.keys(), after.scheme.keys()
    pairs = _classes(before, "from").join(_classes(after, "to"), on="customer_id")
    found = pairs.group_by("from", "to").agg(n=pl.len()).collect()
    matrix = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for start, end, count in found.rows():
        matrix[rows.index(start), columns.index(end)] = count
    square = len(rows) == len(columns)
    customers = int(matrix.sum())
    ordered = before.scheme.ranked and after.scheme.ranked
    either = matrix[0].sum() + matrix[:, 0].sum() - matrix[0, 0]
    return Agreement(
        before,
        after,
        customers,
        tuple(tuple(int(n) for n in row) for row in matrix),
        adjusted_rand(matrix),
        float(np.trace(matrix) / customers) if square and customers else None,
        kappa(matrix, "none") if square else None,
        kappa(matrix, "linear") if square and ordered else None,
        kappa(matrix, "quadratic") if square and ordered else None,
        float(matrix[0, 0] / either) if either and ordered else None,
        kappa_interval(matrix, "quadratic" if ordered else "none") if square else None,
    )


def adjusted_rand(matrix: npt.NDArray[np.int64] | Sequence[Sequence[int]]) -> float | None:
    """The adjusted Rand index of a contingency table of counts.

    Hubert & Arabie, Comparing Partitions, Journal of Classification (1985), equation 5. The
    worked example of Yeung & Ruzzo, Details of the Adjusted Rand Index (2001):

    >>> round(adjusted_rand([[1, 1, 0], [1, 2, 1], [0, 0, 4]]), 3)
    0.313
    """
    table = np.asarray(matrix, dtype=np.int64)
    size = int(table.sum())
    if size < 2:
        return None
    # Whole numbers of any size: pairs of millions of customers do not fit into 64 bits squared.
    both = sum(_pairs(int(n)) for n in table.ravel())
    first = sum(_pairs(int(n)) for n in table.sum(axis=1))
    second = sum(_pairs(int(n)) for n in table.sum(axis=0))
    expected = first * second / _pairs(size)
    most = (first + second) / 2
    if most == expected:
        return 1.0
    return float((both - expected) / (most - expected))


def kappa(
    matrix: npt.NDArray[np.int64] | Sequence[Sequence[float]],
    weights: Weights | Sequence[Sequence[float]] = "quadratic",
) -> float | None:
    """Weighted kappa of a square table of counts; None where chance alone agrees wholly.

    Cohen, Weighted Kappa, Psychological Bulletin (1968). `weights` are of disagreement: 0 on
    the diagonal; `none` gives Cohen's kappa of 1960. The example of the paper (his weights, 200
    diagnoses in per cent):

    >>> diagnoses = [[44, 7, 9], [5, 20, 5], [1, 3, 6]]
    >>> weights = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]
    >>> round(kappa(diagnoses, "none"), 3), round(kappa(diagnoses, weights), 3)
    (0.492, 0.348)
    """
    table = np.asarray(matrix, dtype=np.float64)
    total = table.sum()
    if not total:
        return None
    places = np.arange(len(table))
    apart = np.abs(places[:, None] - places[None, :]).astype(np.float64)
    if isinstance(weights, str):
        cost = {"none": (apart > 0).astype(np.float64), "linear": apart, "quadratic": apart**2}[
            weights
        ]
    else:
        cost = np.asarray(weights, dtype=np.float64)
    observed = (cost * table / total).sum()
    expected = (cost * np.outer(table.sum(axis=1), table.sum(axis=0)) / total**2).sum()
    return float(1 - observed / expected) if expected else None


def kappa_interval(
    matrix: npt.NDArray[np.int64] | Sequence[Sequence[float]],
    weights: Literal["none", "linear", "quadratic"] = "quadratic",
) -> tuple[float, float] | None:
    """The 95 % interval of kappa in large samples; None where kappa is.

    Fleiss, Cohen & Everitt, Large sample standard errors of kappa and weighted kappa, Psychological
    Bulletin (1969), equation 8.

    >>> [round(one, 4) for one in kappa_interval([[20, 5], [10, 15]], "none")]
    [0.1511, 0.6489]
    """
    found = kappa(matrix, weights)
    if found is None:
        return None
    table = np.asarray(matrix, dtype=np.float64)
    total = table.sum()
    share = table / total
    places = np.arange(len(table))
    apart = np.abs(places[:, None] - places[None, :]).astype(np.float64)
    cost = {"none": (apart > 0).astype(np.float64), "linear": apart, "quadratic": apart**2}[weights]
    agree = 1 - cost / max(cost.max(), 1.0)
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    chance = float((agree * np.outer(rows, columns)).sum())
    mean = (agree @ columns)[:, None] + (rows @ agree)[None, :]
    spread = (share * (agree - mean * (1 - found)) ** 2).sum()
    spread -= (found - chance * (1 - found)) ** 2
    half = 1.959964 * float(np.sqrt(max(spread, 0.0) / total)) / (1 - chance)
    return max(found - half, -1.0), min(found + half, 1.0)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _classes(run: Run, name: str) -> pl.LazyFrame:
    rated = run.classes.lazy().filter(pl.col("class").is_not_null())
    return rated.select("customer_id", pl.col("class").alias(name))


def _side(run: Run) -> dict[str, Any]:
    scheme = run.scheme
    return {
        "run": run.id,
        "scheme": scheme.name,
        "as_of": run.as_of.isoformat(),
        "title": {"zh": scheme.title.zh, "en": scheme.title.en},
        "classes": [
            {"key": part.key, "title": {"zh": part.title.zh, "en": part.title.en}}
            for part in scheme.classes
        ],
    }
