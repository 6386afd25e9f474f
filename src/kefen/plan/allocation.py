"""Hours and money given to what brings most for them: the optimum of a linear program, by arrays.

    maximise    Σ value · x
    subject to  Σ hours · x ≤ hours,  Σ money · x ≤ money,  floor ≤ x ≤ 1

With one resource the best steps by value for each unit are taken until it is used up. With both a
step is worth taking while its value exceeds what it takes at the prices of an hour and of a yuan;
the prices at which both are used up are found by bisection, on the steps that are in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SAMPLE: Final = 20_000
"""So many steps tell about where the prices are; the others then need no sorting."""
ROUNDS: Final = 200
MARGIN: Final = 0.05


@dataclass(frozen=True)
class Allocation:
    """How much of each step is taken, and what one more of each resource would bring.

    Attributes:
        taken: of each step, from 0 to 1.
        value, hours, money: of all that is taken.
        hour_price, money_price: the value that one more hour, and one more unit of money, brings;
            0 where some is left.
    """

    taken: Floats
    value: float
    hours: float
    money: float
    hour_price: float
    money_price: float


def allocate(
    value: Floats,
    hours: Floats,
    money: Floats,
    *,
    most_hours: float = np.inf,
    most_money: float = np.inf,
    floor: Floats | None = None,
) -> Allocation:
    """Take the steps that bring most within what there is.

    The floors are taken whatever they bring: whoever calls sees that they fit.

    Args:
        value, hours, money: of each step, in full; none is negative.
        most_hours, most_money: what there is.
        floor: how much of each step is taken at least; by default nothing.
    """
    low = np.zeros(len(value)) if floor is None else floor
    room = 1.0 - low
    v, h, m = value * room, hours * room, money * room
    left_hours = max(most_hours - float(hours @ low), 0.0)
    left_money = max(most_money - float(money @ low), 0.0)
    share, prices = _fill(v, h, m, left_hours, left_money)
    taken = low + room * share
    return Allocation(
        taken,
        float(value @ taken),
        float(hours @ taken),
        float(money @ taken),
        *prices,
    )


def _fill(
    v: Floats, h: Floats, m: Floats, hours: float, money: float
) -> tuple[Floats, tuple[float, float]]:
    """The share of each step that is taken, and the prices of an hour and of money."""
    worth = v > 0
    if float(h[worth].sum()) <= hours and float(m[worth].sum()) <= money:
        return worth.astype(float), (0.0, 0.0)
    by_hours, hour_price = _by_one(v, h, hours)
    if float(m @ by_hours) <= money * (1 + 1e-12):
        return by_hours, (hour_price, 0.0)
    by_money, money_price = _by_one(v, m, money)
    if float(h @ by_money) <= hours * (1 + 1e-12):
        return by_money, (0.0, money_price)
    return _by_both(v, h, m, hours, money, money_price)


def _by_one(v: Floats, used: Floats, most: float) -> tuple[Floats, float]:
    """The best steps by value for each unit of one resource; its price.

    Of many steps only those are sorted whose ratio is near the price, as a sample tells it; where
    the price turns out to be elsewhere, all are.
    """
    size = len(v)
    if size > SAMPLE:
        rows = _sample(size)
        _share, about = _sorted(v[rows], used[rows], most * (SAMPLE / size))
        if about > 0:
            low, high = about * (1 - MARGIN), about * (1 + MARGIN)
            sure = v > used * high
            doubt = (v > used * low) & ~sure
            left = most - float(used[sure].sum())
            if left >= 0:
                found, price = _sorted(v[doubt], used[doubt], left)
                if low < price < high:
                    share = sure.astype(float)
                    share[doubt] = found
                    return share, price
    return _sorted(v, used, most)


def _sample(size: int) -> NDArray[np.int64]:
    """Some places among many, spread so that no pattern of the steps hides from them."""
    rng = np.random.default_rng(size)
    return rng.integers(0, size, SAMPLE, dtype=np.int64)


def _sorted(v: Floats, used: Floats, most: float) -> tuple[Floats, float]:
    """As `_by_one`, with every step sorted."""
    share = np.zeros(len(v))
    share[(v > 0) & (used == 0)] = 1.0
    rows = np.flatnonzero((v > 0) & (used > 0))
    ratio = v[rows] / used[rows]
    order = rows[np.argsort(-ratio, kind="stable")]
    reached = np.cumsum(used[order])
    full = int(np.searchsorted(reached, most, side="right"))
    share[order[:full]] = 1.0
    if full == len(order):
        return share, 0.0
    last = order[full]
    before = float(reached[full - 1]) if full else 0.0
    share[last] = min(max((most - before) / used[last], 0.0), 1.0)
    return share, float(v[last] / used[last])


def _by_both(
    v: Floats, h: Floats, m: Floats, hours: float, money: float, most_price: float
) -> tuple[Floats, tuple[float, float]]:
    """Both resources are scarce: find the prices on the steps that are in doubt.

    A sample tells about where the prices are. Steps that are taken, or left, at every price near
    them are settled; whether the prices found on the others are near them shows whether that was
    right. If it was not, the neighbourhood is widened.
    """
    size = len(v)
    if size <= SAMPLE:
        return _bisected(v, h, m, hours, money, most_price)
    rows = _sample(size)
    scale = SAMPLE / size
    _share, (hour, yuan) = _bisected(
        v[rows], h[rows], m[rows], hours * scale, money * scale, most_price
    )
    margin = MARGIN
    while margin < 1:
        low, high = 1 - margin, 1 + margin
        sure = v > h * hour * high + m * yuan * high
        doubt = ~sure & (v > h * hour * low + m * yuan * low)
        share = sure.astype(float)
        left_hours = hours - float(h[sure].sum())
        left_money = money - float(m[sure].sum())
        if left_hours >= 0 and left_money >= 0 and doubt.any():
            found, prices = _bisected(
                v[doubt], h[doubt], m[doubt], left_hours, left_money, most_price
            )
            near = low * hour <= prices[0] <= high * hour and low * yuan <= prices[1] <= high * yuan
            if near:
                share[doubt] = found
                return share, prices
        margin *= 2
    return _bisected(v, h, m, hours, money, most_price)


def _bisected(
    v: Floats, h: Floats, m: Floats, hours: float, money: float, most_price: float
) -> tuple[Floats, tuple[float, float]]:
    """The price of money at which what is taken by hours takes the money there is.

    At that price two ways to take the hours are equally good, one with too much money and one
    with too little; the optimum is between them.
    """
    low, high = 0.0, max(most_price, 1e-300) * 2
    dear: Floats | None = None
    over, hour_price = _by_one(v, h, hours)
    cheap_price = hour_price
    spent_over = float(m @ over)
    if spent_over <= money:
        return over, (hour_price, 0.0)
    for _round in range(ROUNDS):
        price = (low + high) / 2
        share, hour_price = _by_one(v - price * m, h, hours)
        spent = float(m @ share)
        if spent > money:
            low, over, spent_over, cheap_price = price, share, spent, hour_price
        else:
            high, dear = price, share
        if high - low <= 1e-13 * high:
            break
    if dear is None:
        dear, cheap_price = _by_one(v - high * m, h, hours)
    spent_dear = float(m @ dear)
    part = (money - spent_dear) / (spent_over - spent_dear) if spent_over > spent_dear else 0.0
    return dear + part * (over - dear), (cheap_price, high)
