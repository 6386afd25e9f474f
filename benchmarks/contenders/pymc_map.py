"""`pymc-marketing`'s MAP fits, run in a Python that has it: `pymc_map.py table.csv repeat`.

Prints a line of JSON: for each model the processor seconds and seconds on the clock of each fit.
The first fit, which compiles the model, is not told; later ones find it in the cache.
"""

import json
import logging
import sys
import time
import warnings
from typing import Any

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


def main() -> None:
    import pandas as pd
    from pymc_marketing import clv  # lives in that other Python alone

    names = {"x": "frequency", "t_x": "recency", "spend": "monetary_value"}
    table = pd.read_csv(sys.argv[1]).rename(columns=names)
    table["customer_id"] = range(len(table))
    spent = table[table.frequency > 0]
    history, money = ["frequency", "recency", "T"], ["frequency", "monetary_value"]
    models = {
        "BGNBD": ("BetaGeoModel", table[["customer_id", *history]]),
        "ParetoNBD": ("ParetoNBDModel", table[["customer_id", *history]]),
        "GammaGamma": ("GammaGammaModel", spent[["customer_id", *money]]),
    }
    found = {}
    for ours, (theirs, data) in models.items():
        rounds = [timed(getattr(clv, theirs), data) for _ in range(int(sys.argv[2]) + 1)]
        found[ours] = rounds[1:]
    print(json.dumps(found))


def timed(model: Any, data: Any) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    model(data=data).fit(method="map", progressbar=False)
    return time.process_time() - processor, time.perf_counter() - clock


if __name__ == "__main__":
    main()
