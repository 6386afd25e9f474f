"""The stages that a new company begins with, and what each asks to be known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kefen_crm.opportunities.models import GATES, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.opportunities.models import Opportunity

FIRST: Final[tuple[tuple[str, int, int, list[str]], ...]] = (
    ("contact", 10, 14, []),
    ("need", 25, 14, ["need"]),
    ("offer", 45, 21, ["need", "amount", "close_on"]),
    ("negotiation", 65, 21, ["contact"]),
    ("approval", 85, 30, ["contact", "products"]),
)
"""Key, probability, days until it rots, and what is asked for before; industrial sales."""
MOST_LINES: Final = 50
_NUMBER: Final = re.compile(r"(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,4})?", re.ASCII)


def begin() -> str:
    """Have stages where there are none."""
    if not Stage.objects.exists():
        Stage.objects.bulk_create(
            Stage(key=key, position=position, probability=share, rot_days=days, gates=gates)
            for position, (key, share, days, gates) in enumerate(FIRST, 1)
        )
    return ""


def stages() -> list[Stage]:
    """The stages in use, the first first."""
    return list(Stage.objects.filter(used=True))


def lacking(opportunity: Opportunity, stage: Stage, known: Iterable[Stage]) -> list[str]:
    """What is to be known before a stage, or one of those before it, and is not.

    Nothing is asked of one that goes back or stays.
    """
    if (stage.position, stage.pk) <= (opportunity.stage.position, opportunity.stage.pk):
        return []
    passed = [one for one in known if one.position < stage.position]
    asked = {gate for one in [*passed, stage] for gate in one.gates}
    return [
        gate for gate in GATES if gate in asked and getattr(opportunity, gate) in ("", None, [])
    ]


def read_lines(text: str, *, most: int = MOST_LINES) -> list[dict[str, str]]:
    """Products as people type or paste them: a line each, product, quantity and price.

    The three are parted by a semicolon or a tab; quantity (1) and price may lack.

    Raises:
        ValidationError: names the line that cannot be read.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = [one.strip() for one in re.split("[\t；;]", line)]
        if not any(parts):
            continue
        if len(parts) > 3 or not parts[0]:
            told = _("Line %(line)s: write product; quantity; price, like A4 paper; 20; 18.50.")
            raise ValidationError(told % {"line": number})
        quantity, price = [*parts[1:], "", ""][:2]
        read = {"product": parts[0][:120], "quantity": _number(quantity or "1", number)}
        found.append(read | ({"price": _number(price, number)} if price else {}))
    if len(found) > most:
        raise ValidationError(_("At most %(most)s lines.") % {"most": most})
    return found


def write_lines(products: Iterable[dict[str, Any]]) -> str:
    """Products as they are typed."""
    return "\n".join(
        "; ".join(str(one[name]) for name in ("product", "quantity", "price") if one.get(name))
        for one in products
    )


def _number(text: str, line: int) -> str:
    if not _NUMBER.fullmatch(text):
        told = _("Line %(line)s: “%(text)s” is no quantity or price.")
        raise ValidationError(told % {"line": line, "text": text[:40]})
    return text.replace(",", "")
