"""What further columns say of a row: cancelled, void, refunded or returned, beside its status.

Exports have several columns of status at once: of the order, the payment, the delivery and what
came after the sale; and flags, days and quantities of what was cancelled or returned. The heading
says how the cells of such a column are to be read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import polars as pl

from kefen.ledger import document_types
from kefen.ledger.facts import SALES
from kefen.ledger.reading import dates, document_states, texts
from kefen.ledger.reading.column_mapping import sayings
from kefen.ledger.reading.money import read_number
from kefen.ledger.reading.normal import normal
from kefen.ledger.statuses import is_no_sale, is_refunded, is_sold, is_void, is_word_for_void

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen.ledger.reading.work import Rules, Work

FURTHER = "_further"
"""Whether a row is void by what another column than that of its status says."""
KINDS = (*SALES, "returns", "invoices", "payments")
Sort = Literal[
    "closing",
    "status",
    "invoice",
    "aftersale",
    "flag",
    "validity",
    "paid",
    "approved",
    "outcome",
    "day",
    "reason",
    "returned",
    "tags",
    "note",
]
_OF = (
    r"单据|[主子]?订单|交易|付款|支付|收款|发货|物流|配送|收货|签收|出库|审核|审批|处理|业务|平台"
    r"|系统|票据|支票|汇票|收据|回款|到账|单证|作废|取消"
)
_STATE = r"(?:状态|状况|情况|进度|结果)"
_VOID = r"作废|取消|撤销|关闭|删除"
_BACK = r"退货|退款|全额退款"
_CANCELLED = "|".join(
    normal(word)
    for text in (
        "Storno, storniert, Stornokennzeichen, ist storniert, annulliert, gelöscht, geannuleerd",
        "annulé, annulée, annulés, annulées, annulation, anulado, anulada, cancelado, cancelada",
        "annullato, annullata, stornato, stornata, anulowane, anulowana, anulowany, makulerad",
        "キャンセル, キャンセル済, キャンセル済み, キャンセルフラグ, キャンセル区分, 取消フラグ",
        "取消区分, 取消済, 削除フラグ, отменен, отменён, отменено, отменена, аннулирован",
        "취소, 취소여부, 취소 여부",
    )
    for word in text.split(", ")
)
_PATTERNS: dict[Sort, str] = {
    "approved": (
        r"(?:是否|是否已|已|已经|单据)?(?:审核|审批|复核|核准|批准|过账|记账)(?:标[志记识]|否|与否)?"
        r"|(?:is)?(?:approved|posted)(?:flag)?"
    ),
    "closing": rf"(?:整单|单据|订单|业务|行|明细)?(?:关闭|结案){_STATE}",
    "invoice": rf"(?:开票|发票){_STATE}|invoicestatus",
    "aftersale": (
        rf"(?:商品|订单)?(?:售后|退款|退货|退换货?|退货退款|维权){_STATE}|(?:是否|有无)?售后"
        r"|(?:refund|return|returnrefund|returnandrefund|aftersales?|dispute)s?status"
    ),
    "status": (
        rf"(?:{_OF}){_STATE}|状态"
        r"|(?:审批|审核)(?:意见|结论)?|(?:payment|transaction)?(?:result|outcome)|fulfil?lment|付款结果|结果"
        r"|(?:order|document|payment|financial|fulfil?lment|shipping|shipment|delivery|transaction"
        r"|approval|cancel(?:lation)?|void|cheque|check|receipt|collection|bill|rma|claim)?status"
    ),
    "flag": (
        rf"(?:是否|是否已|已|已经|单据|订单)?(?:{_VOID})(?:标[志记识]|否|与否)?"
        rf"|(?:是否|是否已|已|已经)(?:{_BACK})(?:标[志记识])?|(?:{_BACK})(?:标[志记识]|否|与否)"
        r"|(?:是否)?(?:红字|红冲|冲红|红单)(?:标[志记识])?"
        r"|(?:是否)?(?:为)?(?:赠品|赠送|样品)(?:标[志记识])?|(?:is)?(?:a)?(?:gift|freegift|freebie|sample)"
        r"|(?:is)?(?:cancell?ed|voided|void|deleted|returned|reversed)(?:flag)?|isrefunded"
        r"|(?:cancel|void|delete|return|refund)flag"
        r"|(?:是否)?(?:为)?(?:测试|刷单|虚假|内部)(?:单|订单)?(?:标[志记识])?"
        r"|(?:is)?(?:test|fake|internal)(?:order|use)?(?:flag)?"
        rf"|{_CANCELLED}"
    ),
    "paid": (
        r"是否(?:已|已经)?(?:付款|支付|收款)|(?:已|已经)(?:付款|支付|收款)|(?:付款|支付|收款)(?:与)?否"
        r"|(?:is)?paid(?:flag)?"
    ),
    "outcome": (
        r"resolution|outcome|处理(?:方式|意见)|(?:售后|退款|退货|申请|服务)(?:类型|方式|类别)"
        r"|(?:return|refund|rma|claim)(?:type|action)"
    ),
    "reason": (
        r"(?:订单|单据)?(?:作废|取消|撤销|关闭|退款|退货)(?:原因|理由)|(?:refund|return)reason"
        r"|(?:order)?(?:cancel(?:l?ed|l?ation)?|void(?:ed)?|reject(?:ion|ed)?)reason"
        r"|reasonforrejection|(?:项目)?拒绝原因|absagegrund"
    ),
    "tags": r"(?:订单|交易)?(?:标签|标记)|(?:order)?(?:tags?|labels?)",
    "validity": (
        r"(?:是否)?(?:有效|生效)(?:标[志记识])?|(?:is)?valid(?:flag)?|(?:is)?(?:billable|chargeable)"
        r"|是否(?:计费|收费)|abrechenbar|fakturierbar|facturable"
    ),
    "day": (
        r"(?:订单|单据)?(?:作废|取消|撤销)(?:日期?|时间)"
        r"|(?:order)?(?:cancell?(?:ed|ation)?|void(?:ed)?|deleted)(?:at|on|date|time|datetime)"
    ),
    "returned": (
        r"(?:已|累计|实际)?退[货回]?(?:商品)?(?:数量|数|件数)"
        r"|(?:returned|refunded|return|refund)(?:quantity|qty|units)"
        r"|(?:quantity|qty|units)(?:returned|refunded)"
    ),
}
_DONE = frozenset(
    ["成功", "已成功", "完成", "已完成", "已退", "是", "success", "succeeded", "completed",
     "complete", "done", "approved", "yes", "true", "y", "1"]
)  # fmt: skip
_SHORT = 8
_SHIPPED = re.compile(
    r"(?:累计|已)(?:发货|出库|交货|发运)(?:数量|数|件数)|(?:qty|quantity)(?:shipped|delivered)"
    r"|(?:shipped|delivered)(?:qty|quantity)"
)
_CLOSED = re.compile(r"(?:已|整单|行|业务|自动|手工)*(?:关闭|结案)|(?i:closed)")
_POSITIVE = re.compile(r"[√✓✔☑✅]\ufe0f?")
_IN_PART = re.compile(r"部分退|(?i:partial)")
_STATUS_IN_PART = re.compile(r"部分退|[有含]退[款货]|(?i:partial(?:ly)?[ _-]?(?:refund|return))")
_BETWEEN_TAGS = re.compile(r"[,;，；、|/\s]+")
_OF_REFUNDS = re.compile(r"退|refund|return")


def sort_of(heading: str) -> Sort | None:
    """How the cells below a heading say what is no sale; None where they say nothing of it.

    >>> sort_of("售后状态"), sort_of("是否作废"), sort_of("Cancelled at"), sort_of("客户状态")
    ('aftersale', 'flag', 'day', None)
    """
    found = (
        sort
        for text in sayings(heading)
        for sort, pattern in _PATTERNS.items()
        if re.fullmatch(pattern, text)
    )
    return next(found, None)


def void_by_others(work: Work, rules: Rules) -> None:
    """Let what another column says be the status of rows that their own status calls a sale."""
    if rules.kind.name not in KINDS:
        return
    found = {heading: sort for heading in rules.kept if (sort := sort_of(heading))}
    if (note := rules.heading("note")) is not None:
        found[note] = "note"
    height = work.raw.height
    status = work.values.get("status")
    status = _nothing(height) if status is None else _closed_after_delivery(work, rules, status)
    void = work.none() | _which(status, is_no_sale)
    _tell_statuses_in_part(work, rules, status)
    further = work.none()
    for heading, sort in found.items():
        said = _said(work, rules, heading, sort, status)
        if said is None:
            continue
        mask = said.is_not_null() & ~void & ~further
        if mask.any():
            status = status.zip_with(~mask, said)
            further |= mask
    if further.any():
        work.values["status"] = status
        work.values[FURTHER] = further


def _said(
    work: Work, rules: Rules, heading: str, sort: Sort, status: pl.Series
) -> pl.Series | None:
    """What a column says of the rows that are no sale by it, as their status; else null."""
    cells = texts.trimmed(texts.as_text(work.raw[heading]))
    if cells.null_count() == len(cells):
        return None
    if sort == "invoice" and not _numbered_by_invoice(rules):
        return None
    returned = rules.kind.name == "returns"
    if sort == "outcome":
        return _worded(cells, heading, document_states.NOT_DONE["returns"]) if returned else None
    if sort == "closing":
        return _by_closing(work, rules, heading, cells)
    if sort in ("note", "tags"):
        worded = _worded(cells, heading, _names_test)
        return worded if sort == "tags" else _by_note(work, rules, heading, cells)
    if sort == "reason":
        return _by_reason(work, rules, heading, cells, status)
    if sort == "returned":
        return _named(heading, _all_returned(work, rules, cells))
    if sort == "day":
        return _named(heading, _days(cells, rules))
    if sort in ("flag", "validity", "paid"):
        return _by_flag(work, rules, heading, sort, cells, status)
    if sort == "approved":
        return _unapproved(work, rules, heading, cells, status)
    if sort == "aftersale" and not returned:
        return _by_after_sale(work, rules, heading, cells)
    return _by_status(work, rules, heading, cells, status)


def _by_closing(work: Work, rules: Rules, heading: str, cells: pl.Series) -> pl.Series | None:
    """What 关闭状态 says: programs close what was delivered, and what never will be.

    Nothing delivered is no sale; else a closed order counts, and is told.
    """
    closed = _which(cells, lambda word: bool(_CLOSED.fullmatch(word)))
    shipped = _shipped(rules, work)
    nothing = work.none() if shipped is None else (shipped == 0).fill_null(value=False)
    rules.tally.cells("closed-counts", heading, closed & ~nothing, work.lines, cells)
    return _at(cells, heading, closed & nothing)


def _closed_after_delivery(work: Work, rules: Rules, status: pl.Series) -> pl.Series:
    """The statuses, where a closed order that was delivered says so."""
    shipped = _shipped(rules, work)
    if shipped is None:
        return status
    done = _which(status, lambda word: bool(_CLOSED.fullmatch(word)))
    done &= (shipped > 0).fill_null(value=False)
    if done.any():
        status = status.zip_with(~done, status + "（已发货）")
        work.values["status"] = status
    return status


def _shipped(rules: Rules, work: Work) -> pl.Series | None:
    """How much of each row was delivered, where a column says so."""
    found = next((h for h in rules.kept if _SHIPPED.fullmatch(normal(h))), None)
    if found is None or rules.kind.name not in SALES:
        return None
    return _numbers(texts.trimmed(texts.as_text(work.raw[found])))


def _by_flag(
    work: Work, rules: Rules, heading: str, sort: Sort, cells: pl.Series, status: pl.Series
) -> pl.Series | None:
    """What a column of yes and no says, or one of words or days in its place."""
    if sort == "paid":
        return _unpaid(heading, cells, rules, status)
    value, _ = texts.clean_boolean(cells)
    if sort == "validity":
        return _named(f"{heading}: 否", ~value.fill_null(value=True))
    yes = value.fill_null(value=False)
    if sort == "flag" and _which(cells, lambda word: word.casefold() == "x").sum() == cells.count():
        yes = cells.is_not_null()  # a cross alone ticks, beside other words it denies
    if _OF_REFUNDS.search(normal(heading)):
        yes &= _wholly(work, rules)
    words = cells.set(value.is_not_null(), None)
    dated = _days(words, rules)
    return _named(heading, yes | dated).fill_null(_worded(words, heading, is_void))


def _by_after_sale(work: Work, rules: Rules, heading: str, cells: pl.Series) -> pl.Series:
    """What the state of a refund or a return says."""
    about = _OF_REFUNDS.search(normal(heading)) is not None
    gone = _which(cells, lambda word: is_refunded(word) or (about and word.casefold() in _DONE))
    gone &= _wholly(work, rules)
    _tell_part(work, rules, cells, _which(cells, lambda word: bool(_IN_PART.search(word))))
    return _at(cells, heading, gone)


def _by_reason(
    work: Work, rules: Rules, heading: str, cells: pl.Series, status: pl.Series
) -> pl.Series | None:
    """What a reason says of rows that no other status calls a sale.

    Where the money given back stands beside it, that says more.
    """
    given = _which(cells, lambda word: not is_sold(word) and word.casefold() not in texts.NO)
    if _OF_REFUNDS.search(normal(heading)):
        if rules.kind.name not in SALES or "refunded" in work.values:
            return None
        given &= _wholly(work, rules)
    return _at(cells, heading, given & ~_which(status, is_sold))


def _by_note(work: Work, rules: Rules, heading: str, cells: pl.Series) -> pl.Series:
    """What a remark says that is no more than void, a test, or given back as a whole."""
    void = _which(cells, is_word_for_void)
    back = _which(cells, lambda word: is_refunded(word) and len(word) <= _SHORT)
    return _at(cells, heading, void | (back & _wholly(work, rules)))


def _names_test(tags: str) -> bool:
    """Whether one of several tags says that an order is a test or a fake one."""
    return any(is_word_for_void(tag) for tag in _BETWEEN_TAGS.split(tags))


def _unpaid(heading: str, cells: pl.Series, rules: Rules, status: pl.Series) -> pl.Series | None:
    """What yes and no say of sales that nobody paid and that no other status calls one."""
    value, code = texts.clean_boolean(cells)
    if rules.kind.name not in SALES or code.null_count() < len(code):
        return None
    return _named(f"{heading}: 否", ~value.fill_null(value=True) & ~_which(status, is_sold))


def _unapproved(
    work: Work, rules: Rules, heading: str, cells: pl.Series, status: pl.Series
) -> pl.Series | None:
    """What yes and no, or ticks and blanks, say of sales that nobody approved and that no other
    status calls one.
    """
    value, code = texts.clean_boolean(cells)
    sold = _which(status, is_sold)
    if code.null_count() < len(code):
        said = _by_status(work, rules, heading, cells, status)
        undone = _which(cells, lambda word: word.startswith("未") and len(word) <= _SHORT)
        return said.fill_null(_at(cells, heading, undone & ~sold & (rules.kind.name in SALES)))
    if rules.kind.name not in SALES:
        return None
    if _which(cells, lambda word: bool(_POSITIVE.fullmatch(word))).sum() == cells.count():
        return _named(f"{heading}: –", cells.is_null() & ~sold)
    return _named(f"{heading}: 否", ~value.fill_null(value=True) & ~sold)


def _by_status(
    work: Work, rules: Rules, heading: str, cells: pl.Series, status: pl.Series
) -> pl.Series:
    """What one more status says. Only cancelled or refunded holds against one that is a sale:
    what is delivered may be paid later, and wait for approval.
    """
    kind = rules.kind.name
    if kind in document_states.NOT_DONE:
        said = _which(cells, document_states.NOT_DONE[kind])
        odd = ~said & ~_which(cells, document_states.is_known)
        rules.tally.cells("status-not-known", heading, odd & cells.is_not_null(), work.lines, cells)
        return _at(cells, heading, document_states.without_reversed(work, said, cells))
    void, refunded = _which(cells, is_void), _which(cells, is_refunded) & _wholly(work, rules)
    other = _which(cells, is_no_sale) & ~_which(cells, is_refunded) & ~_which(status, is_sold)
    return _at(cells, heading, void | refunded | other)


def _wholly(work: Work, rules: Rules) -> pl.Series:
    """Rows that can be given back as a whole: not what is a return itself, nor what is refunded
    in part by a column of its own.
    """
    whole = ~work.none()
    amount, refund = work.values.get("amount"), work.values.get("refunded")
    if amount is not None:
        whole &= ~(amount < 0).fill_null(value=False)
        if refund is not None:
            whole &= ~(amount.is_null() & (refund != 0)).fill_null(value=False)
        if refund is not None:
            part = (refund.abs() > 0) & (refund.abs() < amount)
            whole &= ~part.fill_null(value=False)
    types = work.values.get("entry_type")
    if types is not None and rules.kind.name in SALES:
        whole &= ~_which(
            types, lambda word: document_types.is_return(word) or document_types.is_outgoing(word)
        )
    return whole


def _all_returned(work: Work, rules: Rules, cells: pl.Series) -> pl.Series:
    """Rows of which as much came back as was sold; what came back in part is told."""
    back = _numbers(cells).abs()
    some = (back > 0).fill_null(value=False)
    sold = work.values.get("quantity")
    if sold is None:
        beside = [h for h in rules.kept if normal(h) in ("数量", "件数", "qty", "quantity")]
        if not beside or rules.kind.name not in SALES:
            sold = pl.Series([None], dtype=pl.Float64).new_from_index(0, len(cells))
        else:
            sold = _numbers(texts.trimmed(texts.as_text(work.raw[beside[0]])))
    whole = some & (sold > 0).fill_null(value=False) & (back >= sold).fill_null(value=False)
    _tell_part(work, rules, cells, some & ~whole)
    return whole & _wholly(work, rules)


def _tell_part(work: Work, rules: Rules, cells: pl.Series, part: pl.Series) -> None:
    """Count rows of sales that came back in part, where no money says how much."""
    refunded = work.values.get("refunded")
    if refunded is not None:
        part = part & (refunded == 0).fill_null(value=True)
    if rules.kind.name in SALES:
        rules.tally.cells("returned-in-part", cells.name, part, work.lines, cells)


def _tell_statuses_in_part(work: Work, rules: Rules, status: pl.Series) -> None:
    """Count rows whose own status says that part of them came back."""
    heading = rules.heading("status")
    if heading is not None:
        part = _which(status, lambda word: bool(_STATUS_IN_PART.search(word)))
        _tell_part(work, rules, status.alias(heading), part & ~_which(status, is_no_sale))


def _numbers(cells: pl.Series) -> pl.Series:
    known = {text: read_number(text).value for text in cells.drop_nulls().unique()}
    values = [None if text is None or known[text] is None else float(known[text]) for text in cells]  # type: ignore[arg-type]
    return pl.Series(cells.name, values, dtype=pl.Float64)


def _days(cells: pl.Series, rules: Rules) -> pl.Series:
    """Cells that hold a day, of whatever order; 0000-00-00 and 1970-01-01 are none."""
    bounds = dates.believable("", rules.today)
    month_first, _ = dates.clean_date(cells, "mdy", rules.timezone, bounds)
    day_first, _ = dates.clean_date(cells, "dmy", rules.timezone, bounds)
    return month_first.is_not_null() | day_first.is_not_null()


def _numbered_by_invoice(rules: Rules) -> bool:
    """Whether the rows are known by the number of an invoice: its status is theirs."""
    if rules.kind.name == "invoices":
        return True
    return bool(re.search(r"发票|invoice", normal(rules.heading("order_id") or "")))


def _which(cells: pl.Series, means: Callable[[str], bool]) -> pl.Series:
    words = [word for word in cells.drop_nulls().unique() if means(word)]
    return cells.is_in(words).fill_null(value=False)


def _worded(cells: pl.Series, heading: str, means: Callable[[str], bool]) -> pl.Series:
    return _at(cells, heading, _which(cells, means))


def _at(cells: pl.Series, heading: str, mask: pl.Series) -> pl.Series:
    """`heading: cell` where the mask holds, else null."""
    said = cells.to_frame("cell").select(pl.format(heading.replace("{}", "") + ": {}", "cell"))
    return said.to_series().set(~mask | cells.is_null(), None)


def _named(word: str, mask: pl.Series) -> pl.Series:
    mask = mask.fill_null(value=False)
    return pl.Series([word], dtype=pl.String).new_from_index(0, len(mask)).set(~mask, None)


def _nothing(height: int) -> pl.Series:
    return pl.Series([None], dtype=pl.String).new_from_index(0, height)
