"""Headings: which kind a file is, what maps to what, and corrections by hand."""

from __future__ import annotations

import pytest
from messy_files import TODAY, csv_file, money, notices, read, xlsx_file
from python_calamine import CalamineWorkbook

from kefen.errors import LedgerError, ReadingError
from kefen.ledger.facts import KINDS
from kefen.ledger.reading import open_reader, write_template
from kefen.ledger.reading.normal import normal, without_brackets


def preview(tmp_path, headings: str, row: str = "", **options):
    return open_reader(csv_file(tmp_path, f"{headings}\n{row}\n"), **options).preview


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        ("客户编号,客户名称,省份,行业,信用额度", "customers"),
        ("客户代码,名称,电话,地址", "customers"),
        ("customer id,company,industry,city", "customers"),
        ("household_key,age,income", "customers"),
        ("客户名称,姓名,职务,手机", "contacts"),
        ("customer,contact name,job title,email", "contacts"),
        ("客户名称,下单日期,金额", "orders"),
        ("单据编号,日期,客户,金额", "orders"),
        ("order_id,customer_id,order_date,total", "orders"),
        ("单据日期,单据编号,购货单位,商品名称,数量,单价,价税合计,业务员", "order_lines"),
        (
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID",
            "order_lines",
        ),
        (
            "household_id,store_id,basket_id,product_id,quantity,sales_value,transaction_timestamp",
            "order_lines",
        ),
        ("退货单号,客户名称,退货日期,退货金额,退货原因", "returns"),
        ("refund id,customer,refund date,refund amount", "returns"),
        ("发票号,客户名称,开票日期,金额,到期日", "invoices"),
        ("invoice number,customer,invoice date,amount due,due date", "invoices"),
        ("收款日期,客户名称,收款金额,付款方式", "payments"),
        ("payment id,customer id,paid on,amount,method", "payments"),
        ("拜访日期,客户名称,跟进方式,跟进人,跟进内容", "interactions"),
        ("联系时间,客户,方式,是否回复", "interactions"),
        ("customer,activity date,activity type,direction,subject", "interactions"),
        ("投诉编号,客户名称,投诉日期,投诉类型,处理状态,解决日期", "feedback"),
        ("客户编号,回访日期,满意度", "feedback"),
        ("ticket id,customer id,opened on,category,resolved at", "feedback"),
    ],
)
def test_the_kind_is_guessed(tmp_path, headings, kind) -> None:
    found = preview(tmp_path, headings)
    assert found.kind == kind
    assert found.missing == []
    assert found.confidence >= 0.5


@pytest.mark.parametrize(
    "headings",
    [
        "客戶名稱,訂單日期,金額,銷售數量",
        "客戶,單據日期,價稅合計",
        "Kunde;Datum;Betrag",
        "Kundenname;Rechnungsdatum;Gesamtbetrag",
        "Client;Date de commande;Montant TTC",
        "Cliente;Fecha;Importe",
        "Klant;Besteldatum;Bedrag",
        "Klient;Data sprzedaży;Kwota",
        "Клиент;Дата;Сумма",
        "顧客名,日付,金額",
        "得意先,売上日,売上金額",
    ],
)
def test_headings_of_other_languages_are_recognised(tmp_path, headings) -> None:
    mark = ";" if ";" in headings else ","
    first = mark.join(["Acme", "2025-01-03", "5", "1"][: len(headings.split(mark))])
    found = preview(tmp_path, headings, first)
    assert (found.kind, found.missing) == ("orders", [])
    first_three = list(found.mapping.values())[:3]
    assert first_three == ["customer_name", "ordered_on", "amount"]


@pytest.mark.parametrize("sign", ["(", "(a)", "[((", "_", "元", " ", "á", "客"])
def test_a_heading_of_a_megabyte_is_compared_by_its_beginning(sign) -> None:
    long = sign * (1_000_000 // len(sign))
    assert normal(long) == normal(long[:200])
    assert without_brackets("(" * 1_000_000 + ")") == ""
    assert without_brackets("(" * 1_000_000) == "(" * 1_000_000


def test_many_equal_headings_are_told_apart(tmp_path) -> None:
    found = preview(tmp_path, ",".join(["x"] * 5000))
    assert found.headings[:3] == ["x", "x (2)", "x (3)"]
    assert found.headings[-1] == "x (5000)"


def test_a_name_of_file_or_sheet_helps(tmp_path) -> None:
    path = csv_file(tmp_path, "单号,客户,日期,金额\n", name="2025年收款.csv")
    assert open_reader(path).preview.kind == "payments"


def test_unknown_headings_give_no_kind(tmp_path) -> None:
    found = preview(tmp_path, "alpha,beta", "1,2")
    assert (found.kind, found.confidence, found.mapping) == (None, 0.0, {})
    with pytest.raises(ReadingError) as caught:
        read(csv_file(tmp_path, "alpha,beta\n1,2\n"))
    assert caught.value.code == "kind-unclear"


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("金额（元）", "amount"),
        ("【金额】", "amount"),
        (" 金 额 ", "amount"),
        ("Amount (CNY)", "amount"),
        ("TOTAL_AMOUNT", "amount"),
        ("实收金额", "amount"),
        ("价税合计", "amount"),
        ("amount*", "amount"),
        ("购货单位", "customer_name"),
        ("Customer #", "customer_id"),
        ("业务员", "salesperson"),
        ("单据日期", "ordered_on"),
        ("Order-Date", "ordered_on"),
    ],
)
def test_headings_are_recognised(tmp_path, heading, column) -> None:
    assert preview(tmp_path, heading, kind="orders").mapping == {heading.strip(): column}


