"""What other columns than the status say of a sale: returned, cancelled, not paid, only a test."""

from __future__ import annotations

import pytest
from messy_files import csv_file, money, notices, read

from kefen.errors import KefenError
from kefen.ledger import document_types
from kefen.ledger.statuses import meanings
from kefen.ledger.store import Ledger


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Return / Refund Status", "Refund Completed"),
        ("退货/退款状态", "Refund Completed"),
        ("Return Status", "Return Completed"),
        ("售后状态 After-sales Status", "退款成功"),
        ("Cancel Reason", "Buyer changed mind"),
        ("取消原因", "拍错"),
        ("退款原因", "不想要"),
        ("是否测试", "是"),
        ("标签", "刷单,加急"),
        ("备注", "刷单"),
        ("is_paid", "0"),
        ("已付款", "×"),
    ],
)
def test_a_further_column_says_what_is_no_sale(tmp_path, heading, cell):
    other = {"0": "1", "×": "√"}.get(cell, "")
    text = f"订单号,客户,日期,金额,{heading}\n1,a,2025-03-01,100,{other}\n"
    rows, _ = read(csv_file(tmp_path, f'{text}2,b,2025-03-02,200,"{cell}"\n'))
    said = rows["status"].to_list()
    assert said[0] is None
    assert said[1].startswith(heading)


@pytest.mark.parametrize(
    "words",
    [
        ("Abgeschlossen", "Storniert", "Erstattet", "Entwurf", "Zahlung ausstehend"),
        ("Payée", "Annulée par le client", "Remboursée", "Brouillon", "En attente de paiement"),
        ("Completado", "Cancelado", "Reembolsado", "Borrador", "Pendiente"),
        ("Completato", "Annullato", "Rimborsato", "Bozza", "In attesa di pagamento"),
        ("Voltooid", "Geannuleerd", "Terugbetaald", "Concept", "Openstaand"),
        ("発送済み", "キャンセル済", "返品", "下書き", "入金待ち"),
        ("Выполнен", "Заказ отменен", "Возврат", "Черновик", "Ожидает оплаты"),
        ("배송완료", "주문취소", "환불완료", "임시저장", "입금대기"),
        ("Entregue", "Cancelada", "Estornado", "Rascunho", "Aguardando pagamento"),
    ],
)
def test_everyday_words_of_further_languages(words):
    assert list(meanings(words).values()) == ["counts", "none", "none", "none", "none"]


@pytest.mark.parametrize(
    "word", ["Nicht storniert", "Teilweise erstattet", "취소요청", "не отменен"]
)
def test_words_of_further_languages_that_deny(word):
    assert meanings([word]) == {word: "counts"}


def test_a_korean_file_is_read(tmp_path):
    text = "주문번호,고객명,주문일자,금액,상태\n1,a,2025-03-01,100,배송완료\n"
    rows, _ = read(csv_file(tmp_path, f"{text}2,b,2025-03-02,200,주문취소\n"))
    assert rows["status"].to_list() == ["배송완료", "주문취소"]


@pytest.mark.parametrize(
    ("heading", "cell"),
    [("取消原因", "未取消"), ("is_paid", "20.50"), ("标签", "加急"), ("Tags", "vip")],
)
def test_other_words_there_say_nothing(tmp_path, heading, cell):
    text = f"订单号,客户,日期,金额,{heading}\n1,a,2025-03-01,100,{cell}\n2,b,2025-03-02,9,0\n"
    rows, _ = read(csv_file(tmp_path, text))
    assert rows["status"].to_list()[0] is None


def test_what_was_delivered_counts_though_it_is_not_paid(tmp_path):
    text = "订单号,客户,日期,金额,订单状态,是否付款\n1,a,2025-03-01,100,已发货,否\n"
    assert read(csv_file(tmp_path, text))[0]["status"].to_list() == ["已发货"]


def test_ticks_as_statuses_are_asked_about(tmp_path):
    text = "订单号,客户,日期,金额,状态\n1,a,2025-03-01,100,✔\n2,b,2025-03-02,200,✘\n"
    path = csv_file(tmp_path, text)
    ledger = Ledger(tmp_path / "data")
    with pytest.raises(KefenError) as asked:
        ledger.load(path)
    assert asked.value.code == "statuses-unclear"
    report = ledger.load(path, statuses={"✔": True, "✘": False})
    assert report.added == 2


