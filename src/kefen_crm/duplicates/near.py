"""Who is likely meant already while somebody types in a customer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from django.db.models.expressions import RawSQL

from kefen_crm.custom_fields.models import FieldValue
from kefen_crm.customers.finding import containing
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.customers.queries import visible_to
from kefen_crm.duplicates import reading
from kefen_crm.duplicates.reasons import Reason, reasons
from kefen_crm.gateway import matching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User

NUMBER: Final = "number"
TYPED: Final = ("name", "phone", "email", "address", "city", "province", "birthday", NUMBER)
"""The fields of a customer that are compared; `number` is its tax or credit number."""
_LOOKED_AT: Final = 200
_SHOWN: Final = 5
_TAIL: Final = 8
"""Digits at the end of a phone number that an index knows."""
_NEW: Final = -1


@dataclass(frozen=True)
class Near:
    """A customer that may be the one meant.

    Attributes:
        customer: the customer; None for whom the reader may not see it.
        name: its name; empty where a pool hides it.
        department: whose it is, where the reader may not see it.
    """

    score: float
    reasons: list[Reason]
    customer: Customer | None
    name: str
    department: str


def near(user: User, values: Mapping[str, Any]) -> list[Near]:
    """The few customers that are likeliest meant by what was typed, the likeliest first.

    Of customers out of reach of `user` only the name and the owner's department are told.
    """
    typed = {name: str(values.get(name) or "").strip() for name in TYPED}
    if not any(typed[name] for name in ("name", "phone", "email", NUMBER)):
        return []
    found = _candidates(typed)
    own = typed | {"pk": _NEW, "attributes": {reading.NUMBERS[0]: typed[NUMBER]}}
    records = [reading.record(own), *reading.records(found)]
    scores = {
        a + b - _NEW: (score, parts)
        for a, b, score, parts in matching.pairs(records)
        if _NEW in (a, b)
    }
    best = sorted(scores, key=lambda pk: -scores[pk][0])[:_SHOWN]
    known = Customer.objects.select_related("owner__department").in_bulk(best)
    seen = set(visible_to(user).filter(pk__in=best).values_list("pk", flat=True))
    return [_told(known[pk], *scores[pk], seen=pk in seen) for pk in best if pk in known]


def _told(customer: Customer, score: float, parts: dict[str, float], *, seen: bool) -> Near:
    why = reasons(parts)
    if seen:
        return Near(score, why, customer, customer.name, "")
    entry = getattr(customer, "pool_entry", None)  # of pools, a screen beside this one
    hidden = entry is not None and "name" in entry.pool.masked_fields
    owner: Any = customer.owner
    department = str(owner.department or "") if owner else ""
    return Near(score, why, None, "" if hidden else customer.name, department)


def _candidates(typed: Mapping[str, str]) -> Any:
    """Customers that share a word of the name, its sound, the phone or the mail."""
    asked = Q(pk__in=[])
    if typed["name"]:
        name = matching.read_name(typed["name"])
        for text in {name.own, name.core} - {""}:
            asked |= containing(text)
        if len(name.sound) > 3:
            asked |= containing(name.sound)
    digits = re.sub(r"\D", "", typed["phone"])[-_TAIL:]
    if len(digits) == _TAIL:
        asked |= Q(
            pk__in=RawSQL(
                """SELECT id FROM customers_customer WHERE phone <> ''
                AND right(regexp_replace(phone, '[^0-9]', '', 'g'), 8) = %s""",
                [digits],
            )
        )
    if typed["email"]:
        asked |= Q(
            pk__in=RawSQL(
                "SELECT id FROM customers_customer WHERE email <> '' AND lower(email) = %s",
                [typed["email"].lower()],
            )
        )
    if typed[NUMBER]:
        held = FieldValue.objects.filter(
            field__in=reading.number_fields().values(), value=typed[NUMBER]
        )
        asked |= Q(pk__in=held.values("customer"))
    found = Customer.objects.filter(asked, standing__in=CURRENT).order_by("-sales")
    keys = list(found.values_list("pk", flat=True)[:_LOOKED_AT])
    return Customer.objects.filter(pk__in=keys).order_by()
