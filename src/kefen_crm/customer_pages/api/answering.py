"""Answers to writes of one customer, and the version that a write expects."""

from __future__ import annotations

import re
from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Header

from kefen_crm.customer_pages.api.shapes import CustomerOut, customer_out, fetched, titles
from kefen_crm.customers.models import Customer
from kefen_crm.platform.api.problems import Fault, Refused, pointer

VERSION = re.compile(r'(?:W/)?"([0-9]{1,9})"')
IfMatch = Annotated[
    str,
    Header(
        alias="If-Match",
        max_length=100,
        description='The `ETag` of the customer as it was read, such as `"3"`: refused with 412, '
        "telling what changed, when it is another by now. Empty or `*`: whatever it is.",
    ),
]


def expected(match: str) -> int | None:
    """The version that `If-Match` names; None for any."""
    if match.strip() in ("", "*"):
        return None
    if found := VERSION.fullmatch(match.strip()):
        return int(found[1])
    detail = _('If-Match is not an ETag of a customer, such as "3".')
    fault = Fault(code="not-valid", detail=detail, part="header", pointer=pointer(["If-Match"]))
    raise Refused(422, "not-valid", detail, [fault])


def answer(customer: Customer, response: HttpResponse) -> CustomerOut:
    """The customer as it is now, with its version as `ETag`."""
    # Without asking who may see it: a change may just have taken it out of sight.
    shown = fetched(Customer.objects.filter(pk=customer.pk)).get()
    response["ETag"] = f'"{shown.version}"'
    return customer_out(shown, titles())
