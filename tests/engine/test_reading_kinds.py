"""What rows are: no one heading settles it, money is never lost, values help, people decide."""

from __future__ import annotations

import pytest
from messy_files import csv_file, days, money, read

from kefen.errors import ReadingError
from kefen.ledger.reading import open_reader
from kefen.wording import sentence

BY_HAND = (
    "日期,客户,货款,备注\n2026-08-09,宏业,1200元,\n2026-08-10,柳工,两千,现金\n"
    "2026-08-11,柳工,约500,\n"
)


def told(path, **options) -> list[tuple[str, object]]:
    chunks = list(open_reader(path, **options).chunks())
    return [(notice.code, notice.data) for chunk in chunks for notice in chunk.notices]


def refusal(path, kind=None, **options) -> ReadingError:
    with pytest.raises(ReadingError) as caught:
        read(path, kind, **options)
    for lang in ("zh", "en"):
        assert "{" not in sentence(caught.value.code, caught.value.data, lang)
    return caught.value


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("客户名称,日期,营业额\n明达,2025-01-03,120.50\n", "营业额"),
        ("客户名称,日期,货款\n明达,2025-01-03,120.50\n", "货款"),
        ("customer,date,net\nA Co,2025-01-03,120.50\n", "net"),
        ("customer,date,dollar_value\nA Co,2025-01-03,120.50\n", "dollar_value"),
        ("customer,date,worth,tax,points\nA Co,2025-01-03,120.50,9.5,3\n", "worth"),
        ("会员卡号,消费时间,流水\n0012,2025-01-03,120.5\n", "流水"),
    ],
)
def test_unknown_money_is_found_by_its_values_and_told(tmp_path, text, heading) -> None:
    path = csv_file(tmp_path, text)
    rows, rejections = read(path)
    assert (open_reader(path).preview.kind, rejections) == ("orders", [])
    assert money(rows) == ["120.50"]
    [(code, data)] = told(path)
    assert (code, data["heading"], data["column"]) == ("column-assumed", heading, "amount")


def test_an_unknown_date_is_found_by_its_values_and_told(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "customer id,TRANSACTION_DT,updated,birth,amount\n"
        "7,2025-01-03,2025-03-03,1980-01-01,5.50\n",
    )
    rows, _ = read(path)
    assert days(rows) == ["2025-01-03"]
    assert [(code, data["heading"]) for code, data in told(path)] == [
        ("column-assumed", "TRANSACTION_DT")
    ]


def test_of_several_a_person_chooses(tmp_path) -> None:
    path = csv_file(tmp_path, "customer,date,gross_rev,net_rev\nA,2025-01-03,120,100\n")
    error = refusal(path)
    assert (error.code, error.data["candidates"]) == ("column-unclear", ["gross_rev", "net_rev"])
    assert open_reader(path).preview.unclear == {"amount": ["gross_rev", "net_rev"]}
    rows, _ = read(path, mapping={"gross_rev": "amount"})
    assert money(rows) == ["120.00"]


@pytest.mark.parametrize("kind", [None, "orders"])
def test_an_amount_that_may_be_a_count_is_asked(tmp_path, kind) -> None:
    path = csv_file(
        tmp_path,
        "TRANSACTION_DT,CUSTOMER_ID,PRODUCT_ID,AMOUNT,SALES_PRICE\n"
        "11/14/2024,01,P1,2,30\n11/15/2024,02,P2,1,148\n11/16/2024,01,P1,12,300\n",
    )
    error = refusal(path, kind)
    assert (error.code, error.data["candidates"]) == ("column-unclear", ["AMOUNT", "SALES_PRICE"])
    rows, _ = read(path, kind, mapping={"SALES_PRICE": "amount"})
    assert money(rows) == ["30.00", "148.00", "300.00"]
    rows, _ = read(path, kind, mapping={"AMOUNT": "amount"})
    assert money(rows) == ["2.00", "1.00", "12.00"]


def test_an_amount_beside_a_quantity_is_money(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "order id,customer,date,product,quantity,price,amount\nS1,A,2025-01-03,tea,1,30,28\n",
    )
    rows, _ = read(path)
    assert money(rows) == ["28.00"]


