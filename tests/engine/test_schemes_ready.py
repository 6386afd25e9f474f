"""The ready-made schemes that follow the first eight: whom each takes to be what."""

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from classing import graded

from kefen import schemes
from kefen.explain import explain
from kefen.explain.standards import takes

TYPES = {
    "money": pa.decimal128(18, 2),
    "days": pa.int64(),
    "count": pa.int64(),
    "ratio": pa.float64(),
    "quantity": pa.float64(),
}
REAL = ("collection_period", "average_days_late")


def table(scheme, people):
    """Customers with these figures and attributes; what is left out is not known."""
    types = {scheme.attribute_column(name): pa.string() for name in scheme.attributes()}
    for request in scheme.requests():
        found = scheme.definition(request.indicator)
        real = found.name in REAL
        types[request.column] = pa.float64() if real else TYPES.get(found.unit, pa.string())
    arrays = {
        name: pa.array([_fitting(one.get(name), kind) for one in people], kind)
        for name, kind in types.items()
    }
    ids = [str(number) for number in range(1, len(people) + 1)]
    return ibis.memtable(pa.table({"customer_id": ids, **arrays}))


def _fitting(value, kind):
    return Decimal(str(value)) if value is not None and pa.types.is_decimal(kind) else value


WHO = {
    "purchase-stage": [
        ({"orders_all": 5}, "regular"),
        ({"orders_all": 1, "inquiries": 3}, "buyer"),
        ({"orders_all": 0, "inquiries": 1}, "interested"),
        ({"orders_all": 0, "inquiries": 0, "销售阶段": "已报价"}, "interested"),
        ({"orders_all": 0, "inquiries": 0, "status": "Interested"}, "interested"),
        ({"orders_all": 0, "inquiries": 0}, "potential"),
    ],
    "lead-stage": [
        ({"orders": 1, "orders_all": 1}, "signed"),
        ({"orders": 0, "orders_all": 0, "inquiries_3m": 1}, "hot"),
        ({"orders": 0, "orders_all": 0, "interactions_3m": 2, "response_rate_3m": 0.5}, "hot"),
        ({"orders": 0, "orders_all": 0, "interactions_3m": 2, "response_rate_3m": 0.4},
         "potential"),
        ({"orders": 0, "orders_all": 3}, "lapsed"),
        ({"orders": 0, "orders_all": 0, "status": "停用"}, "lapsed"),
        ({"orders": 0, "orders_all": 0}, "potential"),
    ],
    "lead-grade": [
        ({"source_channel": "老客户介绍", "询价内容": "型号、数量和交期"}, "A"),
        ({"source_channel": "Trade fair", "Inquiry detail": "model and budget"}, "A"),
        ({"source_channel": "老客户介绍", "询价内容": "只问价格"}, "B"),
        ({"source_channel": "网络推广", "询价内容": "型号和数量"}, "B"),
        ({"source_channel": "网络推广", "inquiries": 2}, "B"),
        ({"source_channel": "网络推广", "inquiries": 0}, "C"),
        ({"inquiries": 0}, None),
    ],
    "demand-type": [
        ({"orders": 2, "discount_share": 0.2, "premium_share": 0.9}, "price"),
        ({"orders": 2, "price_ratio": 0.95}, "price"),
        ({"orders": 2, "discount_share": 0.0, "premium_share": 0.5}, "quality"),
        ({"orders": 2, "price_ratio": 1.0, "service_contacts_per_order": 0.5}, "service"),
        ({"orders": 2, "price_ratio": 1.0}, "balanced"),
        ({"orders": 2}, None),
        ({"orders": 1, "discount_share": 0.2}, None),
    ],
    "payment-risk": [
        ({"oldest_overdue_days": 0, "share_paid_late": 0.0, "average_days_late": 0.0}, "low"),
        ({"oldest_overdue_days": 1}, "watch"),
        ({"oldest_overdue_days": 0, "average_days_late": 7.5}, "watch"),
        ({"oldest_overdue_days": 31}, "raised"),
        ({"oldest_overdue_days": 0, "share_paid_late": 0.5}, "raised"),
        ({"oldest_overdue_days": 91}, "high"),
        ({"oldest_overdue_days": 5, "overdue_amount": 1, "credit_use": 1.3}, "high"),
        ({"credit_use": 0.0}, None),
    ],
    "lifecycle": [
        ({"orders_all": 1, "orders": 1, "tenure": 90, "recency": 2}, "new"),
        ({"orders_all": 9, "orders": 3, "tenure": 900, "recency": 2, "growth": 0.25}, "growing"),
        ({"orders_all": 9, "orders": 3, "tenure": 900, "recency": 2, "acceleration": 0.4},
         "growing"),
        ({"orders_all": 9, "orders": 3, "tenure": 900, "recency": 9, "growth": 0.0}, "steady"),
        ({"orders_all": 9, "orders": 3, "tenure": 900, "recency": 181, "growth": 0.9}, "slowing"),
        ({"orders_all": 9, "orders": 3, "tenure": 900, "recency": 9, "growth": -0.25}, "slowing"),
        ({"orders_all": 9, "orders": 0, "tenure": 900}, "lost"),
        ({"orders_all": 0, "orders": 0}, None),
    ],
    "region": [
        ({"region": "华东"}, "east"),
        ({"region": "东北"}, "northeast"),
        ({"region": "西南"}, "west"),
        ({"region": "Northeast"}, "northeast"),
        ({"region": "South"}, "south"),
        ({"region": "海外"}, "other"),
        ({}, None),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", WHO)
def test_whom_rules_take_to_be_what(engine, name):
    scheme = schemes.load(name)
    people, expected = zip(*WHO[name], strict=True)
    found = graded(engine, scheme, table(scheme, people))
    assert [row["class"] for row in found] == list(expected)
    standard = schemes.fit(scheme, table(scheme, people), engine)
    for row in found:
        told = explain(scheme, standard, row)
        assert told.class_ == row["class"]
        assert "{" not in told.text("zh") + told.text("en")
    for lang in ("zh", "en"):
        assert all(takes(scheme, standard, lang))


def test_value_by_potential(engine):
    # Ten customers: the first two are of high value; the best three of ten have high potential.
    scheme = schemes.load("value-potential")
    people = [
        {"sales": 1000 - 10 * n, "orders": 1, "year_on_year": y, "trend": y, "category_growth": 0}
        for n, y in enumerate([0.9, -0.9, 0.8, 0.7, *[-0.1 * k for k in range(1, 7)]])
    ]
    found = graded(engine, scheme, table(scheme, people))
    assert [row["class"] for row in found] == [
        "invest", "keep", "develop", "develop", *["maintain"] * 6]  # fmt: skip


def test_the_overdue_are_held_back(engine):
    # The best of twenty by every figure, but overdue: C at most, and no strategic customer.
    people = [
        {"sales": 1000 - n, "profit": 100 - n, "average_order_value": 500 - n, "orders": 1,
         "categories": 20 - n, "frequency": 30 - n, "trend": -n / 10, "year_on_year": 0.5,
         "share_paid_late": 0.0, "oldest_overdue_days": 91 if n == 0 else 0}
        for n in range(20)
    ]  # fmt: skip
    for name, computed, class_ in (
        ("all-round", {"A"}, "C"),
        ("key-account", {"strategic"}, "key"),
    ):
        scheme = schemes.load(name)
        data = table(scheme, people)
        row = graded(engine, scheme, data)[0]
        told = explain(scheme, schemes.fit(scheme, data, engine), row)
        assert (told.computed in computed, told.class_, told.held_by) == (True, class_, "cap")


def test_clusters(engine):
    scheme = schemes.load("clusters")
    groups = [(400, 1, 10), (60, 3, 500), (20, 12, 5000), (5, 40, 90000)]
    people = [
        {"recency": days + n, "frequency": times, "sales": money + n, "orders": 1}
        for days, times, money in groups
        for n in range(3)
    ]
    found = graded(engine, scheme, table(scheme, people))
    assert [row["class"] for row in found] == ["4"] * 3 + ["3"] * 3 + ["2"] * 3 + ["1"] * 3
    standard = schemes.fit(scheme, table(scheme, people), engine)
    assert standard.silhouette > 0.8
    assert "购买频次高" in takes(scheme, standard, "zh")[0]


@pytest.mark.parametrize("name", schemes.READY)
def test_nothing_known_is_unrated(engine, name):
    scheme = schemes.load(name)
    found = graded(engine, scheme, table(scheme, [{}, {}]))
    assert [row["class"] for row in found] == [None, None]
    assert schemes.fit(scheme, table(scheme, [{}, {}]), engine).notes


@pytest.mark.parametrize("name", schemes.READY[len(schemes.STARTERS) :])
def test_classes_say_what_they_mean(name):
    scheme = schemes.load(name)
    assert len(scheme.description.zh) > 20
    if scheme.method != "cluster" and name != "region":
        assert all(part.description.zh and part.description.en for part in scheme.classes)
