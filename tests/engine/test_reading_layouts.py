"""Known exports: each is recognised by its headings, read right without a word, and told."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest
import yaml
from messy_files import csv_file

import kefen
from kefen.ledger.reading import open_reader
from kefen.ledger.reading.layouts import known_layouts, recognise
from kefen.wording import sentence

EXPORTS = yaml.safe_load((Path(__file__).parent / "known_exports.yaml").read_text("utf-8"))
LAYOUTS = {layout.name: layout for layout in known_layouts()}


def export(folder, name: str, *, shuffled: bool = False) -> Path:
    """The small file of a layout; with columns in another order, and one more, if `shuffled`."""
    headings = [heading.strip('"') for heading in EXPORTS[name]["headings"].split("|")]
    rows = EXPORTS[name]["rows"]
    if shuffled:
        headings = [*headings, "内部分组"]
        random.Random(3).shuffle(headings)
    assert all(set(row) <= set(headings) for row in rows)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, headings, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return csv_file(folder, stream.getvalue())


def facts(reader) -> list[list[str]]:
    day = reader.kind.date_column
    found = []
    for chunk in reader.chunks():
        assert chunk.rejections == []
        for row in chunk.rows.to_dicts():
            customer = row["customer_id"] or row["customer_name"]
            found.append([customer, row[day].isoformat(), str(row["amount"])])
    return found


def test_there_is_a_file_for_every_layout() -> None:
    assert set(EXPORTS) == set(LAYOUTS)
    assert len(LAYOUTS) >= 40


@pytest.mark.parametrize("shuffled", [False, True], ids=["plain", "shuffled"])
@pytest.mark.parametrize("name", EXPORTS)
def test_a_known_export_is_read_without_a_word(tmp_path, name, shuffled) -> None:
    expected = EXPORTS[name]
    path = export(tmp_path, name, shuffled=shuffled)
    reader = open_reader(path, currency=expected.get("currency"))
    assert reader.kind is LAYOUTS[name].kind
    assert reader.preview.notices[0].data["layout"] == name
    assert facts(reader) == [[who, str(day), amount] for who, day, amount in expected["facts"]]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_supplies_all_that_its_kind_needs(name) -> None:
    layout = LAYOUTS[name]
    supplied = set(layout.columns)
    assert all(layout.kind.has(column) for column in supplied)
    assert supplied & {"customer_id", "customer_name"}
    assert layout.kind.date_column in supplied
    assert "amount" in supplied or {"quantity", "unit_price"} <= supplied


def test_a_known_export_is_told_in_both_languages(tmp_path) -> None:
    [notice] = open_reader(export(tmp_path, "taobao-orders")).preview.notices
    assert sentence(notice.code, notice.data, "zh") == (
        "按“淘宝／天猫订单”导出格式读取：客户取自 买家会员名，日期取自 订单创建时间，"
        "金额取自 买家实际支付金额。"
    )
    assert sentence(notice.code, notice.data, "en").startswith("Read as the export “Taobao")


def test_a_person_corrects_a_known_export(tmp_path) -> None:
    path = export(tmp_path, "taobao-orders")
    reader = open_reader(path, mapping={"总金额": "amount", "订单付款时间": "ordered_on"})
    assert facts(reader) == [["明达小店", "2025-01-04", "95.00"]]


def test_another_kind_given_by_hand_is_no_known_export(tmp_path) -> None:
    preview = open_reader(export(tmp_path, "taobao-orders"), "customers").preview
    assert (preview.kind, preview.notices) == ("customers", [])


def test_an_export_without_a_customer_asks_for_one(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "订单号,订单状态,商品总价(元),用户实付金额(元),商家实收金额(元),订单成交时间\n"
        "1,已收货,20,17,19,2025-01-17\n",
    )
    assert open_reader(path).preview.missing == ["customer_id"]


def test_few_of_its_headings_make_no_known_export() -> None:
    assert recognise(["Order ID", "Customer", "Total", "Status"]) is None
    assert recognise(["Order", "Customer", "Total Amount", "Status"]) is None
    assert recognise(["单据编号", "日期", "客户", "金额"]) is None


def test_a_file_that_is_titled_returns_is_no_export_of_sales(tmp_path) -> None:
    headings = "单据编号,单据日期,往来单位名称,商品名称,经手人,数量,金额"
    text = f"{headings}\nTH1,2025-01-07,安泰,茶,赵六,1,9\n"
    assert open_reader(csv_file(tmp_path, text, name="a.csv")).preview.kind == "order_lines"
    assert open_reader(csv_file(tmp_path, text, name="销售退货单.csv")).preview.kind == "returns"
    mixed = csv_file(tmp_path, text, name="销售及退货.csv")
    assert open_reader(mixed).preview.kind == "order_lines"


def test_a_known_export_is_found_below_other_rows(tmp_path) -> None:
    body = export(tmp_path, "pipedrive-deals").read_text("utf-8")
    path = csv_file(tmp_path, f"Deals,Owner,Amount,Date\nall,Kim,,2025-03-01\n{body}")
    assert open_reader(path).preview.notices[0].data["layout"] == "pipedrive-deals"


def test_an_invoice_that_was_sent_is_a_sale_and_a_draft_is_none(tmp_path) -> None:
    headings = EXPORTS["zoho-invoices"]["headings"].split("|")
    row = EXPORTS["zoho-invoices"]["rows"][0]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, headings, restval="")
    writer.writeheader()
    for number, status in enumerate(("Sent", "Overdue", "Draft", "Void")):
        writer.writerow(row | {"Invoice Number": f"I{number}", "Invoice Status": status})
    with kefen.open(tmp_path / "data") as ledger:
        ledger.load(csv_file(tmp_path, stream.getvalue()))
        assert ledger.count("order_lines") == 2
        assert ledger.count("order_lines", whole=True) == 4