def test_a_refund_beside_money_makes_no_returns(tmp_path) -> None:
    path = csv_file(tmp_path, "客户名称,日期,订单金额,退款金额\n明达,2025-01-03,1000,0\n")
    assert open_reader(path).preview.kind == "orders"
    alone = csv_file(tmp_path, "客户名称,日期,退款金额\n明达,2025-01-03,10\n", name="r.csv")
    assert open_reader(alone).preview.kind == "returns"


def test_a_way_of_payment_makes_no_payments(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "订单号,客户名称,下单日期,金额,付款方式,手机,省份,城市,地址\nS1,明达,2025-01-03,9,微信,1,a,b,c\n",
    )
    assert open_reader(path).preview.kind == "orders"


@pytest.mark.parametrize(
    ("text", "paid"),
    [
        (
            (
                "订单编号,下单时间,客户姓名,订单金额,应付金额\n"
                "J1,2025-03-01,张三,300,250\nJ2,2025-03-02,李四,100,100\n"
            ),
            ["250.00", "100.00"],
        ),
        (
            (
                "日期,单据编号,往来单位全名,商品,数量,金额,优惠后金额\n"
                "2025-03-01,X1,明达,茶,10箱,1000,950\n2025-03-02,X2,大华,茶,5箱,500,500\n"
            ),
            ["950.00", "500.00"],
        ),
        (
            (
                "customer,order date,order amount,discount,amount paid\n"
                "A,2025-01-01,100,20,80\nB,2025-01-02,200,50,150\n"
            ),
            ["80.00", "150.00"],
        ),
        (
            "客户,日期,订单金额,优惠,应收金额\n甲,2025-01-01,100,20,80\n乙,2025-01-02,9,0,9\n",
            ["80.00", "9.00"],
        ),
    ],
)
def test_what_the_customer_pays_is_taken_and_told(tmp_path, text, paid) -> None:
    path = csv_file(tmp_path, text)
    rows, rejections = read(path)
    assert (money(rows), rejections) == (paid, [])
    assert "amount-payable" in [code for code, _ in told(path)]


def test_a_person_may_take_the_amount_before_the_discount(tmp_path) -> None:
    path = csv_file(tmp_path, "客户,日期,订单金额,应付金额\n甲,2025-01-01,300,250\n")
    rows, _ = read(path, mapping={"订单金额": "amount"})
    assert money(rows) == ["300.00"]
    assert told(path, mapping={"订单金额": "amount"}) == []


@pytest.mark.parametrize(
    "text",
    [
        # nothing says that what was paid so far is the whole
        "customer,order date,order amount,amount paid\nA,2025-01-01,100,0\nB,2025-01-02,90,90\n",
        # a sum of the order repeated on its lines
        "订单号,客户,日期,商品,金额,应付金额\nS1,甲,2025-01-01,茶,100,170\nS1,甲,2025-01-01,水,90,170\n",
    ],
)
def test_what_may_be_no_price_of_the_row_is_not_taken(tmp_path, text) -> None:
    rows, _ = read(csv_file(tmp_path, text))
    assert money(rows) == ["100.00", "90.00"]


def test_the_state_of_a_document_is_a_status(tmp_path) -> None:
    path = csv_file(
        tmp_path, "客户,日期,金额,发货单状态\n甲,2025-01-01,9,已审核\n乙,2025-01-02,8,已取消\n"
    )
    rows, _ = read(path)
    assert rows["status"].to_list() == ["已审核", "已取消"]


def test_money_beside_a_date_is_not_lost_in_silence(tmp_path) -> None:
    visits = csv_file(tmp_path, "visit date,customer,visit type,amount\n2025-01-03,A,call,120.5\n")
    [(code, data)] = told(visits)
    assert (code, data["headings"]) == ("money-without-column", ["amount"])
    assert sentence(code, data, "en").startswith("These rows were read as")
    members = csv_file(
        tmp_path,
        "客户编号,客户名称,注册日期,累计消费金额,最近购买日期\nC1,明达,2020-01-01,500.5,2025-01-03\n",
        name="members.csv",
    )
    assert open_reader(members).preview.kind == "customers"
    assert [code for code, _ in told(members)] == ["money-without-column"]
    shop = csv_file(
        tmp_path, "Name,City,Created at,Total\n#1,Rome,2025-01-03,100.00\n", name="shop.csv"
    )
    error = refusal(shop)
    assert (error.code, error.data["money"]) == ("kind-between", ["Total"])


