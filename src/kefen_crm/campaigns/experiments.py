"""Campaigns that are over and left some customers alone: what else learns from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen_crm.campaigns.models import Campaign
from kefen_crm.platform.parts import PastExperiment

if TYPE_CHECKING:
    from collections.abc import Iterable


def over() -> list[Campaign]:
    """The campaigns all of whose days are in the facts, with groups as drawn, newest first."""
    found = Campaign.objects.filter(
        state__in=(Campaign.State.ENDED, Campaign.State.STOPPED), holdout__gt=0
    )
    return [
        one
        for one in found.exclude(started_on=None)
        if one.result.get("whole")
        and (one.result.get("rows") or [{}])[0].get("verdict") not in (None, "mismatch")
    ]


def drawn(campaign: Campaign) -> pl.DataFrame:
    """Its customers by `customer_id`, and whether each was to be treated."""
    rows = list(campaign.members.order_by("pk").values_list("customer__code", "treated"))
    columns = {"customer_id": pl.String, "treated": pl.Boolean}
    return pl.DataFrame(rows, schema=columns, orient="row")


def past() -> Iterable[PastExperiment]:
    """Every campaign that is over as others read it."""
    for one in over():
        if one.started_on is None:
            continue
        counts = one.counts
        yield PastExperiment(
            one.name,
            one.get_absolute_url(),
            one.started_on,
            one.horizon,
            min(counts.get("treated", 0), counts.get("holdout", 0)),
            lambda one=one: drawn(one),  # type: ignore[misc]
        )
