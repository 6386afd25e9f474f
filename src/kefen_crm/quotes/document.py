"""A quote as a document: what it says in its language, printed or as PDF with typst."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from kefen_crm.quotes.actions import head
from kefen_crm.receivables.pdf import fonts, typeset

if TYPE_CHECKING:
    from kefen_crm.quotes.models import Quote

LANGUAGES = {"zh": "zh-hans", "en": "en"}


def words_of(quote: Quote) -> dict[str, Any]:
    """All that a quote says, in its own language, under the letterhead of when it was sent."""
    english = quote.language == "en"
    mark = "_en" if english else ""
    above = quote.letterhead or head()
    with override(LANGUAGES[quote.language]):
        return {
            "lang": quote.language,
            "fonts": fonts(),
            "title": _("Quotation"),
            "head": _head(above, mark),
            "facts": _facts(quote),
            "heading": ["", _("Product"), _("Quantity"), _("List price"), _("Price"), _("Sum")],
            "rows": [
                [
                    str(number), line["product"], f"{line['quantity'].normalize():,f}",
                    f"{line['list_price']:,.2f}", f"{line['price']:,.2f}", f"{line['sum']:,.2f}",
                ]
                for number, line in enumerate(quote.priced, 1)
            ],
            "totals": _totals(quote, above.get("currency", "")),
            "terms": quote.terms or above.get(f"terms{mark}") or "",
            "bank": above.get("bank") or "",
            "signs": [_("For the seller"), _("For the buyer")],
        }  # fmt: skip


def pdf(quote: Quote) -> HttpResponse:
    """A download of a quote; needs `fonts` of `kefen_crm.receivables.pdf`."""
    name = f"{quote.number} {quote.customer.name}.pdf"
    return typeset("kefen_crm.quotes", "quote.typ", words_of(quote), name)


def _head(above: dict[str, str], mark: str) -> dict[str, Any]:
    address = above.get(f"address{mark}") or above.get("address", "")
    reach = "  ".join(filter(None, [above.get("phone"), above.get("email")]))
    name = above.get(f"name{mark}") or above.get("name", "")
    return {"name": name, "lines": [one for one in (address, reach) if one] or [""]}


def _facts(quote: Quote) -> list[list[str]]:
    day = timezone.localdate(quote.sent_at or quote.made_at)
    rows = [
        [quote.customer.name, _("No. %(number)s") % {"number": quote.number}],
        [quote.contact, day.isoformat()],
        [quote.title, ""],
    ]
    if quote.valid_until:
        rows[2][1] = _("Valid until %(day)s") % {"day": quote.valid_until.isoformat()}
    return rows


def _totals(quote: Quote, currency: str) -> list[dict[str, Any]]:
    rows = []
    if quote.list_total > quote.total:
        saved = f"{quote.list_total - quote.total:,.2f}"
        rows.append({"text": _("At list prices %(total)s") % {"total": f"{quote.list_total:,.2f}"},
                     "strong": False})  # fmt: skip
        rows.append({"text": _("Discount %(saved)s") % {"saved": saved}, "strong": False})
    total = _("Total %(currency)s %(total)s")
    words = total % {"currency": currency, "total": f"{quote.total:,.2f}"}
    return [*rows, {"text": words, "strong": True}]
