"""Laws that hold for every method on any customers."""

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from classing import KINDS, MONEY, customers, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefen import schemes
from kefen.explain import explain

ALL = [*schemes.STARTERS]
ONE_INDICATOR = ["abc", "abc-profit", "value-tiers", "pyramid", "single-sales"]
quick = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])

money = st.integers(-(10**4), 10**7) | st.sampled_from([0, 100, 5000])
real = st.floats(-5, 50, allow_nan=False).map(lambda x: round(x, 3)) | st.none()
customer = st.fixed_dictionaries(
    {
        "sales": money.map(lambda cents: Decimal(cents).scaleb(-2)),
        "profit": (money | st.none()).map(
            lambda cents: None if cents is None else Decimal(cents).scaleb(-2)
        ),
        "recency": st.integers(0, 400) | st.none(),
        "frequency": st.integers(0, 12),
        "orders": st.integers(0, 12),
        "average_order_value": real,
        "growth": real,
    }
)
people = st.lists(customer, min_size=1, max_size=25)


def table(listed):
    return customers(**{name: [one[name] for one in listed] for name in customer_names})


customer_names = ["sales", "profit", "recency", "frequency", "orders",
                  "average_order_value", "growth"]  # fmt: skip


def assigned(engine, scheme, standard, data):
    return rows(engine, schemes.assign(scheme, standard, data))


@pytest.mark.parametrize("name", ALL)
@quick
@given(people, st.randoms())
def test_laws_of_a_method(engine, name, listed, chance):
    """All of one standard, as it is the learning of it that takes time."""
    scheme, data = schemes.load(name), table(listed)
    standard = schemes.fit(scheme, data, engine)
    together = assigned(engine, scheme, standard, data)
    neither_the_order_of_rows_nor_the_currency_matters(engine, scheme, listed, together, chance)
    if name in ONE_INDICATOR:
        more_is_never_worse(scheme, listed, together)
    one_alone = assigned(engine, scheme, standard, data.filter(data.customer_id == "1"))
    assert one_alone == together[:1]
    everybody_is_explained_as_assigned(scheme, standard, data.columns, together)
    the_way_to_the_next_class_leads_there(scheme, standard, listed)


def neither_the_order_of_rows_nor_the_currency_matters(engine, scheme, listed, together, chance):
    """Another order and another currency at once: neither may change a class."""
    places = list(range(len(listed)))
    chance.shuffle(places)
    factor = {"weighted": 2, "single-sales": 1}.get(scheme.name, 7)
    changed = [
        listed[place]
        | {k: None if listed[place][k] is None else listed[place][k] * factor
           for k in ("sales", "profit", "average_order_value")}
        for place in places
    ]  # fmt: skip
    data = table(changed)
    after = assigned(engine, scheme, schemes.fit(scheme, data, engine), data)
    assert [one["class"] for one in after] == [together[place]["class"] for place in places]


def more_is_never_worse(scheme, listed, together):
    place = {key: at for at, key in enumerate(scheme.keys())}
    column = scheme.column(scheme.references()[0])
    rated = [
        (one[column], place[row["class"]])
        for one, row in zip(listed, together, strict=True)
        if row["class"] is not None
    ]
    for value, at in rated:
        assert all(other <= at for more, other in rated if more >= value)


def everybody_is_explained_as_assigned(scheme, standard, columns, together):
    for row in together:
        told = explain(scheme, standard, {name: row[name] for name in columns})
        assert (told.class_, told.score) == (row["class"], row["score"])
        assert told == explain(scheme, standard, row, of_run=True)
        assert told.text("zh")
        assert "{" not in told.text("en")


def the_way_to_the_next_class_leads_there(scheme, standard, listed):
    places = {key: at for at, key in enumerate(scheme.keys())}
    for one in listed:
        told = explain(scheme, standard, one)
        together = dict(one)
        for step in told.to_next:
            wanted = step.data.get("target", step.data.get("cut"))
            if step.code.startswith("next-alone"):
                alone = explain(scheme, standard, one | {step.data["column"]: wanted})
                assert places[alone.class_] <= places[told.next_class]
            elif "column" in step.data:
                together[step.data["column"]] = wanted
        if told.next_class and scheme.name != "weighted":
            assert explain(scheme, standard, together).class_ == told.next_class


def test_a_larger_company_is_explained_as_assigned(engine):
    """Large enough to be refined through several histograms."""
    size = 60_000
    arrays = {
        "customer_id": pa.array([str(n) for n in range(size)]),
        "sales": pa.array([Decimal((n * 7919) % size**2).scaleb(-2) for n in range(size)], MONEY),
        "profit": pa.array([Decimal(n % 977).scaleb(-1) for n in range(size)], MONEY),
        "recency": pa.array([(n * 31) % 365 for n in range(size)]),
        "frequency": pa.array([1 + 40 // (1 + n % 37) for n in range(size)]),
        "orders": pa.array([1] * size),
        "average_order_value": pa.array([(n % 1013) / 7 for n in range(size)], pa.float64()),
        "growth": pa.array([None if n % 5 else n / size for n in range(size)], KINDS["growth"]),
    }
    data = engine.materialise(ibis.memtable(pa.table(arrays)))
    for name in ALL:
        scheme = schemes.load(name)
        standard = schemes.fit(scheme, data, engine)
        found = schemes.assign(scheme, standard, data).filter(data.customer_id.right(2) == "77")
        for row in engine.backend.to_pyarrow(found).to_pylist():
            told = explain(scheme, standard, {name: row[name] for name in arrays})
            assert told == explain(scheme, standard, row, of_run=True)
            assert (told.class_, told.score) == (row["class"], row["score"])
    engine.drop(data)
