"""Custom fields of the demo company, and what its sellers wrote in them."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from kefen_crm.custom_fields import actions
from kefen_crm.custom_fields.models import CustomField
from kefen_crm.customers.models import Customer
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

FIELDS: Final[tuple[dict[str, Any], ...]] = (
    {
        "key": "cooperation",
        "name_zh": "合作模式",
        "name_en": "Cooperation",
        "kind": "choice",
        "choices": [
            {"zh": "直供", "en": "direct supply"},
            {"zh": "经销", "en": "distribution"},
            {"zh": "项目", "en": "by project"},
        ],
        "required": ["abc:A"],
    },
    {
        "key": "contract_end",
        "name_zh": "合同到期",
        "name_en": "Contract ends",
        "kind": "date",
        "required": ["abc:A", "abc:B"],
    },
    {
        "key": "yearly_need",
        "name_zh": "年需求",
        "name_en": "Yearly need",
        "kind": "money",
    },
    {
        "key": "interests",
        "name_zh": "关注点",
        "name_en": "Cares about",
        "kind": "several",
        "choices": [
            {"zh": "价格", "en": "price"},
            {"zh": "交期", "en": "delivery time"},
            {"zh": "质量", "en": "quality"},
            {"zh": "服务", "en": "service"},
            {"zh": "账期", "en": "terms of payment"},
        ],
    },
)
WRITTEN: Final[tuple[dict[str, Any], ...]] = (
    {
        "cooperation": "直供",
        "contract_end": "2026-12-31",
        "yearly_need": "1200000",
        "interests": ["交期", "质量"],
    },
    {"cooperation": "经销", "interests": ["价格", "账期"]},
    {"contract_end": "2027-03-31", "yearly_need": "300000"},
)


@transaction.atomic
def demo() -> None:
    """Define fields and write them of some customers, unless any field was defined before."""
    boss = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if boss is None or CustomField.objects.exists():
        return
    for one in FIELDS:
        actions.define(boss, one)
    actions.require_of(boss, "phone", ["*"])
    for person in User.objects.filter(role=Role.REP, is_active=True).order_by("pk"):
        theirs = Customer.objects.filter(owner=person, in_facts=True).order_by("-sales", "code")
        for customer, values in zip(theirs[: len(WRITTEN)], WRITTEN, strict=False):
            actions.write(person, customer, values)
