"""Which reply templates are offered for a ticket, and how their fields are filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils import translation
from django.utils.translation import gettext_lazy

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.contacts.wording import filled
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.numbers import day
from kefen_crm.tickets.reply_models import ReplyTemplate

if TYPE_CHECKING:
    from kefen_crm.team.models import User
    from kefen_crm.tickets.models import Ticket

FIELDS: Final = {
    "customer": gettext_lazy("the customer's name"),
    "contact": gettext_lazy("who asks"),
    "number": gettext_lazy("the ticket's number"),
    "title": gettext_lazy("what it is about"),
    "kind": gettext_lazy("its kind, such as complaint"),
    "product": gettext_lazy("the product"),
    "opened": gettext_lazy("the day when it came"),
    "owner": gettext_lazy("whose ticket it is"),
    "agent": gettext_lazy("who answers"),
}
"""Every field, and what it holds."""
LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}


@dataclass(frozen=True)
class Reply:
    """A template filled for a ticket; `missing` are the fields without a value or a default."""

    template: ReplyTemplate
    language: str
    text: str
    missing: tuple[str, ...]

    @property
    def value(self) -> str:
        """What tells it from others offered for the ticket."""
        return f"{self.template.pk}:{self.language}"


def offered(ticket: Ticket) -> list[ReplyTemplate]:
    """The templates in use for a ticket's kind, product and class, the most particular first."""
    of_customer = CustomerClass.objects.filter(customer=ticket.customer_id, scheme=leading_scheme())
    key = of_customer.values_list("class_key", flat=True).first() or ""
    found = ReplyTemplate.objects.filter(
        active=True, kind__in=("", ticket.kind), product__in=("", ticket.product),
        class_key__in=("", key),
    )  # fmt: skip
    return sorted(
        found, key=lambda one: (-sum(map(bool, (one.kind, one.product, one.class_key))), one.name)
    )


def replies(actor: User, ticket: Ticket) -> list[Reply]:
    """What is offered, filled, in each language that it is written in."""
    found = offered(ticket)
    return [
        reply_of(actor, ticket, one, language)
        for language in LANGUAGES
        for one in found
        if one.of(language)
    ]


def reply_of(actor: User, ticket: Ticket, template: ReplyTemplate, language: str) -> Reply:
    """A template filled for a ticket that `actor` answers."""
    with translation.override(LANGUAGES[language]):
        text, missing = filled(template.of(language), _values(actor, ticket))
    return Reply(template, language, text, tuple(dict.fromkeys(missing)))


def classes() -> list[tuple[str, str]]:
    """The classes of the leading scheme, by key and title."""
    scheme = leading_scheme()
    return [(one.key, str(one.title)) for one in scheme.classes] if scheme else []


def _values(actor: User, ticket: Ticket) -> dict[str, str]:
    return {
        "customer": ticket.customer.name,
        "contact": ticket.contact or ticket.customer.contact,
        "number": ticket.number,
        "title": ticket.title,
        "kind": ticket.get_kind_display(),
        "product": ticket.product,
        "opened": day(ticket.opened_at),
        "owner": ticket.owner.display_name if ticket.owner else "",
        "agent": actor.display_name,
    }
