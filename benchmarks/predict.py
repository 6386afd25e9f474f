"""`python -m benchmarks.predict`: fitting the purchase models, against `lifetimes`.

Both are given one row a customer and end with parameters and standard errors; counting equal
histories is part of Kefen's time. Fits are interleaved, Kefen then lifetimes, so that a busy
machine slows both; told are the medians and the median of the ratios, of processor time (all
threads) and of time on the clock.

`--pymc PYTHON` adds the MAP fits of `pymc-marketing`, in a Python that has it installed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from kefen.demo.packaged import data_file
from kefen.predict import BGNBD, GammaGamma, ParetoNBD

if TYPE_CHECKING:
    from collections.abc import Callable

warnings.simplefilter("ignore")  # lifetimes uses what pandas and NumPy have since deprecated
GOALS = {"CDNOW": 6, "simulated": 15}


def cdnow() -> pl.DataFrame:
    """The 2,357 customers of Fader, Hardie & Lee (2005), 39 weeks."""
    path = data_file("lifetimes", "datasets/cdnow_customers_summary_with_transactions.csv")
    return pl.read_csv(path).rename({"zbar": "spend"})


def simulated(customers: int) -> pl.DataFrame:
    """Customers won over two years who follow BG/NBD and Gamma-Gamma, seen to the day."""
    rng = np.random.default_rng(2005)
    age = rng.integers(180, 730, customers) / 7
    rate, drop = rng.gamma(0.5, 1 / 8, customers), rng.beta(0.8, 2.5, customers)
    x, t_x, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    living = np.arange(customers)
    while living.size:
        now[living] += rng.exponential(1 / rate[living])
        living = living[now[living] <= age[living]]
        x[living] += 1
        t_x[living] = np.ceil(now[living] * 7) / 7
        living = living[rng.random(living.size) > drop[living]]
    often = np.maximum(x, 1)
    spend = np.round(rng.gamma(6 * often) / often / rng.gamma(4, 1 / 60, customers), 2) + 0.01
    return pl.DataFrame({"x": x, "t_x": np.minimum(t_x, age), "T": age, "spend": spend})


def ours(model: Any, table: pl.DataFrame) -> Callable[[], list[float]]:
    """A fit by Kefen, to its parameters."""
    return lambda: list(model.fit(table).params.values())


def theirs(name: str, table: pl.DataFrame) -> Callable[[], list[float]]:
    """The same fit by lifetimes; the columns are pandas before the clock starts."""
    import lifetimes  # optional, and slow to load

    pandas = table.to_pandas()
    if name == "GammaGammaFitter":
        pandas = pandas[pandas["x"] > 0]
        columns = [pandas["x"], pandas["spend"]]
    else:
        columns = [pandas["x"], pandas["t_x"], pandas["T"]]
    return lambda: list(getattr(lifetimes, name)().fit(*columns).params_)


def timed(fit: Callable[[], list[float]]) -> tuple[float, float, list[float]]:
    """Processor seconds, seconds on the clock, and the parameters."""
    clock, processor = time.perf_counter(), time.process_time()
    params = fit()
    return time.process_time() - processor, time.perf_counter() - clock, params


def compare(title: str, left: Callable[..., Any], right: Callable[..., Any], repeat: int) -> None:
    """Fit in turns, and print a line."""
    rounds = [(timed(left), timed(right)) for _ in range(repeat)]
    line = f"{title:34}"
    processor = [(one[0], two[0]) for one, two in rounds]
    clock = [(one[1], two[1]) for one, two in rounds]
    for pairs in (processor, clock):
        kefen = statistics.median(one for one, _ in pairs)
        other = statistics.median(two for _, two in pairs)
        ratio = statistics.median(two / one for one, two in pairs)
        line += f" {kefen:9.4f} {other:9.4f} {ratio:7.1f}x"
    (_, _, found), (_, _, expected) = rounds[-1]
    apart = max(abs(a / b - 1) for a, b in zip(found, expected, strict=True))
    print(f"{line}   {apart:.1e}", flush=True)


def against_pymc(python: str, table: pl.DataFrame, repeat: int) -> None:
    """MAP fits by pymc-marketing beside ours, a line each."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        table.write_csv(path)
        command = [python, str(Path(__file__).parent / "contenders" / "pymc_map.py")]
        done = subprocess.run(
            [*command, str(path), str(repeat)], check=True, capture_output=True, text=True
        )
    print(f"{'':34} {'':28} and pymc-marketing, MAP")
    for name, rounds in json.loads(done.stdout.splitlines()[-1]).items():
        model = {"BGNBD": BGNBD, "ParetoNBD": ParetoNBD, "GammaGamma": GammaGamma}[name]
        own = [timed(ours(model, table))[:2] for _ in range(repeat)]
        line = f"{f'{name}, CDNOW':34}"
        for at in (0, 1):
            kefen = statistics.median(one[at] for one in own)
            other = statistics.median(one[at] for one in rounds)
            line += f" {kefen:9.4f} {other:9.4f} {other / kefen:7.1f}x"
        print(line, flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.predict", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=7, help="rounds on CDNOW")
    parser.add_argument("--rounds", type=int, default=3, help="rounds on the simulated customers")
    parser.add_argument("--pymc", metavar="PYTHON", help="a Python that has pymc-marketing")
    asked = parser.parse_args()
    print(f"{'':34} {'processor seconds':^28} {'seconds on the clock':^28}   parameters")
    heads = " ".join(f"{head:>9}" for head in ("Kefen", "lifetimes", "ratio") * 2)
    print(f"{'':34} {heads}  at most apart")
    small = cdnow()
    pairs = [(BGNBD, "BetaGeoFitter"), (GammaGamma, "GammaGammaFitter")]
    for model, name in [*pairs, (ParetoNBD, "ParetoNBDFitter")]:
        left, right = ours(model, small), theirs(name, small)
        left(), right()
        repeat = 3 if model is ParetoNBD else asked.repeat
        compare(f"{model.__name__}, CDNOW", left, right, repeat)
    if asked.pymc:
        against_pymc(asked.pymc, small, 3)
    large = simulated(asked.customers)
    for model, name in pairs:
        title = f"{model.__name__}, {asked.customers:,} customers"
        compare(title, ours(model, large), theirs(name, large), asked.rounds)
    processor, clock, _ = timed(ours(ParetoNBD, large))
    print(
        f"{f'ParetoNBD, {asked.customers:,} customers':34} {processor:9.4f} {'':18} {clock:10.4f}"
    )


if __name__ == "__main__":
    main()
