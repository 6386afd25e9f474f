from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.contacts.models import Contact
from kefen_crm.customers.queries import changeable_by, visible_to

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.team.models import User


def contacts_for(user: User) -> QuerySet[Contact]:
    """The contacts of the customers that `user` may see, those who left too."""
    found = Contact.objects.filter(customer__in=visible_to(user))
    return found.select_related("customer", "by").prefetch_related("reaches")


def changeable(user: User) -> QuerySet[Contact]:
    """The present contacts that `user` may change, where the permits allow."""
    return Contact.objects.filter(customer__in=changeable_by(user), left_on=None)
