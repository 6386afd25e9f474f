"""A statement of account as PDF, by typst (the extra `pdf`), with a Chinese font of the machine."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefen_crm.gateway.settings import stored_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.customers.models import Customer
    from kefen_crm.receivables.models import OpenInvoice

CHINESE: Final = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Noto Serif CJK SC", "PingFang SC",
    "Microsoft YaHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimSun", "Droid Sans Fallback",
)  # fmt: skip
"""Fonts that have Chinese characters, the one to take first."""


@cache
def fonts() -> list[str]:
    """The Chinese fonts of this machine; none without one, or without typst."""
    if find_spec("typst") is None:
        return []
    import typst  # an extra, and slow to import

    there = set(typst.Fonts().families())
    return [name for name in CHINESE if name in there]


def statement(customer: Customer, rows: Iterable[OpenInvoice], day: date) -> HttpResponse:
    """A download of a customer's open invoices with their running sum; needs `fonts`."""
    name = _("Statement %(name)s") % {"name": customer.name} + f"-{day:%Y%m%d}.pdf"
    return typeset("kefen_crm.receivables", "statement.typ", _told(customer, list(rows), day), name)


def typeset(package: str, source: str, told: dict[str, Any], name: str) -> HttpResponse:
    """A download of what a package's typst source makes of some words; needs `fonts`."""
    import typst  # an extra, and slow to import

    words = json.dumps(told, ensure_ascii=False)
    made = files(package).joinpath(source).read_bytes()
    content = typst.compile(made, format="pdf", sys_inputs={"told": words})
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def _told(customer: Customer, rows: list[OpenInvoice], day: date) -> dict[str, Any]:
    company = stored_settings(settings.KEFEN_DATA)
    lines: list[list[str]] = []
    total = Decimal(0)
    for one in rows:
        total += one.open
        due = one.due_on.isoformat() if one.due_on else "–"
        lines.append([
            one.number, one.issued_on.isoformat(), due, str(one.days_late(day) or ""),
            f"{one.open:,.2f}", f"{total:,.2f}",
        ])  # fmt: skip
    late = sum(one.open for one in rows if one.days_late(day))
    return {
        "lang": "zh" if (get_language() or "en").startswith("zh") else "en",
        "fonts": fonts(),
        "company": company.company or "",
        "title": _("Statement of account"),
        "customer": f"{customer.name} ({customer.code})",
        "subtitle": _("Open on %(day)s, in %(currency)s")
        % {"day": day.isoformat(), "currency": company.currency},
        "heading": [_("Invoice"), _("Issued"), _("Due"), _("Days late"), _("Open"), _("Together")],
        "rows": lines,
        "total": _("Together %(amount)s") % {"amount": f"{total:,.2f}"},
        "note": _("Of it late: %(amount)s") % {"amount": f"{late:,.2f}"} if late else "",
    }
