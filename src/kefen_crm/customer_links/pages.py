"""What the customer's page shows of those it belongs together with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kefen_crm.customer_links import groups
from kefen_crm.customer_links.models import Link
from kefen_crm.customers.queries import may_change, visible_to
from kefen_crm.platform import numbers
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer

LISTED: Final = 20
BACK: Final = {
    Link.Kind.PARENT: _("subsidiary"),
    Link.Kind.AFFILIATE: _("affiliate"),
    Link.Kind.PAYER: _("pays for"),
    Link.Kind.REFERRER: _("has referred"),
}
"""What a link is called from the other side."""


@dataclass(frozen=True)
class Shown:
    """A link as a customer's page shows it: what the other is, `other` None where hidden."""

    link: Link
    title: str
    other: Customer | None


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The customers linked to this one, and what the group comes to."""
    user: Any = request.user
    writable = may(user, Permit.EDIT_CUSTOMERS) and may_change(user, customer)
    links = list(Link.objects.filter(Q(customer=customer) | Q(other=customer))[: LISTED + 1])
    if not links and not writable:
        return None
    context = {"links": _shown(user, customer, links[:LISTED]), "writable": writable}
    told = {"summary": numbers.whole(len(links)) if links else "", "empty": not links}
    return context | {"more": len(links) > LISTED} | told | figures(user, customer, links)


def figures(user: Any, customer: Customer, links: list[Link]) -> dict[str, Any]:
    """What the group, those it pays for and those it referred come to, each where there is one."""
    found: dict[str, Any] = {}
    if any(one.kind in groups.TOGETHER for one in links):
        found["group"] = groups.figures(user, groups.group_of(customer))
    back = {one.kind for one in links if one.other_id == customer.pk}
    if Link.Kind.PAYER in back:
        found["paid_for"] = groups.figures(user, groups.paid_for(customer))
    if Link.Kind.REFERRER in back:
        found["referred"] = groups.figures(user, groups.referred(customer))
    return found


def _shown(user: Any, customer: Customer, links: list[Link]) -> list[Shown]:
    others = {one.other_id if one.customer_id == customer.pk else one.customer_id for one in links}
    seen = visible_to(user).filter(pk__in=others).in_bulk()
    found = []
    for one in links:
        forward = one.customer_id == customer.pk
        other = seen.get(one.other_id if forward else one.customer_id)
        kind = Link.Kind(one.kind)
        found.append(Shown(one, str(kind.label if forward else BACK[kind]), other))
    return found
