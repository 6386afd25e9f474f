"""Whether something happens as often as before: an exact test of two rates.

Given how many events there were together, those of the second time are binomial, with the second
time's share of the exposure, where both rates are equal (Przyborowski & Wilenski 1940). Outcomes no
likelier than the one seen are as far off.
"""

from __future__ import annotations

from math import exp, lgamma, log
from typing import Final, Literal

LEVEL: Final = 0.05
_TIED: Final = 1 + 1e-7
"""Outcomes as likely as the one seen, but for rounding, count as such."""
Verdict = Literal["fewer", "no-change", "more", "too-few"]


def chance_of_equal(before: int, after: int, share: float) -> float:
    """How likely counts at least as uneven are where the rates are equal.

    Args:
        before, after: what happened in either time.
        share: of the exposure of both times, that of the time after; between 0 and 1.

    >>> round(chance_of_equal(10, 0, 0.5), 6)
    0.001953
    """
    together = before + after
    seen = _likelihood(after, together, share) * _TIED
    each = (_likelihood(one, together, share) for one in range(together + 1))
    return min(1.0, sum(one for one in each if one <= seen))


def verdict(before: int, after: int, share: float) -> Verdict:
    """What two counts say at 5 %; too few where not even none after would tell."""
    if not 0 < share < 1 or chance_of_equal(before + after, 0, share) >= LEVEL:
        return "too-few"
    if chance_of_equal(before, after, share) >= LEVEL:
        return "no-change"
    return "fewer" if after < (before + after) * share else "more"


def _likelihood(hits: int, cases: int, share: float) -> float:
    ways = lgamma(cases + 1) - lgamma(hits + 1) - lgamma(cases - hits + 1)
    return exp(ways + hits * log(share) + (cases - hits) * log(1 - share))