def test_a_list_of_customers_stays_one(tmp_path) -> None:
    path = csv_file(
        tmp_path, "客户编号,客户名称,城市,注册资本,成立日期\nC1,明达,上海,5000000,2010-01-03\n"
    )
    assert open_reader(path).preview.kind == "customers"
    assert told(path) == []


def test_a_mapping_of_all_that_is_needed_settles_the_kind(tmp_path) -> None:
    path = csv_file(tmp_path, "Wer;Wann;Wieviel\nMüller GmbH;13.01.2025;1.500,00\n")
    mapping = {"Wer": "customer_name", "Wann": "ordered_on", "Wieviel": "amount"}
    assert open_reader(path, mapping=mapping).preview.kind == "orders"
    paid = {"Wer": "customer_name", "Wann": "paid_on", "Wieviel": "amount"}
    assert open_reader(path, mapping=paid).preview.kind == "payments"
    lines = {"Wer": "customer_name", "Wann": "ordered_on", "Wieviel": "quantity"}
    assert open_reader(path, mapping=lines).preview.kind == "order_lines"


@pytest.mark.parametrize(
    ("headings", "row", "heading", "column"),
    [
        ("Order Number,Customer Email,Date,Total", "1,a@b.example,2025-01-03,9", 1, "customer_id"),
        (
            "Order,Billing Email,Shipping Email,Date,Total",
            "1,a@b.c,d@b.c,2025-01-03,9",
            1,
            "customer_id",
        ),
        ("Order,Email,Date,Total", "1,a@b.example,2025-01-03,9", 1, "customer_id"),
        (
            "Order,Buyer Full Name,Ship City,Date,Total",
            "1,Ann,Rome,2025-01-03,9",
            1,
            "customer_name",
        ),
        ("order,cust_acct_no,date,total", "1,0007,2025-01-03,9", 1, "customer_id"),
        ("单号,客户公司,日期,金额", "1,明达,2025-01-03,9", 1, "customer_name"),
    ],
)
def test_a_customer_under_an_unknown_heading_is_found_and_told(
    tmp_path, headings, row, heading, column
) -> None:
    path = csv_file(tmp_path, f"{headings}\n{row}\n")
    name = headings.split(",")[heading]
    [(code, data)] = told(path)
    assert (code, data["heading"], data["column"]) == ("column-assumed", name, column)
    rows, rejections = read(path)
    assert (rows[column].to_list(), rejections) == ([row.split(",")[heading]], [])


def test_places_orders_and_people_of_the_seller_are_no_customers(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "order-id,purchase-date,customer po no,billing country code,ship-city,item-price,sku\n"
        "1,2025-01-03,77,DE,Berlin,89.90,T1\n",
    )
    assert open_reader(path).preview.missing == ["customer_id"]


@pytest.mark.parametrize(
    ("heading", "values", "column"),
    [
        ("状态", ["已完成", "已取消", "待付款"], "status"),
        ("当前状态", ["交易成功", "交易关闭", "加急"], "status"),
        ("状态", ["启用", "停用", "启用"], None),
        ("备注", ["已完成", "已取消", "待付款"], None),
    ],
)
def test_a_bare_status_is_the_status_of_orders_where_its_values_are(
    tmp_path, heading, values, column
) -> None:
    lines = [f"A{n},甲,2025-01-0{n},100,{value}" for n, value in enumerate(values, start=1)]
    text = "\n".join([f"订单号,客户,下单日期,金额,{heading}", *lines, ""])
    mapping = open_reader(csv_file(tmp_path, text)).preview.mapping
    assert mapping.get(heading) in (column, "note" if heading == "备注" else None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("编号,客户,签约日期,合同额\n1,宏业,2026-06-01,12.5\n2,柳工,2026-06-08,3\n", "orders"),
        ("客户,发货日,金额\n宏业,2026-08-09,12\n", "orders"),
        (BY_HAND, None),
    ],
)
def test_dated_money_is_no_customers_whatever_the_file_is_called(tmp_path, text, kind) -> None:
    path = csv_file(tmp_path, text, name="大客户.csv")
    assert open_reader(path).preview.kind == kind


