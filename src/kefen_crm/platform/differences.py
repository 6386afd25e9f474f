"""Whether groups in an order, such as classes from the best down, differ as they are said to.

Shares are compared by the trend test of Cochran (1954) and Armitage (1955), figures of single ones
by Spearman's rank correlation with the place of their group; both two-sided at 5 %.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, Literal

from django.utils.translation import gettext as _

from kefen_crm.platform.parts import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL: Final = 0.05
FEWEST, OF_EACH = 30, 5
"""Cases altogether, and of either outcome, below which nothing is said."""
Better = Literal["more", "less"]
"""What is said of the first group against the later ones: that it has more of it, or less."""


def of_shares(counts: Sequence[tuple[int, int]], better: Better) -> Finding:
    """What groups in their order, each with its (hits, cases), say of a share."""
    groups = [(place, hits, cases) for place, (hits, cases) in enumerate(counts) if cases]
    cases = sum(one for _place, _hits, one in groups)
    hits = sum(one for _place, one, _cases in groups)
    if len(groups) < 2 or cases < FEWEST or min(hits, cases - hits) < OF_EACH:
        return _few(cases)
    share = hits / cases
    at = sum(place * of for place, _hits, of in groups)
    trend = sum(place * (got - of * share) for place, got, of in groups)
    spread = sum(place**2 * of for place, _hits, of in groups) - at**2 / cases
    return _said(trend / sqrt(share * (1 - share) * spread), better)


def of_figures(groups: Sequence[Sequence[float]], better: Better) -> Finding:
    """What groups in their order, each with the figures of its single ones, say of the figure."""
    pairs = [(float(place), float(one)) for place, of in enumerate(groups) for one in of]
    if len(pairs) < FEWEST or len({place for place, _one in pairs}) < 2:
        return _few(len(pairs))
    rank = _correlation(*(_ranks(column) for column in zip(*pairs, strict=True)))
    return _said(rank * sqrt(len(pairs) - 1), better)


def no_worse(first: tuple[int, int], last: tuple[int, int]) -> Finding:
    """Whether the first group has no larger share than the last one, each with (hits, cases)."""
    (hits, cases), (others, of) = first, last
    if not cases or not of or cases + of < FEWEST:
        return _few(cases + of)
    share, other = hits / cases, others / of
    if share <= other:
        return Finding("good", _("The best class is no worse served than the last one."))
    both = (hits + others) / (cases + of)
    z = (share - other) / sqrt(both * (1 - both) * (1 / cases + 1 / of))
    if _chance(z) < LEVEL:
        return Finding("bad", _("The best class is worse served than the last one."))
    return Finding("even", _("The best class is not shown to be worse served than the last one."))


def _few(cases: int) -> Finding:
    return Finding("few", _("Too few cases to tell: %(count)s.") % {"count": cases})


def _said(z: float, better: Better) -> Finding:
    chance = _chance(z)
    told = {"chance": f"{max(chance, 0.001):.3f}"}
    if chance >= LEVEL:
        return Finding("even", _("No difference between classes is shown (p = %(chance)s).") % told)
    if (z > 0) == (better == "less"):  # later groups have more of it
        text = _("Classes differ as the standard says they should (p = %(chance)s).")
        return Finding("good", text % told)
    text = _("Classes differ the other way than the standard says (p = %(chance)s).")
    return Finding("bad", text % told)


def _chance(z: float) -> float:
    return 2 * (1 - NormalDist().cdf(abs(z)))


def _ranks(values: Sequence[float]) -> list[float]:
    """The places of values in their order; equals share the mean of theirs."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    found = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for at in order[start:end]:
            found[at] = (start + end - 1) / 2
        start = end
    return found


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    mean, middle = sum(one) / len(one), sum(other) / len(other)
    top = sum((a - mean) * (b - middle) for a, b in zip(one, other, strict=True))
    bottom = sqrt(sum((a - mean) ** 2 for a in one) * sum((b - middle) ** 2 for b in other))
    return top / bottom if bottom else 0.0
