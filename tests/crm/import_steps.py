"""Brings an import to where a test begins."""

from django.core.files.base import ContentFile

from jobs import work_off
from kefen_crm.imports.actions import request_check, request_landing, upload
from kefen_crm.imports.models import Import

ORDERS = """客户名称,下单日期,金额,备注
上海明达,2025/1/3,"￥1,200.00",首单
重庆机电,2025年2月1日,300,
上海明达,昨天,50,
"""
"""Two good orders of two new customers, and one whose date is none, on line 4."""


def file(text=ORDERS, name="orders.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return ContentFile(content, name)


def uploaded(by, text=ORDERS, name="orders.csv"):
    return upload(by, file(text, name))


def checked(by, text=ORDERS, name="orders.csv"):
    record = uploaded(by, text, name)
    request_check(by, record.pk, record.mapping)
    work_off("imports")
    return again(record)


def landed(by, text=ORDERS, name="orders.csv"):
    record = checked(by, text, name)
    request_landing(by, record.pk)
    work_off("imports")
    return again(record)


def again(record):
    return Import.objects.get(pk=record.pk)
