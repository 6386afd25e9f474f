"""What people write for kinds of interaction and feedback, in small letters."""

from __future__ import annotations

from typing import Final

INCOMING: Final = (
    *("in", "inbound", "incoming", "received"),
    *("来", "来电", "来访", "呼入", "客户来电", "客户发起"),
)
INQUIRY: Final = (
    *("inquiry", "enquiry", "quote request", "rfq"),
    *("询价", "咨询", "询盘", "问价", "求购"),
)
SERVICE: Final = (
    *("service", "support", "repair", "after-sales", "after-sales service", "installation"),
    *("服务", "售后", "售后服务", "维修", "安装", "技术支持", "上门服务"),
)
COMPLAINT: Final = (
    *("complaint", "complaints", "claim"),
    *("投诉", "客诉", "抱怨", "索赔", "质量投诉", "服务投诉"),
)
RESOLVED: Final = (
    *("resolved", "closed", "done", "solved", "settled", "completed"),
    *("已解决", "已处理", "已关闭", "已完成", "已结案", "已办结", "解决", "关闭", "结案"),
)
