from __future__ import annotations

from kefen_crm.platform import feeds
from kefen_crm.platform.parts import PersonalData
from kefen_crm.platform.registry import Plugin

PLUGIN = Plugin(
    position=5,
    consumers=(feeds.CONSUMER,),
    personal=(
        PersonalData("platform.Event", emptied=("before", "after", "reason", "key")),
        PersonalData("platform.Notification", deleted=True),
    ),
)
