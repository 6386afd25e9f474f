"""Letters of dunning: whom they go to, and what they say."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from kefen_crm.contacts.models import Contact
from kefen_crm.dunning.letter_texts import TEXTS
from kefen_crm.dunning.models import LETTERS, LetterText, Step
from kefen_crm.gateway.settings import stored_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer

LANGUAGES: Final = ("zh", "en")
DAYS_TO_PAY: Final = 7
"""Days from a letter to the day that it asks to pay by."""
PLACEHOLDERS: Final = (
    "customer", "contact", "company", "invoices", "count", "total", "days", "until", "today",
)  # fmt: skip
_NAMED = re.compile(r"\{([^{}]*)\}")
_LONGEST_SUBJECT = 200


def with_contacts(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Customers with what `addressee` asks of each, read for all of them at once."""
    present = Contact.objects.filter(left_on=None).prefetch_related("reaches")
    return customers.prefetch_related(Prefetch("contacts", queryset=present, to_attr="present"))


def addressee(customer: Customer) -> tuple[str, str]:
    """Name and address of whom letters go to: who pays, else the first contact, else the customer.

    The address is empty where none is known, or where whoever it belongs to refused letters.
    """
    contacts = getattr(customer, "present", None)
    if contacts is None:
        contacts = customer.contacts.filter(left_on=None).prefetch_related("reaches")
    contacts = sorted(contacts, key=lambda one: (one.role != "pays", not one.primary, one.pk))
    for one in contacts:
        for reach in one.reaches.all():
            if reach.kind == "email" and reach.valid and reach.consent != "no":
                return one.name, reach.value
    refused = {reach.normal for one in contacts for reach in one.reaches.all()}
    name = contacts[0].name if contacts else customer.contact or customer.name
    email = "" if customer.email.lower() in refused else customer.email
    return name, email


def written(step: Step, day: date) -> tuple[str, str]:
    """Subject and text of a letter as it would be sent on a day; as approved, once it is."""
    if step.text:
        return step.subject, step.text
    subject, text = text_of(step.level, step.language)
    values = _values(step, day)
    return filled(subject, values)[:_LONGEST_SUBJECT], filled(text, values)


def text_of(level: str, language: str) -> tuple[str, str]:
    """The company's own words for a level, else those that come with Kefen."""
    own = LetterText.objects.filter(level=level, language=language).first()
    return (own.subject, own.text) if own else TEXTS[level, language]


def filled(text: str, values: Mapping[str, Any]) -> str:
    """A text with its placeholders filled; what is none stays.

    >>> filled("Dear {contact}, {x}", {"contact": "Ms Wu"})
    'Dear Ms Wu, {x}'
    """
    return _NAMED.sub(lambda found: str(values.get(found[1], found[0])), text)


def checked(subject: str, text: str) -> None:
    """Refuse words of a letter that would not say what is owed.

    Raises:
        ValidationError: by field, of placeholders that are none, and where the figures are missing.
    """
    wrong: dict[str, str] = {}
    for name, given in (("subject", subject), ("text", text)):
        unknown = [one for one in _NAMED.findall(given) if one not in PLACEHOLDERS]
        if unknown:
            told = {"name": unknown[0], "known": ", ".join(PLACEHOLDERS)}
            wrong[name] = _("“{%(name)s}” is no placeholder; known are %(known)s.") % told
    if "text" not in wrong and not {"total", "invoices"} & set(_NAMED.findall(text)):
        wrong["text"] = _("Say what is owed: write {invoices} or {total}.")
    if wrong:
        raise ValidationError(wrong)


def _values(step: Step, day: date) -> dict[str, Any]:
    invoices = list(step.invoices.all())
    name, _address = addressee(step.customer)
    company = stored_settings(settings.KEFEN_DATA)
    return {
        "customer": step.customer.name,
        "contact": name,
        "company": company.company or "",
        "invoices": "\n".join(_line(one, step.language) for one in invoices),
        "count": len(invoices),
        "total": f"{sum((one.amount for one in invoices), Decimal(0)):,.2f} {company.currency}",
        "days": step.days_late,
        "until": (day + timedelta(DAYS_TO_PAY)).isoformat(),
        "today": day.isoformat(),
    }


def _line(one: Any, language: str) -> str:
    """An invoice in a letter."""
    told = {"number": one.number, "due": one.due_on, "days": one.days_late, "amount": one.amount}
    form = {
        "zh": "· {number}　到期日 {due}　逾期 {days} 天　{amount:,.2f}",
        "en": "· {number}, due {due}, {days} days late: {amount:,.2f}",
    }[language]
    return form.format(**told)


def levels() -> list[str]:
    """The levels that have letters."""
    return [one.value for one in LETTERS]
