"""The kinds of fact a ledger keeps: their columns, types, units and keys.

A kind is declared once, here. Reading recognises headings by a column's label and synonyms,
the store takes the schema, and templates and screens take labels, examples and notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from kefen.deferred import ibis
from kefen.errors import LedgerError
from kefen.ledger.synonyms import COMMON, OWN

if TYPE_CHECKING:
    from collections.abc import Mapping

Type = Literal["text", "date", "money", "number", "integer", "boolean"]

IBIS_TYPES: dict[str, str] = {
    "text": "string",
    "date": "date",
    "money": "decimal(18, 2)",
    "number": "float64",
    "integer": "int64",
    "boolean": "boolean",
}
BATCH_ID = "batch_id"
COUNTED = "counted"
"""Of sales: false where the status of the row says that it is no sale; null where it is one."""
RETURNED = "~R"
"""Of sales: stands, before the day, after the number of an order whose row is a return."""
SALES = ("orders", "order_lines")
"""The kinds whose rows may land without counting."""


@dataclass(frozen=True)
class Column:
    """One column of a kind. `unit` is `money` (base currency), `days` or empty.

    `stored` is false for columns that only help to read a file: the customer's name, the
    currency of the row and its rate.
    """

    name: str
    type: Type
    label: Mapping[str, str]
    required: bool = False
    synonyms: tuple[str, ...] = ()
    example: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    note: Mapping[str, str] = field(default_factory=dict)
    stored: bool = True


@dataclass(frozen=True)
class Kind:
    """One kind of fact. `key` identifies a row, `date_column` says when it happened."""

    name: str
    label: Mapping[str, str]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    date_column: str | None
    customer_column: str = "customer_id"

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that land in the ledger, without the internal `batch_id`."""
        return tuple(column for column in self.columns if column.stored)

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns a row cannot be without; a customer's name stands in for its id."""
        return tuple(column for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """The column called `name`; LedgerError `unknown-column` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        known = [column.name for column in self.columns]
        raise LedgerError("unknown-column", column=name, kind=self.name, known=known)

    def has(self, name: str) -> bool:
        """Whether this kind has a column called `name`."""
        return any(column.name == name for column in self.columns)

    def types(self) -> dict[str, str]:
        """The stored columns with their types as Ibis calls them, then `batch_id`.

        >>> KINDS["payments"].types()["amount"]
        'decimal(18, 2)'
        """
        types = {column.name: IBIS_TYPES[column.type] for column in self.stored}
        return {**types, BATCH_ID: "string"}

    def stored_types(self) -> dict[str, str]:
        """`types` as they stand on disk: sales have `counted` too."""
        return {**self.types(), **({COUNTED: "boolean"} if self.name in SALES else {})}

    def schema(self) -> ibis.Schema:
        """The stored columns with their Ibis types, then `batch_id`."""
        return ibis.schema(self.types())

    def stored_schema(self) -> ibis.Schema:
        """`schema` as it stands on disk: sales have `counted` too."""
        return ibis.schema(self.stored_types())


def kind(name: str) -> Kind:
    """The kind called `name`; LedgerError `unknown-kind` when there is none."""
    try:
        return KINDS[name]
    except KeyError:
        raise LedgerError("unknown-kind", kind=name, known=list(KINDS)) from None


def _column(
    name: str,
    type_: Type,
    zh: str,
    en: str,
    example: str | tuple[str, str] = "",
    note: tuple[str, str] | None = None,
) -> Column:
    zh_example, en_example = (example, example) if isinstance(example, str) else example
    return Column(
        name,
        type_,
        {"zh": zh, "en": en},
        example={"zh": zh_example, "en": en_example},
        unit="money" if type_ == "money" else "",
        note={"zh": note[0], "en": note[1]} if note else {},
    )


_TEXT: Final = "text"
_DATE: Final = "date"
_MONEY: Final = "money"
_NUMBER: Final = "number"
_INTEGER: Final = "integer"
_COMPANY = ("上海明达贸易有限公司", "Mingda Trading Co., Ltd.")
_OWN_ID = (
    "可不填；不填时由内容推出，同一文件导入两次只入账一次",
    "May be left out; it is then derived from the content, so that a file sent twice lands once",
)

_CUSTOMER_ID = _column(
    "customer_id",
    _TEXT,
    "客户编号",
    "Customer ID",
    "C0001",
    ("没有编号时可只填客户名称", "Without an ID, the customer name is enough"),
)
_CUSTOMER_NAME = replace(
    _column(
        "customer_name",
        _TEXT,
        "客户名称",
        "Customer name",
        _COMPANY,
        (
            "没有客户编号时按名称找到客户，找不到则新建",
            "Without a customer ID, finds the customer by name or creates it",
        ),
    ),
    stored=False,
)
_CURRENCY = replace(
    _column(
        "currency",
        _TEXT,
        "币种",
        "Currency",
        "CNY",
        ("不填即本位币", "Empty means the base currency"),
    ),
    stored=False,
)
_RATE = replace(
    _column(
        "rate",
        _NUMBER,
        "汇率",
        "Exchange rate",
        "1",
        ("一单位外币合多少本位币", "Base currency for one unit of the row's currency"),
    ),
    stored=False,
)
_ORDER_ID = _column("order_id", _TEXT, "订单号", "Order ID", "SO20250103001")
_ORDERED_ON = _column("ordered_on", _DATE, "下单日期", "Order date", "2025-01-03")
_COST = _column("cost", _MONEY, "成本", "Cost", "880.00")
_DISCOUNT = _column("discount", _MONEY, "折扣额", "Discount", "20.00")
_CHANNEL = _column("channel", _TEXT, "销售渠道", "Channel", ("线下", "Store"))
_SALESPERSON = _column("salesperson", _TEXT, "业务员", "Salesperson", ("王芳", "Wang Fang"))
_PRODUCT_ID = _column("product_id", _TEXT, "商品编号", "Product ID", "P100")
_NOTE = _column("note", _TEXT, "备注", "Note")
_STATUS = _column(
    "status",
    _TEXT,
    "订单状态",
    "Order status",
    ("已完成", "Completed"),
    (
        "已取消、已退款、待付款等状态的订单会入账，但不计入销售",
        "What is cancelled, refunded, unpaid and the like lands, but counts as no sale",
    ),
)
_REFUNDED = replace(
    _column(
        "refunded",
        _MONEY,
        "已退金额",
        "Refunded",
        "0.00",
        ("从金额中减去", "Subtracted from the amount"),
    ),
    stored=False,
)
_ENTRY_TYPE = replace(
    _column(
        "entry_type",
        _TEXT,
        "单据类型",
        "Document type",
        ("销售", "Sale"),
        ("退货、红字等即为退货", "A return or a credit note is taken as a return"),
    ),
    stored=False,
)


def _amount(zh: str, en: str, note: tuple[str, str] | None = None) -> Column:
    return _column("amount", _MONEY, zh, en, "1234.50", note)


def _kind(
    name: str,
    zh: str,
    en: str,
    columns: list[Column],
    required: str,
    key: tuple[str, ...],
    date_column: str | None,
) -> Kind:
    """Put a kind together: which columns are required, and how headings call each of them."""
    needed, own = required.split(), OWN.get(name, {})
    return Kind(
        name,
        {"zh": zh, "en": en},
        tuple(
            replace(
                column,
                required=column.name in needed,
                synonyms=tuple(own.get(column.name, ()) or COMMON.get(column.name, ())),
                unit="days" if column.name == "credit_days" else column.unit,
            )
            for column in columns
        ),
        key,
        date_column,
    )


_CUSTOMERS = [
    _CUSTOMER_ID,
    _column("name", _TEXT, "客户名称", "Customer name", _COMPANY),
    _column("region", _TEXT, "区域", "Region", ("华东", "East")),
    _column("province", _TEXT, "省份", "Province", ("上海", "Shanghai")),
    _column("city", _TEXT, "城市", "City", ("上海", "Shanghai")),
    _column("industry", _TEXT, "行业", "Industry", ("批发零售", "Wholesale")),
    _column("size", _TEXT, "规模", "Company size", ("100-499人", "100-499 people")),
    _column("customer_type", _TEXT, "客户类型", "Customer type", ("经销商", "Dealer")),
    _column("owner", _TEXT, "负责人", "Owner", ("王芳", "Wang Fang")),
    _column("source_channel", _TEXT, "客户来源", "Source", ("展会", "Trade fair")),
    _column("phone", _TEXT, "电话", "Phone", "021-55550101"),
    _column("email", _TEXT, "邮箱", "Email", "buyer@example.com"),
    _column("address", _TEXT, "地址", "Address", ("浦东新区世纪大道1号", "1 Century Avenue")),
    _column("contact", _TEXT, "联系人", "Contact", ("李明", "Li Ming")),
    _column("registered_on", _DATE, "建档日期", "Registered on", "2023-05-18"),
    _column("founded_on", _DATE, "成立日期", "Founded on", "2010-09-01"),
    _column("birthday", _DATE, "生日", "Birthday", "1985-06-01"),
    _column("credit_limit", _MONEY, "信用额度", "Credit limit", "100000.00"),
    _column("credit_days", _INTEGER, "账期（天）", "Credit days", "30"),
    _column("status", _TEXT, "状态", "Status", ("合作中", "Active")),
    _NOTE,
    _column(
        "attributes",
        _TEXT,
        "其他属性",
        "Other attributes",
        note=("其余列自动存入此处", "Every other column of the file is kept here"),
    ),
]
_CONTACTS = [
    _column("contact_id", _TEXT, "联系人编号", "Contact ID", "K001", _OWN_ID),
    _CUSTOMER_ID,
    _column("name", _TEXT, "姓名", "Contact name", ("李明", "Li Ming")),
    _column("title", _TEXT, "职务", "Job title", ("采购经理", "Purchasing manager")),
    _column("role", _TEXT, "角色", "Role", ("决策人", "Decision maker")),
    _column("phone", _TEXT, "电话", "Phone", "13800000001"),
    _column("email", _TEXT, "邮箱", "Email", "liming@example.com"),
    _column("birthday", _DATE, "生日", "Birthday", "1985-06-01"),
    _column("is_primary", "boolean", "主要联系人", "Primary contact", ("是", "yes")),
    _NOTE,
    _CUSTOMER_NAME,
]
_ORDERS = [
    replace(_ORDER_ID, note={"zh": _OWN_ID[0], "en": _OWN_ID[1]}),
    _CUSTOMER_ID,
    _ORDERED_ON,
    _amount("金额", "Amount", ("退款可写负数", "A refund may be negative")),
    _COST,
    _DISCOUNT,
    _CHANNEL,
    _SALESPERSON,
    _STATUS,
    _NOTE,
    _CUSTOMER_NAME,
    _REFUNDED,
    _ENTRY_TYPE,
    _CURRENCY,
    _RATE,
]
_ORDER_LINES = [
    _ORDER_ID,
    _column("line_no", _INTEGER, "行号", "Line number", "1"),
    _CUSTOMER_ID,
    _ORDERED_ON,
    _amount("金额", "Amount", ("不填时为数量乘单价", "Left out, it is quantity times unit price")),
    _PRODUCT_ID,
    _column("product_name", _TEXT, "商品名称", "Product name", ("洗衣液", "Detergent")),
    _column("category", _TEXT, "商品类别", "Category", ("日化", "Household")),
    _column("brand", _TEXT, "品牌", "Brand", ("净佳", "Jingjia")),
    _column("specification", _TEXT, "规格", "Specification", "2kg"),
    _column("quantity", _NUMBER, "数量", "Quantity", "10"),
    _column("unit_price", _MONEY, "单价", "Unit price", "123.45"),
    _column("list_price", _MONEY, "标价", "List price", "130.00"),
    _COST,
    _DISCOUNT,
    _CHANNEL,
    _SALESPERSON,
    _STATUS,
    _CUSTOMER_NAME,
    _REFUNDED,
    _ENTRY_TYPE,
    _CURRENCY,
    _RATE,
]
_RETURNS = [
    _column("return_id", _TEXT, "退货单号", "Return ID", "TH20250110001", _OWN_ID),
    _CUSTOMER_ID,
    _column("returned_on", _DATE, "退货日期", "Return date", "2025-01-10"),
    _amount("退货金额", "Refund amount", ("退还的钱，写正数", "Money given back, positive")),
    _COST,
    _ORDER_ID,
    _PRODUCT_ID,
    _column("reason", _TEXT, "退货原因", "Reason", ("破损", "Damaged")),
    _CUSTOMER_NAME,
    _CURRENCY,
    _RATE,
]
_INVOICES = [
    _column("invoice_id", _TEXT, "发票号", "Invoice ID", "INV20250105001"),
    _CUSTOMER_ID,
    _column("issued_on", _DATE, "开票日期", "Invoice date", "2025-01-05"),
    _amount("开票金额", "Invoice amount"),
    _column("due_on", _DATE, "到期日", "Due date", "2025-02-04"),
    _ORDER_ID,
    _CUSTOMER_NAME,
    _CURRENCY,
    _RATE,
]
_PAYMENTS = [
    _column("payment_id", _TEXT, "收款单号", "Payment ID", "SK20250120001", _OWN_ID),
    _CUSTOMER_ID,
    _column("paid_on", _DATE, "收款日期", "Payment date", "2025-01-20"),
    _amount("收款金额", "Payment amount"),
    _column("invoice_id", _TEXT, "发票号", "Invoice ID", "INV20250105001"),
    _column("method", _TEXT, "付款方式", "Payment method", ("银行转账", "Bank transfer")),
    _CUSTOMER_NAME,
    _CURRENCY,
    _RATE,
]
_INTERACTIONS = [
    _column("interaction_id", _TEXT, "互动编号", "Interaction ID", "HD20250108001", _OWN_ID),
    _CUSTOMER_ID,
    _column("happened_on", _DATE, "互动日期", "Interaction date", "2025-01-08"),
    _column(
        "type",
        _TEXT,
        "互动方式",
        "Interaction type",
        ("拜访", "visit"),
        (
            "拜访、电话、消息、邮件、会议、询价、服务……",
            "visit, call, message, email, meeting, inquiry, service …",
        ),
    ),
    _column(
        "direction",
        _TEXT,
        "互动方向",
        "Direction",
        ("去", "out"),
        ("去：我方联系客户；来：客户联系我方", "out: we contacted the customer; in: they did"),
    ),
    _column("responded", "boolean", "是否回应", "Responded", ("是", "yes")),
    _column("topic", _TEXT, "主题", "Topic", ("报价跟进", "Quotation")),
    _column("by", _TEXT, "跟进人", "By", ("王芳", "Wang Fang")),
    _NOTE,
    _CUSTOMER_NAME,
]
_FEEDBACK = [
    _column("feedback_id", _TEXT, "反馈编号", "Feedback ID", "FK20250112001", _OWN_ID),
    _CUSTOMER_ID,
    _column("given_on", _DATE, "反馈日期", "Feedback date", "2025-01-12"),
    _column(
        "type",
        _TEXT,
        "反馈类型",
        "Feedback type",
        ("投诉", "complaint"),
        (
            "投诉、建议、表扬、咨询、满意度……",
            "complaint, suggestion, praise, inquiry, satisfaction …",
        ),
    ),
    _column("score", _NUMBER, "满意度评分", "Satisfaction score", "80", ("0 到 100", "0 to 100")),
    _column(
        "status",
        _TEXT,
        "处理状态",
        "Handling status",
        ("已解决", "resolved"),
        ("未解决或已解决", "open or resolved"),
    ),
    _column("resolved_on", _DATE, "解决日期", "Resolved on", "2025-01-15"),
    _column("topic", _TEXT, "主题", "Topic", ("交货延误", "Late delivery")),
    _NOTE,
    _CUSTOMER_NAME,
]

KINDS: dict[str, Kind] = {
    kind_.name: kind_
    for kind_ in (
        _kind("customers", "客户", "Customers", _CUSTOMERS, "customer_id", ("customer_id",), None),
        _kind(
            "contacts", "联系人", "Contacts", _CONTACTS, "customer_id name", ("contact_id",), None
        ),
        _kind(
            "orders",
            "订单",
            "Orders",
            _ORDERS,
            "customer_id ordered_on amount",
            ("order_id",),
            "ordered_on",
        ),
        _kind(
            "order_lines",
            "订单明细",
            "Order lines",
            _ORDER_LINES,
            "order_id customer_id ordered_on amount",
            ("order_id", "line_no"),
            "ordered_on",
        ),
        _kind(
            "returns",
            "退货",
            "Returns",
            _RETURNS,
            "customer_id returned_on amount",
            ("return_id",),
            "returned_on",
        ),
        _kind(
            "invoices",
            "发票",
            "Invoices",
            _INVOICES,
            "invoice_id customer_id issued_on amount",
            ("invoice_id",),
            "issued_on",
        ),
        _kind(
            "payments",
            "收款",
            "Payments",
            _PAYMENTS,
            "customer_id paid_on amount",
            ("payment_id",),
            "paid_on",
        ),
        _kind(
            "interactions",
            "互动",
            "Interactions",
            _INTERACTIONS,
            "customer_id happened_on",
            ("interaction_id",),
            "happened_on",
        ),
        _kind(
            "feedback",
            "反馈",
            "Feedback",
            _FEEDBACK,
            "customer_id given_on",
            ("feedback_id",),
            "given_on",
        ),
    )
}
