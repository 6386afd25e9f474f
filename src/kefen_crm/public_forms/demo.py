"""Two open forms of the demo company, and what came by them: handled, waiting, left out."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.public_forms.actions import put_address
from kefen_crm.public_forms.models import PublicForm, Submission
from kefen_crm.public_forms.settling import open_for, settle, settled

QUESTIONS: Final = ("联系售后", "Contact customer service", PublicForm.Kind.TICKET)
INQUIRIES: Final = ("索取报价", "Ask for a quote", PublicForm.Kind.LEAD)
FIELDS: Final = ("name", "reach", "kind", "subject", "text")
OF_CUSTOMERS: Final = (
    (2, "马静", "136 0000 0101", "complaint", "少发一箱", "送货单上是十箱，只到了九箱，请核对。"),
    (7, "段工", "136 0000 0102", "repair", "控制器无法联网", "升级后指示灯不亮，重启没有用。"),
    (26, "许会计", "136 0000 0103", "question", "能开专票吗？", "上周的订单需要增值税专用发票。"),
)
"""Hours ago, and by `FIELDS` what customers sent: it is in tickets."""
OF_STRANGERS: Final = (
    (3, "何芳", "138 1650 2231", "question", "质保期多久？", "朋友转让的一台设备，还在质保期吗？"),
    (20, "周先生", "zhou.wei@mail.example", "complaint", "电话打不通", "昨天打了四次没人接。"),
    (51, "Anna Berg", "anna@berg.example", "question", "Manual in English",
     "Please send the manual of the controller in English."),
    (74, "刘工", "0571-8788 6021", "repair", "油泵漏油", "二手买来的，能上门看看吗？"),
)  # fmt: skip
"""Alike, of which nobody knows whose it is."""
OF_PROSPECTS: Final = (
    (5, "郭建平", "无锡惠山泵阀有限公司", "guo@huishan.example",
     "新线需要控制器 24 台，带通讯接口，月底前请给方案和交期。"),
    (29, "Marta Nowak", "Nowak Sp. z o.o.", "marta@nowak.example",
     "We look for 500 sets of standard parts a month. Price CIF Gdansk, please."),
    (98, "沈女士", "", "139 6210 7754", "请寄一份产品目录。"),
)  # fmt: skip
"""Hours ago, name, company, reach and text: these are leads."""


@transaction.atomic
def demo() -> None:
    """Open them, unless there are any."""
    if PublicForm.objects.exists():
        return
    questions, inquiries = (_opened(*one) for one in (QUESTIONS, INQUIRIES))
    buyers = Customer.objects.filter(standing__in=CURRENT, sales__gt=0).select_related("owner")
    found = buyers.order_by("-sales", "code")[: len(OF_CUSTOMERS)]
    for told, customer in zip(OF_CUSTOMERS, found, strict=False):
        hours, *said = told
        sent = _sent(questions, hours, **dict(zip(FIELDS, said, strict=True)))
        settled(sent, Submission.Outcome.TICKET, ticket=open_for(sent, customer))
    for hours, *said in OF_STRANGERS:
        settle(_sent(questions, hours, **dict(zip(FIELDS, said, strict=True))).pk)
    for hours, name, company, reach, text in OF_PROSPECTS:
        settle(_sent(inquiries, hours, name=name, company=company, reach=reach, text=text).pk)
    left_out = Submission.Outcome.LEFT_OUT
    Submission.objects.create(
        form=questions, at=timezone.now() - timedelta(hours=40), digest="demo", outcome=left_out
    )


def _opened(chinese: str, english: str, kind: str) -> PublicForm:
    form = PublicForm(title_zh=chinese, title_en=english, kind=kind, active=True)
    put_address(form)
    form.save()
    return form


def _sent(form: PublicForm, hours: int, **values: str) -> Submission:
    at = timezone.now() - timedelta(hours=hours)
    digest = f"demo:{form.pk}:{hours}"
    return Submission.objects.create(form=form, at=at, digest=digest, **values)
