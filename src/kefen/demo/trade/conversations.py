"""What is said: visits and calls, inquiries before orders, service after them, and feedback."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kefen.demo.trade import population as life
from kefen.demo.trade.calendar import DAYS
from kefen.demo.trade.settlement import index_of, numbered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kefen.demo.trade.population import Population

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_WAYS = ("电话", "拜访", "微信", "邮件")
_WAY_SHARES = (0.36, 0.28, 0.27, 0.09)
_PURPOSES = ("例行拜访", "报价跟进", "新品推荐", "催收货款", "节日问候", "合同洽谈")
_PURPOSE_SHARES = (0.34, 0.24, 0.16, 0.08, 0.10, 0.08)
_SERVICES = ("安装指导", "技术咨询", "维修", "换货处理", "培训")
_ASKED = 0.16
"""Share of orders that begin with an inquiry."""
_SERVED = 0.08
"""Share of orders after which the customer calls for service."""
_TRIES = 100
"""Days a salesperson goes on calling a customer who has left."""
_COMPLAINED = {"质量问题": 0.5, "运输破损": 0.4, "发错货": 0.5, "规格不符": 0.15}
"""Share of goods sent back for a reason that come with a complaint."""
_OTHER = ("建议", "表扬", "咨询")
_TOPICS = {"建议": "希望增加规格", "表扬": "送货及时", "咨询": "开票事宜"}
_SURVEYED = (6, 15)
"""Month and day from which a satisfaction survey runs for a month, each year."""


def interactions(
    rng: np.random.Generator, people: Population, customers: pl.DataFrame, orders: pl.DataFrame
) -> pl.DataFrame:
    """Calls and visits of the salespersons, inquiries and calls for service of the customers."""
    buyer, day = index_of(customers, orders), _day(orders["ordered_on"], people)
    since = np.maximum(_day(customers["registered_on"], people), 0)
    calls = _calls(rng, people, since, np.bincount(buyer, minlength=people.size))
    asked = _thin(rng, np.full(len(buyer), _ASKED))
    served = _thin(rng, _SERVED * np.exp(0.9 * people.service[buyer] - 0.4))
    leads = np.flatnonzero(people.course == life.LEAD)
    curious = np.repeat(leads, rng.integers(0, 4, len(leads)))
    first = np.concatenate([buyer[asked], curious])
    waited = np.concatenate(
        [
            day[asked] - rng.integers(1, 12, asked.size),
            since[curious] + (rng.random(curious.size) * (DAYS - since[curious])).astype(np.int64),
        ]
    )
    inquiries = _told(first, np.maximum(waited, since[first]), "询价", "产品询价")
    subject = pl.Series(_SERVICES).gather(rng.integers(0, len(_SERVICES), served.size))
    service = _told(buyer[served], day[served] + rng.integers(2, 45, served.size), "服务", subject)
    every = pl.concat([calls, inquiries, service]).filter(pl.col("day") < DAYS)
    every = every.sort("day", "customer", "type", "topic", maintain_order=True)
    return every.with_columns(
        customer_id=customers["customer_id"].gather(every["customer"]),
        happened_on=pl.lit(people.start) + pl.duration(days=pl.col("day")),
        by=customers["owner"].gather(every["customer"]),
    ).select(
        numbered("HD", "happened_on").alias("interaction_id"),
        *("customer_id", "happened_on", "type", "direction", "responded", "topic", "by"),
    )


def _calls(rng: np.random.Generator, people: Population, since: Ints, orders: Ints) -> pl.DataFrame:
    """What the salespersons begin; who has left answers less and less often."""
    until = np.clip(people.last_day.astype(np.int64) + _TRIES, since + 1, DAYS)
    until = np.where(people.course == life.ONE_TIME, np.minimum(since + 300, DAYS), until)
    years = (until - since) / 365
    who = np.repeat(np.arange(people.size), rng.poisson(years * (0.9 + 0.35 * np.sqrt(orders))))
    day = since[who] + (rng.random(len(who)) * (until - since)[who]).astype(np.int64)
    left = day > people.last_day[who]
    chance = np.where(left, 0.30, np.where(people.course[who] == life.LEAD, 0.5, 0.86))
    way = rng.choice(len(_WAYS), len(who), p=_WAY_SHARES)
    purpose = rng.choice(len(_PURPOSES), len(who), p=_PURPOSE_SHARES)
    return pl.DataFrame(
        {
            "customer": who,
            "day": day,
            "type": pl.Series(_WAYS).gather(way),
            "direction": "去",
            "responded": rng.random(len(who)) < chance,
            "topic": pl.Series(_PURPOSES).gather(purpose),
        }
    )


def _told(who: Ints, day: Ints, kind: str, topic: str | pl.Series) -> pl.DataFrame:
    """What customers begin."""
    return pl.DataFrame({"customer": who, "day": day}).select(
        "customer",
        "day",
        type=pl.lit(kind),
        direction=pl.lit("来"),
        responded=pl.lit(None, dtype=pl.Boolean),
        topic=pl.lit(topic),
    )


def feedback(
    rng: np.random.Generator,
    people: Population,
    customers: pl.DataFrame,
    orders: pl.DataFrame,
    returns: pl.DataFrame,
) -> pl.DataFrame:
    """Complaints about what came back and about service, satisfaction in June, and the rest."""
    buyer, day = index_of(customers, orders), _day(orders["ordered_on"], people)
    complaints = _complaints(rng, people, customers, returns, buyer, day)
    noted = np.repeat(np.arange(people.size), rng.poisson(0.12, people.size))
    noted = noted[people.course[noted] != life.LEAD]
    other = pl.Series(_OTHER).gather(rng.integers(0, len(_OTHER), len(noted)))
    started = people.first_day[noted].astype(np.int64)
    rest = pl.DataFrame(
        {
            "customer": noted,
            "day": started + (rng.random(len(noted)) * (DAYS - started)).astype(np.int64),
            "type": other,
            "topic": other.replace_strict(_TOPICS, return_dtype=pl.String),
        }
    )
    surveys = [_survey(rng, people, complaints, buyer, day, asked) for asked in _surveys(people)]
    every = pl.concat([complaints, rest, *surveys], how="diagonal_relaxed")
    date_of = {
        name: pl.lit(people.start) + pl.duration(days=pl.col(name)) for name in ("day", "settled")
    }
    known = every.filter(pl.col("day") < DAYS)
    known = known.sort("day", "customer", "type", "topic", maintain_order=True)
    settled = pl.when(pl.col("settled") < DAYS).then(date_of["settled"])
    status = pl.when(settled.is_not_null()).then(pl.lit("已解决")).otherwise(pl.lit("处理中"))
    return known.with_columns(
        customer_id=customers["customer_id"].gather(known["customer"]),
        given_on=date_of["day"],
        resolved_on=settled,
        status=pl.when(pl.col("type") == "投诉").then(status),
    ).select(
        numbered("FK", "given_on").alias("feedback_id"),
        *("customer_id", "given_on", "type", "score", "status", "resolved_on", "topic"),
    )


def _complaints(
    rng: np.random.Generator,
    people: Population,
    customers: pl.DataFrame,
    returns: pl.DataFrame,
    buyer: Ints,
    day: Ints,
) -> pl.DataFrame:
    """`customer`, `day`, `settled` (day; null: never), `topic`."""
    reason = returns["reason"]
    share = reason.replace_strict(_COMPLAINED, default=0.0, return_dtype=pl.Float64).to_numpy()
    goods = _thin(rng, share)
    late = _thin(rng, 0.005 * np.exp(0.6 * people.service[buyer] - 0.18))
    who = np.concatenate([index_of(customers, returns)[goods], buyer[late]])
    when = np.concatenate(
        [_day(returns["returned_on"], people)[goods], day[late] + rng.integers(3, 20, late.size)]
    )
    took = 1 + np.round(rng.gamma(1.6, 5, len(who))).astype(np.int64)
    never = rng.random(len(who)) < 0.06
    topic = pl.concat([reason.gather(goods), pl.Series(["交货延误"] * late.size, dtype=pl.String)])
    return pl.DataFrame(
        {
            "customer": who,
            "day": when,
            "type": "投诉",
            "settled": pl.Series(np.where(never, DAYS + 1, when + took)),
            "topic": topic,
        }
    )


def _survey(
    rng: np.random.Generator,
    people: Population,
    complaints: pl.DataFrame,
    buyer: Ints,
    day: Ints,
    asked: int,
) -> pl.DataFrame:
    """Four in ten of those who bought in the year before answer, from 0 to 100."""
    recent = np.unique(buyer[(day < asked) & (day >= asked - 365)])
    who = recent[rng.random(recent.size) < 0.4]
    lately = complaints.filter(pl.col("day").is_between(asked - 365, asked - 1))["customer"]
    cross = np.bincount(lately.to_numpy(), minlength=people.size)[who]
    leaning = np.zeros(8)
    leaning[[life.GROWING, life.SLOWING, life.LOST]] = (4.0, -9.0, -11.0)
    score = 84 + leaning[people.course[who]] - 8 * np.minimum(cross, 4) + rng.normal(0, 7, who.size)
    return pl.DataFrame(
        {
            "customer": who,
            "day": asked + rng.integers(0, 30, who.size),
            "type": "满意度",
            "topic": "年度满意度调查",
            "score": np.clip(np.round(score), 10, 100),
        }
    )


def _surveys(people: Population) -> list[int]:
    """The days of the calendar on which surveys begin."""
    start = people.start
    first = (date(start.year, *_SURVEYED) - start).days % 365
    return list(range(first, DAYS, 365))


def _thin(rng: np.random.Generator, chance: Floats) -> Ints:
    """The places that are drawn, each with its chance."""
    return np.flatnonzero(rng.random(len(chance)) < chance)


def _day(days: pl.Series, people: Population) -> Ints:
    """Days since the calendar began."""
    return (days - people.start).dt.total_days().to_numpy().astype(np.int64)