def test_money_kept_by_hand_is_money(tmp_path) -> None:
    assert open_reader(csv_file(tmp_path, BY_HAND)).preview.mapping["货款"] == "amount"


def test_the_pay_of_employees_makes_no_customers(tmp_path) -> None:
    path = csv_file(tmp_path, "姓名,部门,入职日期,基本工资,手机\n李敏,销售部,2019-03-01,6500,138\n")
    error = refusal(path)
    assert (error.code, error.data["money"]) == ("kind-between", ["基本工资"])


def test_months_as_columns_are_named(tmp_path) -> None:
    path = csv_file(tmp_path, "客户名称,1月,2月,3月,合计\n宏业,12500,7,0,12507\n海纳,3,4,0,7\n")
    error = refusal(path)
    assert (error.code, error.data["periods"]) == ("months-as-columns", ["1月", "2月", "3月"])


def test_of_a_statement_the_debit_side_is_suggested(tmp_path) -> None:
    path = csv_file(
        tmp_path,
        "日期,客户名称,摘要,借方金额,贷方金额\n2026-08-05,宏业,销售,5000,\n"
        "2026-08-20,宏业,收货款,,2000\n",
    )
    error = refusal(path)
    assert (error.code, error.data["example"]) == ("column-unclear", "借方金额=amount")


def test_charges_with_a_day_and_no_name_are_no_customers(tmp_path) -> None:
    text = "id,Amount,Currency,Created (UTC),Status\nch_1,10,CNY,2025-03-01 10:00,Paid\n"
    with pytest.raises(ReadingError) as asked:
        list(open_reader(csv_file(tmp_path, text)).chunks())
    assert asked.value.code == "kind-between"


@pytest.mark.parametrize(
    ("headings", "amounts"),
    [
        ("订单号,客户,日期,成交价,退款金额", ["60.00", "0.00"]),
        ("Order,Customer,Date,Total paid,Refunded amount", ["60.00", "0.00"]),
        ("订单号,客户,日期,价款,收款金额", ["60.00", "110.00"]),
        ("Order,Customer,Date,Sold for,Payment amount", ["60.00", "110.00"]),
        ("订单号,客户,日期,货款合计,开票金额", ["60.00", "110.00"]),
    ],
)
def test_money_of_another_kind_beside_that_of_orders_leaves_them_orders(
    tmp_path, headings, amounts
):
    text = f"{headings}\n1,A,2025-03-01,60,0\n2,B,2025-03-02,110,110\n"
    rows, rejections = read(csv_file(tmp_path, text))
    assert money(rows) == amounts
    assert not rejections


def test_two_sorts_of_money_without_a_sign_of_orders_are_asked_about(tmp_path):
    text = "客户,日期,货款,退款金额\nA,2025-03-01,60,60\nB,2025-03-02,110,110\n"
    assert refusal(csv_file(tmp_path, text)).code == "kind-between"
    rows, _ = read(csv_file(tmp_path, text), "returns")
    assert money(rows) == ["60.00", "110.00"]


@pytest.mark.parametrize(
    ("headings", "status"),
    [
        ("订单号 Order No.,客户 Customer,日期 Date,金额(元) Amount (CNY),状态 Status", "已取消"),
        ("No. 单号,Customer 客户,Date 日期,Amount 金额,Status 状态", "cancelled"),
        ("单号,客户,日期,货值,状态", "已取消"),
        ("单号,客户,日期,Montant 金额,État 状态", "已取消"),
    ],
)
def test_money_beside_a_status_is_no_feedback(tmp_path, headings, status):
    text = f"{headings}\n1,A,2025-03-01,100,已完成\n2,B,2025-03-02,200,{status}\n"
    rows, _ = read(csv_file(tmp_path, text))
    assert money(rows) == ["100.00", "200.00"]
    assert rows["status"].to_list() == ["已完成", status]


def test_the_name_of_a_file_makes_no_feedback_of_numbered_orders(tmp_path):
    text = "单号,客户,日期,金额(元),状态\n1,明达,2025-03-01,100,已完成\n"
    assert open_reader(csv_file(tmp_path, text, name="feedback.csv")).kind.name == "orders"


