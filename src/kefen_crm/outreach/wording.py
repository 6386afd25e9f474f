"""The fields of templates: which there are, what is in them for a customer, how they are filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.html import linebreaks, urlize
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, override

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.contacts.wording import filled
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.bulk import keyed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen_crm.contacts.models import Contact
    from kefen_crm.customers.models import Customer
    from kefen_crm.outreach.models import TemplateVersion

LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}
"""The languages of templates, as the site calls them."""
FIELDS: Final = {
    "customer": gettext_lazy("the customer's name"),
    "contact": gettext_lazy("who is written to"),
    "title": gettext_lazy("the contact's position"),
    "class": gettext_lazy("the customer's class"),
    "owner": gettext_lazy("who looks after the customer"),
    "birthday": gettext_lazy("the contact's birthday"),
    "since": gettext_lazy("the year of the first order"),
    "region": gettext_lazy("the customer's region"),
    "city": gettext_lazy("the customer's city"),
    "occasion": gettext_lazy("what the message is about, such as a holiday"),
    "product": gettext_lazy("the product that the message is about"),
    "coupon": gettext_lazy("the code of the customer's coupon"),
}
"""Every field, and what it holds."""


@dataclass(frozen=True)
class Written:
    """A message for one customer; `missing` are the fields that have no value and no default."""

    subject: str
    body: str
    missing: tuple[str, ...] = ()


def written(words: TemplateVersion, language: str, values: Mapping[str, str]) -> Written:
    """The words of a template for whom these values are of."""
    subject, body = words.of(language)
    (head, lacks), (text, more) = filled(subject, values), filled(body, values)
    return Written(" ".join(head.split())[:200], text, tuple(dict.fromkeys([*lacks, *more])))


def values_of(
    customers: Sequence[Customer],
    contacts: Mapping[int, Contact | None] | None = None,
    extra: Mapping[int, Mapping[str, str]] | None = None,
    *,
    language: str,
) -> dict[int, dict[str, str]]:
    """What the fields hold, by the id of the customer; `extra` by customer goes before.

    Classes are called as in the `language` of the message, whoever reads it here. `contacts` are
    whom the messages are for; without one it is who the customer's file names.
    """
    with override(LANGUAGES[language]):
        classes = _classes(one.pk for one in customers)
    found = {}
    for one in customers:
        contact = (contacts or {}).get(one.pk)
        values = {
            "customer": one.name,
            "contact": contact.name if contact else one.contact,
            "title": contact.title if contact else "",
            "class": classes.get(one.pk, ""),
            "owner": one.owner_title,
            "birthday": _day(contact),
            "since": str(one.first_order_on.year) if one.first_order_on else "",
            "region": one.region,
            "city": one.city,
        }
        found[one.pk] = values | dict((extra or {}).get(one.pk, {}))
    return found


def as_html(text: str) -> SafeString:
    """A text as the HTML part of a mail: escaped, its lines and addresses kept."""
    found = linebreaks(urlize(text, nofollow=True, autoescape=True))
    return SafeString(found)  # everything of the text was escaped


def _day(contact: Contact | None) -> str:
    born = contact.birthday if contact else None
    return f"{born.month}-{born.day}" if born else ""


def _classes(customers: Iterable[int]) -> dict[int, str]:
    """The class of each customer in the leading scheme, in words."""
    scheme = leading_scheme()
    if scheme is None:
        return {}
    titles = {one.key: one.title for one in scheme.classes}
    rows = CustomerClass.objects.filter(scheme=scheme, customer__in=keyed(list(customers)))
    return {
        pk: str(titles.get(key, key))
        for pk, key in rows.values_list("customer", "class_key")
        if key
    }