def test_statuses_of_what_came_back(tmp_path):
    said = meanings(["退货入库", "异常关闭", "交易成功(有退款)"])
    assert said == {"退货入库": "none", "异常关闭": "none", "交易成功(有退款)": "counts"}
    text = "订单号,客户,日期,金额,订单状态\n1,a,2025-03-01,100,交易成功(有退款)\n"
    assert "returned-in-part" in notices(csv_file(tmp_path, text))


@pytest.mark.parametrize(
    ("rows", "amounts", "code"),
    [
        ("1,A,2025-03-01,60,0\n2,B,2025-03-02,110,40", ["60.00", "110.00"], "refunds-left"),
        ("1,A,2025-03-01,60,0\n2,B,2025-03-02,110,110", ["60.00", "0.00"], "refunds-subtracted"),
    ],
)
def test_a_net_amount_is_less_its_refund_unless_all_of_it_came_back(tmp_path, rows, amounts, code):
    path = csv_file(tmp_path, f"订单号,客户,日期,净销售额,退款金额\n{rows}\n")
    assert money(read(path)[0]) == amounts
    assert code in notices(path)


def test_a_refund_above_the_amount_is_told_and_left(tmp_path):
    path = csv_file(tmp_path, "订单号,客户,日期,金额,退款金额\n1,A,2025-03-01,60,100\n")
    assert money(read(path)[0]) == ["60.00"]
    assert "refunds-exceed" in notices(path)


def test_a_refund_without_an_amount_is_a_return_of_its_own(tmp_path):
    text = "日期,客户,摘要,销售金额,退货金额\n2025-03-02,A,杯,500,\n2025-03-04,A,退货,,50\n"
    path = csv_file(tmp_path, f"{text}合计,,,500,50\n")
    rows, rejections = read(path)
    assert money(rows) == ["500.00", "-50.00"]
    assert not rejections
    assert "returns-among-sales" in notices(path)


def test_a_reason_of_a_refund_says_nothing_beside_its_money(tmp_path):
    text = "订单号,客户,日期,金额,退款金额,退款原因\n1,a,2025-03-01,100,20,少件\n"
    rows, _ = read(csv_file(tmp_path, text))
    assert (money(rows), rows["status"].to_list()) == (["80.00"], [None])


def test_positive_and_negative_orders_by_type(tmp_path):
    text = "订单号,客户,日期,金额,订单类型\nA1,a,2025-03-01,100,正单\nA2,a,2025-03-02,100,负单\n"
    assert money(read(csv_file(tmp_path, text))[0]) == ["100.00", "-100.00"]


def test_money_put_on_a_card_is_no_sale_beside_what_it_pays():
    said = document_types.meanings(["充值", "消费"])
    assert said == {"充值": "none", "消费": "counts"}
    assert document_types.meanings(["充值"]) == {"充值": "unknown"}


def test_a_closed_order_counts_where_it_was_delivered(tmp_path):
    head = "订单号,客户,日期,金额,状态,累计发货数量"
    lines = "1,a,2025-03-01,100,关闭,10\n2,b,2025-03-02,200,关闭,0\n3,b,2025-03-03,50,审核,0\n"
    rows, _ = read(csv_file(tmp_path, f"{head}\n{lines}"))
    said = meanings(rows["status"].to_list())
    assert [said[status] for status in rows["status"]][:2] == ["counts", "none"]


def test_a_delivery_of_kingdee_in_another_currency_that_is_closed(tmp_path):
    text = (
        "日期,单据编号,客户,单据状态,关闭状态,结算币别,汇率,物料编码,物料名称,"
        "销售数量,价税合计,价税合计（本位币）\n"
        "2025/3/1,X1,Acme,已审核,未关闭,美元,7.2,01,螺丝,10,113,813.6\n"
        "2025/3/2,X2,Bolt,已审核,已关闭,人民币,1,01,螺丝,10,113,113\n"
    )
    rows, rejected = read(csv_file(tmp_path, text))
    assert (money(rows), rejected) == (["813.60", "113.00"], [])
    assert set(meanings(rows["status"].to_list()).values()) == {"counts"}
    assert "closed-counts" in notices(csv_file(tmp_path, text))


