"""Whether uplift classes are made up where treating changes nothing: 200 such experiments.

python -m benchmarks.uplift [--times 200] [--customers 2000]
"""

from __future__ import annotations

import argparse
from time import perf_counter

from tests.engine.trials import hillstrom

from kefen.evaluate.response_classes import classes_of


def main() -> None:
    """Count the verdicts, and how long 64,000 customers with an effect take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--customers", type=int, default=2_000)
    asked = parser.parse_args()
    verdicts = []
    for seed in range(asked.times):
        made = hillstrom(asked.customers, 1_000 + seed, effect=False)
        made.pop("segment")
        found = classes_of(**made, rounds=20, resamples=200, seed=seed)
        verdicts.append(found.verdict)
    counts = {one: verdicts.count(one) for one in sorted(set(verdicts))}
    quiet = 1 - verdicts.count("proven") / len(verdicts)
    print(f"{len(verdicts)} experiments without effect: {counts}; no classes in {quiet:.1%}")
    made = hillstrom(64_000, 1)
    segment = made.pop("segment")
    start = perf_counter()
    found = classes_of(**made)
    seconds = perf_counter() - start
    apart = {
        one.key: one.customers - int((segment == one.key).sum()) for one in found.classes
    }  # fmt: skip
    print(f"64,000 customers: {found.verdict} in {seconds:.1f} s; sizes off by {apart}")


if __name__ == "__main__":
    main()
