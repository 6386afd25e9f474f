"""Customer cards and their contacts: names, places, people, terms; gaps where life has them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from kefen.demo.trade import population as life
from kefen.demo.trade.calendar import DAYS
from kefen.demo.trade.people import birthday, person, phone
from kefen.demo.trade.vocabulary import words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from kefen.demo.trade.population import Population

INDUSTRIES = tuple(words("names")["business"])
_INDUSTRY_SHARES = (0.17, 0.10, 0.08, 0.10, 0.08, 0.06, 0.05, 0.07, 0.10, 0.12, 0.03, 0.04)
_SIZES = ("微型", "小型", "中型", "大型")
_SOURCES = ("业务开发", "展会", "老客户介绍", "网络推广", "行业目录", "电商平台")
_TYPES = {"五金贸易": "经销商", "建筑安装": "工程商", "物业市政": "工程商"}
_CARES = ("价格", "质量", "服务")
_JOBS = {
    False: ("企业主", "个体经营者", "店长", "采购员", "工程师"),
    True: ("采购经理", "工程师", "项目经理", "设备主管", "车间主任"),
}
"""Occupations of whom one deals with, in small companies and in bigger ones."""
_OWNERS = ("企业主", "个体经营者")
"""Those whose birthday a salesperson knows."""
_DETAILS = ("只问价格", "型号和数量", "型号、数量和交期")
_ROLES = (
    ("采购", ("采购经理", "采购主管", "采购员")),
    ("决策人", ("总经理", "副总经理", "董事长")),
    ("财务", ("财务经理", "会计", "出纳")),
    ("使用人", ("设备主管", "车间主任", "工程师")),
)


def cards(rng: np.random.Generator, people: Population) -> pl.DataFrame:
    """One row a customer, with the columns of the `customers` kind."""
    where = _places(rng, people.size)
    industry = rng.choice(len(INDUSTRIES), people.size, p=_normalised(_INDUSTRY_SHARES))
    registered = _registered(rng, people)
    rank = np.argsort(np.argsort(people.scale)) / people.size
    taken: set[str] = set()
    staff: dict[str, list[str]] = words("names")["staff"]
    rows = []
    for index in range(people.size):
        place = where[index]
        business = INDUSTRIES[industry[index]]
        name, brand = _company(rng, place["city"], business, taken)
        rows.append(
            {
                "customer_id": f"KH{index + 1:05d}",
                "name": name,
                **place,
                "industry": business,
                "customer_type": _TYPES.get(business, "终端用户"),
                "owner": _pick(rng, staff[place["region"]]),
                "contact": person(rng),
                "phone": phone(rng),
                "email": f"kh{index + 1:05d}@{brand}.example",
                "registered_on": registered[index],
                "founded_on": registered[index] - timedelta(days=int(rng.gamma(1.4, 1900)) + 60),
                **_terms(rng, people, index, float(rank[index])),
            }
        )
    return _with_gaps(rng, pl.DataFrame(rows, infer_schema_length=None))


def with_notes(
    rng: np.random.Generator, people: Population, customers: pl.DataFrame, talk: pl.DataFrame
) -> pl.DataFrame:
    """The cards with what salespersons note beside: occupation, birthday, stage, inquiry detail.

    A lead is `潜在` until it asks for a price, `意向` for a year after, then `失效`; everyone with
    an order is `成交`.
    """
    asked = talk.filter(pl.col("type") == "询价").group_by("customer_id")
    last = dict(asked.agg(pl.col("happened_on").max()).iter_rows())
    told = customers.select("customer_id", "attributes", "size").iter_rows()
    rows, born = [], []
    for index, (customer_id, text, size) in enumerate(told):
        noted, lead = json.loads(text), people.course[index] == life.LEAD
        if rng.random() < 0.7:
            noted["职业"] = _pick(rng, _JOBS[size in ("中型", "大型")])
        noted["销售阶段"] = _stage(last.get(customer_id), people.as_of) if lead else "成交"
        if customer_id in last and (lead or rng.random() < 0.3):
            noted["询价内容"] = _pick(rng, _DETAILS)
        rows.append(json.dumps(noted, ensure_ascii=False))
        owner = noted.get("职业") in _OWNERS
        born.append(birthday(rng) if owner and rng.random() < 0.8 else None)
    return customers.with_columns(
        attributes=pl.Series(rows), birthday=pl.Series(born, dtype=pl.Date)
    )


def _stage(asked: date | None, as_of: date) -> str:
    if asked is None:
        return "潜在"
    return "意向" if asked >= as_of - timedelta(days=365) else "失效"


def contacts(rng: np.random.Generator, customers: pl.DataFrame) -> pl.DataFrame:
    """One to four people a customer, more in bigger companies; the buyer comes first."""
    rows = []
    for customer_id, main, main_phone, size in customers.select(
        "customer_id", "contact", "phone", "size"
    ).iter_rows():
        most = 4 if size in ("大型", "中型") else 2
        for number in range(int(rng.integers(1, most + 1))):
            role, titles = _ROLES[number]
            rows.append(
                {
                    "contact_id": f"{customer_id}-{number + 1}",
                    "customer_id": customer_id,
                    "name": main if main and number == 0 else person(rng),
                    "title": _pick(rng, titles),
                    "role": role,
                    "phone": main_phone if number == 0 else phone(rng),
                    "birthday": birthday(rng) if rng.random() < 0.55 else None,
                    "is_primary": number == 0,
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def _places(rng: np.random.Generator, count: int) -> list[dict[str, str]]:
    """Region, province, city and address, drawn by the weight of the province."""
    spots, weights = [], []
    for region, provinces in words("places").items():
        for province, entry in provinces.items():
            cities = list(entry["cities"].items())
            shares = _normalised([1 / (rank + 1) for rank in range(len(cities))])
            for (city, districts), share in zip(cities, shares, strict=True):
                spots.append((region, province, city, districts))
                weights.append(entry["weight"] * share)
    streets: list[str] = words("names")["streets"]
    drawn = rng.choice(len(spots), count, p=_normalised(weights))
    places = []
    for region, province, city, districts in (spots[number] for number in drawn):
        street = f"{_pick(rng, districts)}{_pick(rng, streets)}{rng.integers(1, 2000)}号"
        address = f"{city}市{street}"
        places.append({"region": region, "province": province, "city": city, "address": address})
    return places


def _company(
    rng: np.random.Generator, city: str, business: str, taken: set[str]
) -> tuple[str, str]:
    """A name nobody has yet, and a domain label. A few differ by a hair, as duplicates do."""
    vocabulary = words("names")
    while True:
        first, second = (_pick(rng, vocabulary[part]) for part in ("word_first", "word_second"))
        middle = _pick(rng, vocabulary["business"][business])
        prefix = f"{city}市" if rng.random() < 0.12 else city
        name = f"{prefix}{first}{second}{middle}{_pick(rng, vocabulary['forms'])}"
        if first != second and name not in taken:
            taken.add(name)
            number = vocabulary["word_first"].index(first) * 100
            return name, f"company{number + vocabulary['word_second'].index(second):04d}"


def _registered(rng: np.random.Generator, people: Population) -> list[date]:
    """Before the first possible purchase; old customers up to ten years before the calendar."""
    old = -rng.gamma(1.6, 700, people.size).clip(20, 3650)
    fresh = people.first_day - rng.integers(0, 30, people.size)
    lead = DAYS - rng.gamma(1.3, 170, people.size).clip(3, 1000)
    days = np.where(people.first_day > 0, fresh, old)
    days = np.where(people.course == life.LEAD, lead, days).astype(int)
    return [people.start + timedelta(days=int(day)) for day in days]


def _terms(rng: np.random.Generator, people: Population, index: int, rank: float) -> dict[str, Any]:
    """Size, credit, status and what the salesperson noted down; `rank` is 0 to 1 by sales."""
    size = _SIZES[int(np.clip(rank * 4 + rng.normal(0, 0.7), 0, 3))]
    lead = people.course[index] == life.LEAD
    days = 0 if lead or rank < 0.2 else int(rng.choice([30, 60, 90] if rank > 0.9 else [0, 30, 45]))
    limit = max(5_000, round(people.scale[index] * days / 365 * 2, -3)) if days else 0
    cares = (people.price[index], people.quality[index], people.service[index])
    noted = {
        "结算方式": "款到发货" if days == 0 else ("月结" if rank > 0.9 else f"货到{days}天"),
        "发票类型": "增值税专用发票" if rng.random() < 0.8 else "增值税普通发票",
    }
    if rng.random() < 0.4:
        noted["关注点"] = _CARES[int(np.argmax(cares))]
    return {
        "size": size,
        "source_channel": _SOURCES[int(rng.choice(6, p=(0.34, 0.16, 0.2, 0.16, 0.06, 0.08)))],
        "credit_limit": float(limit),
        "credit_days": days,
        "status": "潜在" if lead else "合作中",
        "attributes": json.dumps(noted, ensure_ascii=False),
    }


def _with_gaps(rng: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out what salespersons forget to write down."""
    missing = {
        "phone": 0.06,
        "industry": 0.05,
        "size": 0.08,
        "address": 0.12,
        "email": 0.35,
        "contact": 0.03,
        "founded_on": 0.30,
        "owner": 0.03,
        "source_channel": 0.07,
    }
    gaps = {name: pl.Series(rng.random(rows.height) < share) for name, share in missing.items()}
    return rows.with_columns(
        *(
            pl.when(gap).then(None).otherwise(pl.col(name)).alias(name)
            for name, gap in gaps.items()
        ),
        pl.col("credit_limit").cast(pl.Decimal(18, 2)),
    )


def _pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _normalised(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [weight / total for weight in weights]
