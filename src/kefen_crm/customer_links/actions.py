"""Links between customers: made and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from kefen_crm.customer_links.groups import leads_back
from kefen_crm.customer_links.models import Link
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.platform import events
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

MADE: Final = "customer_link.made"
REMOVED: Final = "customer_link.removed"
_LOCK: Final = 7_240_134
"""Of the database's lock of links: a chain is looked through and lengthened by one at a time."""


@transaction.atomic
def link(actor: User, customer: Customer, other: Customer, kind: str, *, key: str = "") -> Link:
    """Say that `other` is the parent, an affiliate, the payer or the referrer of a customer.

    A customer's new parent, payer or referrer takes the place of the one before.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        Customer.DoesNotExist: when either is out of reach of `actor`.
        ValidationError: for a customer and itself, and where the chain would come back to it.
        KeyReused: when the key came with something else before.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    customer = changeable_by(actor).get(pk=customer.pk)
    other = visible_to(actor).get(pk=other.pk)
    given = {"customer": customer.pk, "other": other.pk, "kind": kind}
    if answer := events.answered(actor, MADE, key, given):
        found: Any = answer.target()
        return found  # type: ignore[no-any-return]  # the link of the event
    lock()
    if kind not in Link.Kind.values:
        raise ValidationError({"kind": _("There is no such kind of link.")})
    if customer == other:
        raise ValidationError({"other": _("A customer is not linked to itself.")})
    first, second = customer, other
    if kind == Link.Kind.AFFILIATE:
        first, second = sorted((customer, other), key=lambda one: one.pk)
    elif leads_back(customer.pk, other.pk, kind):
        raise ValidationError(
            {"other": _("%(name)s belongs to this customer already.") % {"name": other.name}}
        )
    known = Link.objects.filter(customer=first, kind=kind)
    same = known.filter(other=second).first()
    if kind == Link.Kind.AFFILIATE and same is None:  # a merge may have turned it
        same = Link.objects.filter(customer=second, other=first, kind=kind).first()
    if same is not None:
        return same
    before = "" if kind == Link.Kind.AFFILIATE else _taken_away(known)
    made = Link.objects.create(customer=first, other=second, kind=kind, by=actor)
    events.record(
        actor,
        MADE,
        made,
        customer=customer,
        before={"name": before} if before else None,
        after={"kind": kind, "name": other.name, "code": other.code},
        key=key,
        given=given,
    )
    return made


@transaction.atomic
def unlink(actor: User, found: Link, *, reason: str = "") -> None:
    """Take a link away.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        Link.DoesNotExist: when neither customer is one that `actor` may change.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    lock()
    found = changeable(actor).get(pk=found.pk)
    before = {"kind": found.kind, "name": found.other.name, "code": found.other.code}
    events.record(actor, REMOVED, found, customer=found.customer, before=before, reason=reason)
    found.delete()


def changeable(user: User) -> Any:
    """The links of which `user` may change the customer."""
    links = Link.objects.select_related("customer", "other", "by")
    of_kind = links.filter(customer__in=changeable_by(user))
    back = links.filter(kind=Link.Kind.AFFILIATE, other__in=changeable_by(user))
    return of_kind | back


def lock() -> None:
    """Have nobody else change links until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _taken_away(links: Any) -> str:
    """The name of the customer whose place a new one takes."""
    old = links.select_related("other").first()
    if old is None:
        return ""
    name: str = old.other.name
    old.delete()
    return name
