"""The lines of a quote as people type or paste them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 100
_NUMBER: Final = re.compile(r"(\d{1,9}|\d{1,3}(,\d{3}){1,2})(\.\d{1,4})?", re.ASCII)


def read(text: str) -> list[dict[str, str]]:
    """Lines of product, quantity, list price and price, parted by a semicolon or a tab.

    Without a price the list price is offered.

    Raises:
        ValidationError: names the line that cannot be read.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = [one.strip() for one in re.split("[\t；;]", line)]
        if not any(parts):
            continue
        if not 3 <= len(parts) <= 4 or not all(parts[:3]):
            told = _("Line %(line)s: write product; quantity; list price; price offered, like "
                     "A4 paper; 20; 18.50; 17.")  # fmt: skip
            raise ValidationError(told % {"line": number})
        quantity, listed, *offered = (_number(one, number) for one in parts[1:] if one)
        price = offered[0] if offered else listed
        found.append(
            {"product": parts[0][:200], "quantity": quantity, "list_price": listed, "price": price}
        )
    if len(found) > MOST:
        raise ValidationError(_("At most %(most)s lines.") % {"most": MOST})
    return found


def write(lines: Iterable[dict[str, Any]]) -> str:
    """Lines as they are typed."""
    names = ("product", "quantity", "list_price", "price")
    return "\n".join("; ".join(str(one[name]) for name in names) for one in lines)


def _number(text: str, line: int) -> str:
    if not _NUMBER.fullmatch(text):
        told = _("Line %(line)s: “%(text)s” is no quantity or price.")
        raise ValidationError(told % {"line": line, "text": text[:40]})
    return text.replace(",", "")
