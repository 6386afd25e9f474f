"""A few articles of the demo company."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from kefen_crm.articles.actions import publish, write
from kefen_crm.articles.models import Article
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

ARTICLES: Final = (
    (
        "质检报告在哪里下载", "Where to find inspection reports", "订单", True,
        "每批货的质检报告随发货通知发到您的邮箱。\n\n找不到时请提供**订单号**，我们会重新发送。",
        (
            "The report of each lot comes with the notice of dispatch.\n\n"
            "If it is lost, tell us the **order number**."
        ),
    ),
    (
        "到货外包装破损怎么办", "If the packaging arrives damaged", "物流", True,
        (
            "1. 请在签收单上注明“外包装破损”。\n2. 拍照：外箱、标签、货物。\n"
            "3. 24 小时内联系我们，我们补发并承担运费。"
        ),
        (
            "1. Note it on the delivery note.\n2. Take pictures of box, label and goods.\n"
            "3. Tell us within 24 hours: we send new goods at our expense."
        ),
    ),
    (
        "设备报警 E04 的处理", "What alarm E04 means", "设备", True,
        (
            "E04 表示控制器与驱动器通信中断。\n\n- 断电 30 秒后重新开机\n- 检查通信线是否松动\n\n"
            "仍然报警时，请联系服务部门远程升级固件。"
        ),
        (
            "The controller lost its link to the drive.\n\n- Switch off for 30 seconds\n"
            "- Check the cable\n\nIf it stays, we update the firmware from afar."
        ),
    ),
    (
        "发票红冲重开的步骤", "", "内部", False,
        (
            "客户退回原发票 → 在税控系统红冲 → 按新抬头开具 → 电子发票发客户邮箱。\n\n"
            "当月与跨月流程不同。"
        ),
        "",
    ),
)  # fmt: skip
"""Of each: titles, topic, whether customers read it, texts."""


@transaction.atomic
def demo() -> None:
    """Write and publish them, unless there are any."""
    writer = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if Article.objects.exists() or writer is None:
        return
    for title_zh, title_en, topic, public, body_zh, body_en in ARTICLES:
        values = {
            "title_zh": title_zh,
            "title_en": title_en,
            "topic": topic,
            "public": public,
            "body_zh": body_zh,
            "body_en": body_en,
        }
        publish(writer, write(writer, None, values))
