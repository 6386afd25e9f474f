"""Finds contacts by name or by where they are reached, while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F
from django.urls import reverse

from kefen_crm.contacts.models import Contact, Reach
from kefen_crm.contacts.queries import contacts_for
from kefen_crm.customers.texts import containing
from kefen_crm.platform.parts import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_LISTED = 5


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Contacts of the customers that whoever asks sees, those who left last."""
    reached = Reach.objects.filter(containing(Reach, "normal", text)).values("contact")
    named = containing(Contact, "name", text)
    user = request.user
    every = contacts_for(user).select_related(None)  # type: ignore[arg-type]  # signed in
    found = every.select_related("customer").prefetch_related(None)
    found = found.filter(named) | found.filter(pk__in=reached)
    found = found.only("name", "customer__name", "customer__code")
    for one in found.order_by(F("left_on").asc(nulls_first=True), "name", "pk")[:_LISTED]:
        address = reverse("customers:detail", args=[one.customer.code])
        yield Hit(one.name, one.customer.name, address)
