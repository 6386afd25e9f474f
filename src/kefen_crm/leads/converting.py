"""A lead becomes a customer with its contact, perhaps with an opportunity: each of them once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.contacts import actions as contacts
from kefen_crm.contacts.reaching import normalised
from kefen_crm.customers.actions import create
from kefen_crm.customers.queries import changeable_by
from kefen_crm.duplicates.near import Near, near
from kefen_crm.leads.actions import still_open
from kefen_crm.leads.models import Lead
from kefen_crm.leads.permits import WORK_LEADS
from kefen_crm.opportunities.actions import open_opportunity
from kefen_crm.platform import events
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from kefen_crm.contacts.models import Contact
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User


@dataclass(frozen=True)
class Wanted:
    """What a lead is to become.

    Attributes:
        customer: the existing one; None for a new one.
        opportunity: what the new opportunity is about; empty for none.
        amount: what it may bring.
    """

    customer: Customer | None = None
    opportunity: str = ""
    amount: Decimal | None = None


def meant(user: User, lead: Lead) -> list[Near]:
    """The customers that a lead is likely of, the likeliest first; others' masked."""
    return near(user, {**lead.customer_fields, "name": lead.company or lead.name})


@transaction.atomic
def convert(
    actor: User,
    lead: Lead,
    wanted: Wanted,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Lead:
    """Make a lead a customer, or one of an existing customer.

    Whoever asked becomes a contact, unless the customer has one of the same phone, mail or name.
    A new customer is the lead's owner's.

    Raises:
        PermissionDenied: unless `actor` may work on leads and edit customers, and for an
            opportunity sell.
        Lead.DoesNotExist, Customer.DoesNotExist: out of reach of `actor`.
        Stale: when the lead is of another version than `expected_version`.
        ValidationError: where it is not open, or nobody would know what to call the customer.
        KeyReused: when the key came with something else before.
    """
    require(actor, WORK_LEADS)
    require(actor, Permit.EDIT_CUSTOMERS)
    chosen = wanted.customer
    given = {
        "lead": lead.pk, "customer": chosen.pk if chosen else None,
        "opportunity": wanted.opportunity, "amount": wanted.amount,
    }  # fmt: skip
    if answer := events.answered(actor, "lead.converted", key, given):
        return _target(answer)
    lead = still_open(actor, lead, expected_version)
    customer = changeable_by(actor).get(pk=chosen.pk) if chosen else _new_customer(actor, lead)
    _contact(actor, lead, customer)
    if wanted.opportunity.strip():
        values: dict[str, Any] = {
            "title": wanted.opportunity, "amount": wanted.amount, "contact": lead.name,
            "need": lead.inquiry[:500], "close_on": lead.wanted_on,
        }  # fmt: skip
        lead.opportunity = open_opportunity(actor, customer, values, source=lead.number)
    lead.customer, lead.state, lead.ended_at = customer, Lead.State.CONVERTED, timezone.now()
    events.raised(lead)
    after = {"title": lead.shown_name, "source": lead.source, "new": chosen is None}
    events.record(
        actor, "lead.converted", lead, customer=customer, after=after, key=key, given=given
    )
    return lead


def _target(answer: Any) -> Lead:
    found: Lead = answer.target()
    return found


def _new_customer(actor: User, lead: Lead) -> Customer:
    told: Mapping[str, str] = {name: value for name, value in lead.customer_fields.items() if value}
    if "name" not in told:
        raise ValidationError(_("Say the company or the name first, so that the customer has one."))
    owner = {}
    if lead.owner_id and may(actor, Permit.ASSIGN_CUSTOMERS):
        owner = {"owner": str(lead.owner_id)}
    return create(actor, {**told, **owner}, reason=lead.number)


def _contact(actor: User, lead: Lead, customer: Customer) -> None:
    """Have whoever asked among the customer's contacts, once."""
    reaches = _reaches(lead)
    if not lead.name:
        return
    known: list[Contact] = list(
        customer.contacts.filter(left_on=None).prefetch_related("reaches").order_by("pk")
    )
    normals = {normal for _kind, _value, normal in reaches}
    for one in known:
        there = {each.normal for each in one.reaches.all()}
        if normals & there or one.name.strip().lower() == lead.name.lower():
            return
    told = [{"kind": kind, "value": value} for kind, value, _normal in reaches]
    contacts.add(actor, customer, {"name": lead.name, "title": lead.title, "reaches": told})


def _reaches(lead: Lead) -> list[tuple[str, str, str]]:
    """Where whoever asked is reached, as far as it can be read: kind, value, as compared."""
    found = []
    for kind in ("phone", "email", "wechat"):
        value = getattr(lead, kind)
        if not value:
            continue
        try:
            found.append((kind, value, normalised(kind, value)))
        except ValidationError:
            continue  # it stays in the customer's file as it was written
    return found