def test_a_commission_is_not_the_amount_of_a_sale(tmp_path):
    text = "单号,客户,日期,提成金额,业绩\n3,新发,2025-03-03,15,300\n"
    assert money(read(csv_file(tmp_path, text))[0]) == ["300.00"]
    bought = "单号,客户,日期,采购价,运费\n1,明达,2025-03-01,200,5\n"
    assert refusal(csv_file(tmp_path, bought)).code == "kind-between"


@pytest.mark.parametrize(
    ("heading", "foreign", "own"),
    [
        ("Curr.", "USD", "CNY"),
        ("结算货币", "EUR", "人民币"),
        ("货币符号", "$", "￥"),
        ("FX", "HKD", "CNY"),
        ("Cur", "US$", "RMB"),
        ("Währg", "EUR", "CNY"),
    ],
)
def test_a_column_of_currencies_is_known_by_its_cells(tmp_path, heading, foreign, own):
    text = f"单号,客户,日期,金额,{heading}\n1,A,2025-03-01,100,{foreign}\n2,B,2025-03-02,50,{own}\n"
    rows, rejections = read(csv_file(tmp_path, text))
    assert money(rows) == ["50.00"]
    assert [(rejection.line, rejection.code) for rejection in rejections] == [
        (2, "currency-needs-rate")
    ]


def test_of_two_columns_of_currencies_a_person_chooses(tmp_path):
    text = "单号,客户,日期,金额,FX,Home\n1,A,2025-03-01,100,USD,CNY\n"
    error = refusal(csv_file(tmp_path, text))
    assert (error.code, error.data["candidates"]) == ("column-unclear", ["FX", "Home"])


def test_a_unit_of_goods_is_no_currency(tmp_path):
    text = "单号,客户,日期,金额,Unit\n1,A,2025-03-01,100,ft\n"
    assert money(read(csv_file(tmp_path, text))[0]) == ["100.00"]


def test_a_known_export_with_a_column_of_currencies_of_its_own(tmp_path):
    head = "订单编号,买家会员名,买家实际支付金额,订单状态,订单创建时间,宝贝标题,Curr."
    text = f"{head}\n1,a,100,交易成功,2025-03-01 10:00:00,杯,USD\n"
    path = csv_file(tmp_path, text)
    assert "layout-recognised" in {notice.code for notice in open_reader(path).preview.notices}
    _, rejections = read(path)
    assert [rejection.code for rejection in rejections] == ["currency-needs-rate"]


def test_how_long_a_ticket_took_is_no_money(tmp_path):
    text = "工单号,客户,日期,状态,耗时\n1,A,2025-03-01,已关闭,3.5\n"
    assert open_reader(csv_file(tmp_path, text)).kind.name == "feedback"


@pytest.mark.parametrize(
    "text",
    [
        "Customer,Month,Budget,Actual\nA,2025-01,100,90\nB,2025-01,50,60\n",
        "会计期间,客户,主营业务收入\n2025.01,甲,100\n2025.02,甲,50\n",
    ],
)
def test_figures_by_month_make_no_customers(tmp_path, text):
    with pytest.raises(ReadingError) as asked:
        read(csv_file(tmp_path, text))
    assert asked.value.code == "kind-between"


def test_what_was_sold_is_no_customer(tmp_path):
    path = csv_file(tmp_path, "日期,名称,数量,单价,金额\n2025-01-03,茶,2,10,20\n")
    reader = open_reader(path)
    assert (reader.kind.name, reader.preview.missing) == ("orders", ["customer_id"])
    named = open_reader(path, mapping={"名称": "customer_name"})
    assert named.preview.missing == []


def test_a_running_number_is_no_money_with_tax(tmp_path):
    text = "No,Type,Account,Name,Date,Net Amount,Tax Amount\n1,SI,A001,Acme,03/01/2025,100,20\n"
    reader = open_reader(csv_file(tmp_path, f"{text}2,SI,B001,Beta,15/01/2025,50,10\n"))
    assert "amount-of-tax" not in {notice.code for notice in reader.preview.notices}
