"""The invented company looks like one: who buys, when, how much, and what is owed."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from io import BytesIO

import polars as pl
import pytest

from kefen import demo
from kefen.errors import KefenError
from kefen.ledger.facts import KINDS, Kind

POLARS_TYPES = {
    "text": pl.String,
    "date": pl.Date,
    "money": pl.Decimal(18, 2),
    "number": pl.Float64,
    "integer": pl.Int64,
    "boolean": pl.Boolean,
}


@pytest.fixture(scope="module")
def facts() -> dict[str, pl.DataFrame]:
    return demo.frames("trade")


def digest(frame: pl.DataFrame) -> str:
    buffer = BytesIO()
    frame.write_ipc(buffer)
    return hashlib.sha256(buffer.getvalue()).hexdigest()


def test_same_seed_gives_the_same_bytes() -> None:
    first, second = (demo.frames("trade", seed=11, customers=200) for _ in range(2))
    assert {kind: digest(frame) for kind, frame in first.items()} == {
        kind: digest(frame) for kind, frame in second.items()
    }


def test_another_seed_gives_another_company() -> None:
    first, second = (demo.frames("trade", seed=seed, customers=200) for seed in (11, 12))
    assert digest(first["orders"]) != digest(second["orders"])
    assert first["customers"]["name"].to_list() != second["customers"]["name"].to_list()


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_columns_and_types_are_those_of_the_kind(facts, kind: Kind) -> None:
    frame = facts[kind.name]
    declared = {column.name: POLARS_TYPES[column.type] for column in kind.stored}
    assert dict(frame.schema).items() <= declared.items()
    assert frame.select(pl.struct(kind.key).is_unique().all()).item()
    needed = frame.select(column.name for column in kind.required)
    assert needed.null_count().sum_horizontal().item() == 0


def test_counts(facts) -> None:
    assert facts["customers"].height == 3000
    assert facts["customers"]["name"].is_unique().all()
    assert facts["orders"]["customer_id"].n_unique() == 2850
    assert 60_000 < facts["order_lines"].height < 90_000
    assert 170 < facts["order_lines"]["product_id"].n_unique() <= 220
    assert facts["order_lines"]["category"].n_unique() == 12
    assert facts["customers"]["province"].n_unique() == 31
    assert facts["orders"]["channel"].n_unique() == 6
    contacts = facts["contacts"].group_by("customer_id").len()["len"]
    assert (contacts.min(), contacts.max()) == (1, 4)


def test_size_can_be_chosen() -> None:
    small = demo.frames("trade", customers=100)
    assert small["customers"].height == 100
    assert small["orders"]["customer_id"].n_unique() == 95


def test_a_company_too_small_is_refused() -> None:
    with pytest.raises(KefenError) as caught:
        demo.frames("trade", customers=3)
    assert caught.value.code == "demo-company-size"


def test_every_reference_leads_somewhere(facts) -> None:
    def strays(kind: str, column: str, target: str) -> int:
        known = facts[target].filter(pl.col(column).is_not_null())
        told = facts[kind].filter(pl.col(column).is_not_null())
        return told.join(known, on=column, how="anti").height

    for kind in set(KINDS) - {"customers"}:
        assert strays(kind, "customer_id", "customers") == 0
    for kind in ("order_lines", "invoices", "returns"):
        assert strays(kind, "order_id", "orders") == 0
    assert strays("payments", "invoice_id", "invoices") == 0


def test_lines_add_up_to_their_order(facts) -> None:
    sums = facts["order_lines"].group_by("order_id").agg(pl.col("amount", "cost", "discount").sum())
    both = facts["orders"].join(sums, on="order_id", suffix="_lines")
    assert both.height == facts["orders"].height
    for name in ("amount", "cost", "discount"):
        assert (both[name] == both[f"{name}_lines"]).all()


def test_a_line_is_quantity_times_price(facts) -> None:
    worked_out = facts["order_lines"].select(
        amount=(pl.col("quantity") * pl.col("unit_price").cast(pl.Float64)).round(2)
        - pl.col("amount").cast(pl.Float64),
        discount=pl.col("list_price") - pl.col("unit_price"),
    )
    assert worked_out["amount"].abs().max() < 0.005
    assert worked_out["discount"].min() >= 0


@pytest.mark.parametrize("seed", [demo.SEED, 1, 2])
def test_a_fifth_of_the_customers_brings_four_fifths_of_the_sales(seed: int) -> None:
    orders = demo.frames("trade", seed=seed)["orders"]
    sales = (
        orders.group_by("customer_id")
        .agg(pl.col("amount").cast(pl.Float64).sum())
        .sort("amount", descending=True)["amount"]
    )
    share = sales.cum_sum() / sales.sum()
    assert 0.77 < share[len(sales) // 5 - 1] < 0.83
    assert 0.24 < share[len(sales) // 100 - 1] < 0.32


def test_nothing_happens_after_the_last_day(facts) -> None:
    as_of = demo.companies()["trade"].as_of
    for kind, column in (
        ("customers", "registered_on"),
        ("orders", "ordered_on"),
        ("invoices", "issued_on"),
        ("payments", "paid_on"),
        ("returns", "returned_on"),
        ("interactions", "happened_on"),
        ("feedback", "given_on"),
        ("feedback", "resolved_on"),
    ):
        assert facts[kind][column].max() < as_of
    assert facts["orders"]["ordered_on"].min() >= date(2023, 1, 1)


def test_spring_festival_is_quiet_and_year_end_busy(facts) -> None:
    daily = facts["orders"].group_by("ordered_on").len()

    def a_day(start: date, days: int) -> float:
        return (
            daily.filter(pl.col("ordered_on").is_between(start, start + timedelta(days - 1)))[
                "len"
            ].sum()
            / days
        )

    for new_year in (date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29)):
        usual = a_day(date(new_year.year, 1, 1), 365)
        assert a_day(new_year, 7) < 0.15 * usual
        assert a_day(date(new_year.year, 12, 15), 17) > 1.2 * usual


def test_customers_come_and_go(facts) -> None:
    seen = (
        facts["orders"]
        .group_by("customer_id")
        .agg(first=pl.col("ordered_on").min(), last=pl.col("ordered_on").max(), orders=pl.len())
    )
    months = seen.filter(pl.col("first") >= date(2023, 7, 1))["first"].dt.strftime("%Y-%m")
    assert months.n_unique() == 30
    assert seen.filter(pl.col("last") < date(2025, 1, 1)).height > 300
    assert seen.filter(pl.col("orders") == 1).height > 150
    early = facts["customers"].join(seen, on="customer_id")
    assert (early["registered_on"] <= early["first"]).all()


def test_those_who_haggle_pay_less(facts) -> None:
    cares = facts["customers"].select(
        "customer_id", care=pl.col("attributes").str.json_path_match("$.关注点")
    )
    lines = facts["order_lines"].join(cares, on="customer_id")
    off = lines.group_by("care").agg(
        share=pl.col("discount").sum().cast(pl.Float64)
        / (pl.col("amount").sum() + pl.col("discount").sum()).cast(pl.Float64)
    )
    told = dict(off.iter_rows())
    assert told["价格"] > told["质量"] + 0.02


def test_some_goods_come_back_for_a_reason(facts) -> None:
    share = facts["returns"]["order_id"].n_unique() / facts["orders"].height
    assert 0.02 < share < 0.06
    assert facts["returns"]["reason"].n_unique() == 6
    sold = facts["order_lines"].select("order_id", "product_id", "ordered_on", sold="amount")
    back = facts["returns"].join(sold, on=["order_id", "product_id"])
    assert back.height == facts["returns"].height
    assert (back["amount"] <= back["sold"]).all()
    assert (back["returned_on"] > back["ordered_on"]).all()


def test_some_pay_late_some_in_part_and_some_never(facts) -> None:
    paid = (
        facts["payments"]
        .group_by("invoice_id")
        .agg(paid=pl.col("amount").sum(), last=pl.col("paid_on").max(), times=pl.len())
    )
    settled = facts["invoices"].join(paid, on="invoice_id", how="left")
    assert (settled["paid"] <= settled["amount"]).all()
    assert 0.1 < (settled["last"] > settled["due_on"]).mean() < 0.5
    assert settled.filter(pl.col("times") > 1).height > 300
    long_due = settled.filter(pl.col("due_on") < date(2025, 1, 1))
    assert 20 < long_due.filter(pl.col("paid").is_null()).height < 0.05 * long_due.height


def test_cards_have_the_gaps_of_real_ones(facts) -> None:
    cards = facts["customers"]
    for column in ("phone", "industry", "size", "email"):
        assert 0.02 < cards[column].null_count() / cards.height < 0.5
    assert cards["name"].null_count() == 0


def test_staff_sells_in_its_own_region(facts) -> None:
    staff = {person.name: person.team for person in demo.companies()["trade"].staff}
    assert len(staff) == 18
    assert len(set(staff.values())) == 5
    owned = facts["customers"].filter(pl.col("owner").is_not_null())
    assert (owned["owner"].replace_strict(staff) == owned["region"]).all()
    assert set(facts["orders"]["salesperson"]) <= set(staff)


def test_who_has_left_answers_less(facts) -> None:
    last = facts["orders"].group_by("customer_id").agg(last=pl.col("ordered_on").max())
    calls = facts["interactions"].filter(pl.col("direction") == "去").join(last, on="customer_id")
    gone = pl.col("happened_on") > pl.col("last") + timedelta(days=60)
    told = dict(calls.group_by(gone.alias("gone")).agg(pl.col("responded").mean()).iter_rows())
    assert told[True] < told[False] - 0.05
    assert calls["responded"].null_count() == 0


def test_complaints_are_settled_later_if_ever(facts) -> None:
    complaints = facts["feedback"].filter(pl.col("type") == "投诉")
    assert 400 < complaints.height < 1000
    assert (
        complaints["resolved_on"].drop_nulls() > complaints.drop_nulls("resolved_on")["given_on"]
    ).all()
    open_ = complaints.filter(pl.col("status") == "处理中")
    assert 0.02 < open_.height / complaints.height < 0.15
    assert open_["resolved_on"].null_count() == open_.height


def test_who_complained_is_less_content(facts) -> None:
    feedback = facts["feedback"]
    assert feedback["score"].drop_nulls().is_between(0, 100).all()
    cross = feedback.filter(pl.col("type") == "投诉").select("customer_id").unique()
    scores = feedback.drop_nulls("score")
    angry = scores.join(cross, on="customer_id", how="semi")["score"].mean()
    assert angry < scores.join(cross, on="customer_id", how="anti")["score"].mean() - 3


def test_leads_are_in_the_stage_their_inquiries_say(facts) -> None:
    def noted(name: str) -> pl.Expr:
        return pl.col("attributes").str.json_path_match(f"$.{name}")

    cards = facts["customers"].with_columns(stage=noted("销售阶段"), detail=noted("询价内容"))
    asked = facts["interactions"].filter(pl.col("type") == "询价")
    last = asked.group_by("customer_id").agg(last=pl.col("happened_on").max())
    leads = cards.filter(pl.col("status") == "潜在").join(last, on="customer_id", how="left")
    assert set(leads["stage"]) == {"潜在", "意向", "失效"}
    assert leads.filter(pl.col("stage") == "潜在")["last"].null_count() == (
        leads["last"].null_count()
    )
    assert leads.filter(pl.col("stage") == "意向")["last"].min() >= date(2025, 1, 1)
    assert leads["detail"].null_count() == leads["last"].null_count()
    assert set(cards.filter(pl.col("status") != "潜在")["stage"]) == {"成交"}
    assert cards.select(noted("职业").is_null().mean()).item() < 0.4
