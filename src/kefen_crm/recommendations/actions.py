"""What is done with an offer: a task by one press, or it is not wanted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.activities.actions import plan
from kefen_crm.activities.models import Task
from kefen_crm.activities.permits import WORK
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.recommendations.models import Rejection
from kefen_crm.recommendations.queries import offers_of
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

REJECTED: Final = "offer.rejected"
ORIGIN: Final = "offer"
TITLE: Final = 200


def plan_offer(actor: User, customer: Customer, item: str) -> Task:
    """Plan to offer a product today; the same one again on a day is the same task.

    Raises:
        PermissionDenied: unless `actor` may work on customers.
        Customer.DoesNotExist: when it is out of reach of `actor`.
        ValidationError: when the product is not offered to the customer.
    """
    require(actor, WORK)
    customer = changeable_by(actor).get(pk=customer.pk)
    offer = next((one for one in offers_of(customer) if one["item"] == item), None)
    if offer is None:
        raise ValidationError({"item": _("This is not offered to the customer.")})
    today = timezone.localdate()
    values = {
        "kind": Task.Kind.CALL,
        "title": (_("Offer: %(item)s") % {"item": item})[:TITLE],
        "due_on": today,
    }
    digest = hashlib.sha256(item.encode()).hexdigest()[:16]
    occurrence = f"{today.isoformat()}/{digest}"
    return plan(actor, customer, values, origin=ORIGIN, occurrence=occurrence)


@transaction.atomic
def reject(actor: User, customer: Customer, item: str) -> Rejection:
    """Note that a customer does not want a product; it is not offered again.

    Raises:
        PermissionDenied: unless `actor` may work on customers.
        Customer.DoesNotExist: when it is out of reach of `actor`.
        ValidationError: without a product.
    """
    require(actor, WORK)
    customer = changeable_by(actor).get(pk=customer.pk)
    item = item.strip()
    if not item:
        raise ValidationError({"item": _("Say which product.")})
    made, new = Rejection.objects.get_or_create(
        customer=customer, item=item[:255], defaults={"by": actor}
    )
    if new:
        events.record(actor, REJECTED, made, after={"item": made.item})
    return made
