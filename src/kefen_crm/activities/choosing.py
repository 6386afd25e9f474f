"""The customer that something new is about is looked for first, then the rest is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from kefen_crm.activities.queries import activities_for
from kefen_crm.customers.finding import best
from kefen_crm.customers.queries import changeable_by

if TYPE_CHECKING:
    from django.http import HttpResponse

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.views import SignedInRequest

FOUND = 8


def choose_customer(request: SignedInRequest, title: str, target: str) -> HttpResponse:
    """Offer customers, those of late first, in the dialog or on a page of its own.

    Each leads to `target`, the name of an address that takes the customer's code.
    """
    text = request.GET.get("q", "").strip()[:200]
    recent: list[Customer] = []
    if not text:
        mine = activities_for(request.user).filter(by=request.user)[:50]
        recent = list({one.customer_id: one.customer for one in mine}.values())[:FOUND]
    found = best(changeable_by(request.user), text, FOUND) if text else recent
    context = {"customers": found, "q": text, "title": title, "target": target}
    if not request.htmx:  # type: ignore[attr-defined]  # by a middleware
        return render(request, "activities/choose.html", context)
    hits = "activities/_choose_hits.html" if "q" in request.GET else "activities/_choose.html"
    return render(request, hits, context)