def test_customer_is_an_id_where_it_looks_like_one(tmp_path) -> None:
    codes = preview(tmp_path, "客户,日期,金额", "KH-0012,2025-01-03,1")
    assert codes.mapping["客户"] == "customer_id"
    names = preview(tmp_path, "客户,日期,金额", "上海明达,2025-01-03,1")
    assert names.mapping["客户"] == "customer_name"


def test_a_correction_wins_over_the_guess(tmp_path) -> None:
    path = csv_file(tmp_path, "客户名称,日期,金额,净额,备注\n明达,2025-01-03,1,2,x\n")
    reader = open_reader(path, mapping={"净额": "amount", "备注": None})
    assert reader.preview.mapping == {
        "客户名称": "customer_name",
        "日期": "ordered_on",
        "净额": "amount",
    }
    assert reader.preview.unmapped == ["金额", "备注"]
    rows, _ = read(path, mapping={"净额": "amount"})
    assert money(rows) == ["2.00"]


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"no such": "amount"}, "unknown-heading"),
        ({"金额": "amnt"}, "unknown-target"),
        ({"金额": "amount", "备注": "amount"}, "column-twice"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path, mapping, code) -> None:
    path = csv_file(tmp_path, "客户名称,日期,金额,备注\n")
    with pytest.raises(ReadingError) as caught:
        open_reader(path, "orders", mapping)
    assert caught.value.code == code


def test_missing_columns_are_listed_before_any_row(tmp_path) -> None:
    path = csv_file(tmp_path, "客户名称,备注\n明达,x\n")
    assert open_reader(path, "orders").preview.missing == ["ordered_on", "amount"]
    with pytest.raises(ReadingError) as caught:
        read(path, "orders")
    assert caught.value.code == "columns-missing"
    assert caught.value.data["missing_zh"] == ["下单日期", "金额"]


def test_an_unknown_kind(tmp_path) -> None:
    with pytest.raises(LedgerError) as caught:
        open_reader(csv_file(tmp_path, "a\n"), "oders")
    assert caught.value.code == "unknown-kind"


def test_customers_keep_their_other_columns(tmp_path) -> None:
    path = csv_file(tmp_path, "客户编号,客户名称,等级,备用,开户行\nC1,明达,A,-,工行\nC2,华联,,,\n")
    rows, _ = read(path, "customers", mapping={"备用": None})
    assert rows["attributes"].to_list() == ['{"等级": "A", "开户行": "工行"}', None]


def test_customers_may_have_names_only(tmp_path) -> None:
    rows, [rejection] = read(csv_file(tmp_path, "客户名称,城市\n明达,上海\n,北京\n"), "customers")
    assert (rows["name"][0], rows["customer_name"][0], rows["customer_id"][0]) == (
        "明达",
        "明达",
        None,
    )
    assert (rejection.code, rejection.line, rejection.heading) == (
        "customer-missing",
        3,
        "客户名称",
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_template_imports_as_it_is(tmp_path, kind, lang) -> None:
    path = tmp_path / "template.xlsx"
    write_template(KINDS[kind], path, lang)
    found = open_reader(path, today=TODAY).preview
    assert found.kind == kind
    assert (found.missing, found.unmapped) == ([], [])
    rows, rejections = read(path)
    assert (rows.height, rejections) == (0, [])
    assert notices(path)[-1] == "example-row-skipped"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_into_a_template_lands(tmp_path, kind, lang) -> None:
    path = tmp_path / "template.xlsx"
    write_template(KINDS[kind], path, lang)
    customer = KINDS[kind].column("customer_id").label[lang]
    head, example = (
        row for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[:2]
    )
    place = next(n for n, name in enumerate(head) if name.rstrip(" *") == customer)
    own = xlsx_file(tmp_path, ("x", [head, [*example[:place], "KH-77", *example[place + 1 :]]]))
    rows, rejections = read(own, kind)
    assert (rows["customer_id"].to_list(), rejections) == (["KH-77"], [])
    [row] = rows.to_dicts()
    empty = {name for name, value in row.items() if value is None}
    assert empty <= {"note", "attributes", "customer_name", "name"}
