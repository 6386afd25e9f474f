"""What the name of a sheet, or a title above a block of rows, says of what stands below.

Sheets and blocks with the same headings may hold sales, returns, payments, offers or sums.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from kefen.ledger.facts import SALES
from kefen.ledger.reading.normal import normal

if TYPE_CHECKING:
    from kefen.ledger.facts import Kind

Said = Literal["sales", "returns", "payments", "offers", "sums", "others", "void"]
_LONGEST = 40
_BOTH = re.compile(r"(?:销售?|售)[及和与、]?/?退货|salesandreturns|退货率")
_WORDS: dict[Said, re.Pattern[str]] = {
    "sums": re.compile(
        r"汇总|合计|总计|总表|总览|统计|透视|^(?:全年|年度|全部|所有)(?:数据|明细|合并)?$|^(?:summary|totals?|overview|pivot)|(?:summary|totals)$"
    ),
    "void": re.compile(r"作废|已取消|^(?:cancell?ed|voided|void)"),
    "returns": re.compile(
        r"退货|退款|红字|红冲|销退|^(?:sales)?(?:returns?|refunds?|creditnotes?|creditmemos?)$"
    ),
    "offers": re.compile(r"报价|询价|^(?:sales)?(?:quotes?|quotations?|estimates?)$"),
    "payments": re.compile(r"收款|回款|付款|到账|^(?:payments?|receipts?)(?:received)?$"),
    "others": re.compile(
        r"采购|进货|费用|支出|库存|盘点|预算|目标|预测|计划"
        r"|^(?:purchases?|expenses?|stock|inventory|budget|targets?|forecast)$"
    ),
    "sales": re.compile(r"销售|订单|出库|销货|^(?:sales|orders|invoices)"),
}
_OF_KIND: dict[str, Said] = {"returns": "returns", "payments": "payments"}


def said(title: str) -> Said | None:
    """What a name or title says; None where it says nothing, or is a sentence.

    >>> said("退货明细"), said("3月"), said("销售汇总"), said("Returns"), said("销售及退货")
    ('returns', None, 'sums', 'returns', None)
    """
    text = normal(title)
    if not text or len(text) > _LONGEST or _BOTH.search(title) or _BOTH.search(text):
        return None
    return next((word for word, pattern in _WORDS.items() if pattern.search(text)), None)


def of_kind(kind: Kind | None) -> Said:
    """What a block must say, or not contradict, for its rows to be of a kind."""
    return _OF_KIND.get(kind.name, "sales") if kind else "sales"


def takes_returns(kind: Kind | None) -> bool:
    """Whether returns may stand among rows of this kind."""
    return kind is None or kind.name in SALES
