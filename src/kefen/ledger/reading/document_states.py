"""States of returns, payments and invoices that did not come about, or not yet.

A return that was refused gave no money back, a cheque that bounced brought none, and a draft is no
invoice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl

from kefen.ledger.reading.model import CUSTOMER_NAME
from kefen.ledger.statuses import is_no_sale, is_status, is_void

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kefen.ledger.reading.work import Work

_NOT_GIVEN = re.compile(
    r"(?:退款|退货|售后)(?:关闭|失败|取消|撤销|申请)|拒绝|驳回|^待|[，,]待|等待|未(?:退|处理|审|完成|到账|收到)"
    r"|(?:退款|退货|处理|退回|审核|审批|进行|申请|办理|运输)中|^申请"
    r"|(?i:fail|declin|reject|denied|pending|request|await|waiting|cancel"
    r"|\b(?:open|new|submitted|draft|processing|under review)\b"
    r"|\bin (?:progress|process|transit|review)\b)"
)
_NO_MONEY_BACK = re.compile(
    r"(?<!退)换货|换新|补[发寄]|维修|(?i:exchang|replac|repair|\bswap|no refund|warranty)"
)
_NOT_RECEIVED = re.compile(
    r"退票|拒付|处理中|在途|未兑付"
    r"|(?i:bounce|dishono|unpaid|post-?dated|\bpdc\b|processing|in transit|\bopen\b|returned"
    r"|insufficient)"
)
_NOT_ISSUED = re.compile(
    r"草稿|暂存|未开|待开|开票中|开具中|开具失败|开票失败|未审核|待审核"
    r"|(?i:draft|pro ?forma|not issued)"
)
_DONE = re.compile(
    r"同意|通过|到账|到帐|已收|已退|收妥|兑付|完成|成功|正常|已开|逾期|部分"
    r"|(?i:clear|settled|deposited|credit|refund|restock|accept|overdue|past due|outstanding"
    r"|written off|issued|done|paid|yes|success|complete|approved|ok$)"
)


def _nothing_back(word: str) -> bool:
    return is_void(word) or bool(_NOT_GIVEN.search(word) or _NO_MONEY_BACK.search(word))


def _not_received(word: str) -> bool:
    return is_no_sale(word) or bool(_NOT_RECEIVED.search(word))


def _not_issued(word: str) -> bool:
    return is_void(word) or bool(_NOT_ISSUED.search(word))


NOT_DONE: Final[Mapping[str, Callable[[str], bool]]] = {
    "returns": _nothing_back,
    "payments": _not_received,
    "invoices": _not_issued,
}
"""By kind, whether a word says that nothing came about, or nothing yet."""


def is_known(word: str) -> bool:
    """Whether a word is a state that documents have, or a yes or no.

    >>> is_known("已到账"), is_known("Cleared"), is_known("X7")
    (True, True, False)
    """
    return len(word) == 1 or is_status(word) or bool(_DONE.search(word))


def without_reversed(work: Work, void: pl.Series, cells: pl.Series) -> pl.Series:
    """The void rows but invoices that a negative one of the same customer takes back."""
    amount = work.values.get("amount")
    reversed_ = void & cells.str.contains("红冲|冲红").fill_null(value=False)
    if amount is None or not reversed_.any():
        return void
    names = [name for name in ("customer_id", CUSTOMER_NAME) if name in work.values]
    rows = pl.DataFrame([work.values[name].alias(name) for name in names]).with_columns(
        amount.alias("amount")
    )
    back = rows.filter(~void & (amount < 0).fill_null(value=False)).with_columns(
        amount=-pl.col("amount").cast(amount.dtype), back=pl.lit(value=True)
    )
    met = rows.join(
        back.unique([*names, "amount"]), on=[*names, "amount"], how="left", nulls_equal=True,
        maintain_order="left",
    )  # fmt: skip
    return void & ~(reversed_ & met["back"].fill_null(value=False))
