"""The letters that come with Kefen, by level and language: subject and text with placeholders."""

from __future__ import annotations

from typing import Final

from kefen_crm.dunning.models import Level

_ZH_LIST = """

{invoices}

合计：{total}
"""
_EN_LIST = """

{invoices}

Together: {total}
"""
TEXTS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    (Level.REMINDER, "zh"): (
        "付款提醒：{count} 张发票已到期",
        "{contact}，您好：\n\n以下发票已过付款日，也许是一时疏忽。" + _ZH_LIST + "\n"
        "请于 {until} 前付款。如已付款，请忽略此信；如有疑问，请直接回复。\n\n{company}\n{today}",
    ),
    (Level.SECOND, "zh"): (
        "第二次付款提醒：逾期 {days} 天",
        "{contact}，您好：\n\n我们此前提醒过以下款项，至今未收到付款。" + _ZH_LIST + "\n"
        "请于 {until} 前付清，或告知付款日期。如对发票有异议，请说明，我们会核对。"
        "\n\n{company}\n{today}",
    ),
    (Level.FINAL, "zh"): (
        "最后付款通知：逾期 {days} 天",
        "{contact}，您好：\n\n以下款项经多次提醒仍未付清。" + _ZH_LIST + "\n"
        "请于 {until} 前付清，否则后续订单可能须先付款后发货，我们也将采取进一步措施。"
        "\n\n{company}\n{today}",
    ),
    (Level.REMINDER, "en"): (
        "Payment reminder: {count} of our invoices",
        "Dear {contact},\n\nthe following is past its due date and may have escaped your notice."
        + _EN_LIST + "\nPlease pay by {until}. If you have paid by now, disregard this letter; if "
        "anything is unclear, just reply.\n\n{company}\n{today}",
    ),
    (Level.SECOND, "en"): (
        "Second payment reminder: {days} days late",
        "Dear {contact},\n\nwe reminded you of the following and have not received your payment."
        + _EN_LIST + "\nPlease pay by {until}, or tell us when you will. If you disagree with an "
        "invoice, tell us why and we will check it.\n\n{company}\n{today}",
    ),
    (Level.FINAL, "en"): (
        "Final notice: {days} days late",
        "Dear {contact},\n\nthe following is still unpaid after several reminders." + _EN_LIST
        + "\nPlease pay by {until}. Otherwise further orders may have to be paid in advance, and "
        "we shall take further steps.\n\n{company}\n{today}",
    ),
}  # fmt: skip
