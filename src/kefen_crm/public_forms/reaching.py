"""Whose a phone number or a mail address is."""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
from django.core.exceptions import ValidationError
from django.db.models import F, Q, Value
from django.db.models.expressions import Func
from django.db.models.functions import Right
from django.utils.translation import gettext as _

from kefen_crm.contacts.models import Reach
from kefen_crm.contacts.reaching import normalised
from kefen_crm.customers.models import CURRENT, Customer

_TAIL: Final = 8
"""Digits at the end of a phone number by which an index knows the customers' own."""


def read(text: str) -> tuple[str, str]:
    """The kind of a way to reach somebody, and the way as it is compared.

    Raises:
        ValidationError: for what is neither a mail address nor a phone number that may exist.
    """
    if "@" in text:
        return Reach.Kind.EMAIL, normalised(Reach.Kind.EMAIL, text)
    found = normalised(Reach.Kind.PHONE, text)
    if not phonenumbers.is_possible_number(phonenumbers.parse(found)):
        raise ValidationError(_("Write a phone number or an e-mail address."))
    return Reach.Kind.PHONE, found


def customer_of(text: str) -> Customer | None:
    """The customer of a phone number or address, of their contacts or their own; None for several.

    As with mails: who is nobody's or several's waits for a person.
    """
    try:
        kind, normal = read(text)
    except ValidationError:
        return None
    reaches = Reach.objects.filter(kind=kind, normal=normal).values("contact__customer")
    mail = kind == Reach.Kind.EMAIL
    own = Q(email__iexact=normal) if mail else Q(pk__in=_with_phone(normal))
    found = Customer.objects.filter(Q(pk__in=reaches) | own, standing__in=CURRENT)
    customers = list(found.select_related("owner")[:2])
    return customers[0] if len(customers) == 1 else None


def same_phone(one: str, normal: str) -> bool:
    """Whether a phone number as it was written is one as it is compared."""
    try:
        return normalised(Reach.Kind.PHONE, one) == normal
    except ValidationError:
        return False


def _with_phone(normal: str) -> list[int]:
    digits = Func(F("phone"), Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace")
    ends = re.sub(r"\D", "", normal)[-_TAIL:]
    rows = (
        Customer.objects.exclude(phone="")
        .annotate(tail=Right(digits, _TAIL))
        .filter(tail=ends)
        .values_list("pk", "phone")
    )
    return [pk for pk, phone in rows if same_phone(phone, normal)]
