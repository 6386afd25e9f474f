"""Small tables of customers, and their classes, for the tests of schemes."""

from decimal import Decimal

import ibis
import pyarrow as pa

from kefen import schemes

MONEY = pa.decimal128(18, 2)
KINDS = {
    "sales": MONEY,
    "profit": MONEY,
    "recency": pa.int64(),
    "frequency": pa.int64(),
    "orders": pa.int64(),
    "tenure": pa.int64(),
    "average_order_value": pa.float64(),
    "growth": pa.float64(),
    "margin": pa.float64(),
}


def words(text):
    return {"zh": text, "en": text}


def classes(*cuts, field):
    """Classes A, B, C… with these cuts; the last has none."""
    keys = "ABCDEFGH"[: len(cuts) + 1]
    listed = [{"key": key, "title": words(key)} for key in keys]
    for entry, cut in zip(listed, cuts, strict=False):
        entry[field] = cut
    return listed


def scheme(method, **fields):
    return schemes.load({"name": "tried", "title": words("Tried"), "method": method} | fields)


def customers(**columns):
    """A table of customers, numbered from 1; orders are 1 unless given."""
    size = len(next(iter(columns.values())))
    columns = {"orders": [1] * size} | columns
    arrays = {}
    for name, values in columns.items():
        if KINDS[name] == MONEY:
            values = [None if v is None else Decimal(str(v)) for v in values]
        arrays[name] = pa.array(values, KINDS[name])
    ids = pa.array([str(n) for n in range(1, size + 1)], pa.string())
    return ibis.memtable(pa.table({"customer_id": ids, **arrays}))


def rows(engine, table):
    found = engine.backend.to_pyarrow(table).to_pylist()
    return sorted(found, key=lambda row: int(row["customer_id"]))


def graded(engine, wanted, table):
    """The rows with their classes, in order of customer."""
    standard = schemes.fit(wanted, table, engine)
    again = schemes.read_standard(standard.model_dump_json())
    assert again == standard
    return rows(engine, schemes.assign(wanted, again, table))


def letters(engine, wanted, table):
    """The class keys, in order of customer."""
    return [row["class"] for row in graded(engine, wanted, table)]
