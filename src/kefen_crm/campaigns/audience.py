"""The customers of a campaign before they are drawn: how many, and what could be told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, QueryDict

from kefen_crm.customer_pages.selecting import listed
from kefen_crm.customers.models import CURRENT
from kefen_crm.gateway import campaigns as engine
from kefen_crm.holdout.queries import held as left_alone
from kefen_crm.platform.remembered import remembered

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.campaigns.models import Campaign
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User


@dataclass(frozen=True)
class Outlook:
    """What a campaign could tell afterwards.

    Attributes:
        count: customers of the audience; `treated` and `holdout` of them.
        least: the least change of the sales of a customer that would be told from chance with a
            power of 80 %; None where they are too few.
        out: customers whom outreach leaves alone all year, and so does the campaign.
    """

    count: int
    treated: int
    holdout: int
    least: float | None
    out: int = 0


def audience(user: User, query: str) -> QuerySet[Customer]:
    """The current customers that the list of an address shows to somebody."""
    request = HttpRequest()
    request.GET, request.user = QueryDict(query), user
    return listed(request).filter(standing__in=CURRENT)


def reachable(user: User, campaign: Campaign) -> QuerySet[Customer]:
    """Those of the audience whom the campaign is for: without whom outreach leaves alone."""
    found = audience(user, campaign.query)
    return (
        found
        if campaign.everybody_reason
        else found.exclude(pk__in=left_alone().values("customer"))
    )


def count(user: User, campaign: Campaign) -> tuple[int, int]:
    """How many customers a campaign is for, and how many of its audience are left out."""
    every = audience(user, campaign.query).order_by()
    whole = remembered(every, "count", every.count)
    if campaign.everybody_reason:
        return whole, 0
    out = every.filter(pk__in=left_alone().values("customer")).count()
    return whole - out, out


def outlook(user: User, campaign: Campaign) -> Outlook:
    """How many a campaign would treat and leave alone, and what could be told afterwards."""
    whole, out = count(user, campaign)
    held = round(whole * campaign.holdout / 100)
    deviation = None
    if min(held, whole - held) >= engine.FEWEST:
        codes = reachable(user, campaign).order_by().values_list("code", flat=True)
        deviation = engine.spread(list(codes), campaign.horizon)
    least = engine.least(deviation, whole - held, held) if deviation is not None else None
    return Outlook(whole, whole - held, held, least, out)
