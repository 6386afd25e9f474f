from __future__ import annotations

from datetime import time

from kefen_crm.notifications import actions, queries
from kefen_crm.platform.notifications import follow, noticed
from kefen_crm.platform.parts import BarItem, ClockJob, Consumer, Route, Router
from kefen_crm.platform.registry import Plugin

PLUGIN = Plugin(
    position=90,
    routes=(Route("notifications/", "kefen_crm.notifications.urls"),),
    routers=(Router("/notifications", "kefen_crm.notifications.api.router"),),
    bar=(BarItem("notifications/bell.html", queries.bell),),
    consumers=(Consumer("notifications", follow, noticed),),
    clock_jobs=(ClockJob(actions.DIGEST, actions.queue_digests, at=time(8)),),
)
