from __future__ import annotations

from kefen_crm.platform import feeds, remembered, stored_figures
from kefen_crm.platform.parts import ClockJob, PersonalData
from kefen_crm.platform.registry import Plugin

PLUGIN = Plugin(
    position=5,
    consumers=(feeds.CONSUMER,),
    clock_jobs=(
        ClockJob("figures.forget", lambda _due: remembered.forget(), every="half-hour"),
        ClockJob("figures.tidy", lambda _due: stored_figures.tidy()),
    ),
    personal=(
        PersonalData("platform.Event", emptied=("before", "after", "reason", "key")),
        PersonalData("platform.Notification", deleted=True),
    ),
)