@pytest.mark.parametrize("heading", ["入库金额", "欠款", "预收款", "Compensation"])
def test_money_that_is_no_sale_is_asked_about(tmp_path, heading):
    with pytest.raises(KefenError, match="kind-between"):
        read(csv_file(tmp_path, f"客户,日期,{heading}\na,2025-03-01,100\nb,2025-03-02,200\n"))


@pytest.mark.parametrize(
    ("heading", "kept", "void"),
    [
        ("Storno", "N", "J"),
        ("Storno", "", "X"),
        ("Annulée", "non", "oui"),
        ("Anulada", "no", "sí"),
        ("キャンセル", "", "有"),
        ("취소여부", "N", "Y"),
        ("Internal", "No", "Yes"),
        ("是否内部", "否", "是"),
        ("Billable", "Yes", "No"),
    ],
)
def test_flags_of_other_languages_say_what_is_no_sale(tmp_path, heading, kept, void):
    text = f"Order,Customer,Date,Amount,{heading}\nA1,a,2025-03-01,100,{kept}\n"
    rows, _ = read(csv_file(tmp_path, f"{text}A2,b,2025-03-02,200,{void}\n"))
    said = rows["status"].to_list()
    assert (said[0], said[1].startswith(heading)) == (None, True)


@pytest.mark.parametrize(
    ("heading", "sale", "back"),
    [
        ("BelegArt", "RE", "GU"),
        ("Tipo", "Factura", "Rectificativa"),
        ("Action", "sold", "returned"),
        ("单据类型", "XSCK", "XSTH"),
    ],
)
def test_types_of_other_languages_and_codes_take_money_away(tmp_path, heading, sale, back):
    text = f"Number,{heading},Customer,Date,Amount\nA1,{sale},a,2025-03-01,100\n"
    rows, _ = read(csv_file(tmp_path, f"{text}A2,{back},a,2025-03-02,30\n"))
    assert money(rows) == ["100.00", "-30.00"]


def test_the_sides_of_a_german_account_are_asked_about(tmp_path):
    path = csv_file(
        tmp_path, "Beleg;S/H;Kunde;Datum;Betrag\n1;S;A;03.01.2025;100,00\n2;H;A;05.01.2025;30,00\n"
    )
    ledger = Ledger(tmp_path / "ledger")
    with pytest.raises(KefenError) as caught:
        ledger.load(path)
    assert caught.value.code == "statuses-unclear"


def test_a_negative_row_of_an_order_on_a_later_day_takes_it_back(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    rows = (
        "1,2025-03-01,Ann,30",
        "1,2025-03-05,Ann,-30",
        "2,2025-03-02,Bo,20",
        "2,2025-03-09,Bo,-5",
    )
    batch = ledger.load(csv_file(tmp_path, "\n".join(["Order No,Date,Customer,Amount", *rows])))
    assert batch.rejected == 0
    told = {notice.code: notice.data for notice in batch.notices}
    assert (told["returns-among-sales"]["rows"], told["returns-among-sales"]["money"]) == (
        2,
        "35.00",
    )
    assert ledger.table("sales").amount.sum().to_pyarrow().as_py() == 15


def test_a_product_called_a_refund_is_told(tmp_path):
    text = "Order,Date,Customer,Item,Amount\n1,2025-01-03,A,Shoes,100\n2,2025-01-09,A,{},100\n"
    assert "return-in-remark" in notices(csv_file(tmp_path, text.format("Refund for 1")))
    for word in ("退货运费险", "Refundable deposit", "Return ticket"):
        assert "return-in-remark" not in notices(csv_file(tmp_path, text.format(word)))


def test_bookings_and_deliveries_that_are_no_sales():
    assert {meanings([word])[word] for word in ("No-show", "Waitlist", "Tentative", "Angebot")} == {
        "none"
    }
    types = ("赠品出库", "寄售发货", "换货出库")
    assert {document_types.group(word) for word in types} == {"none"}
    assert document_types.group("销售出库") == "sale"
