"""What every app builds on: events, the calendar, the clock, notifications."""

from kefen_crm.platform.models.calendar import CalendarDay, WorkPattern
from kefen_crm.platform.models.clock import Confirmation, Effect, Tick
from kefen_crm.platform.models.events import Event, OutboxEntry
from kefen_crm.platform.models.notifications import Notification, NotificationChoice

__all__ = [
    "CalendarDay",
    "Confirmation",
    "Effect",
    "Event",
    "Notification",
    "NotificationChoice",
    "OutboxEntry",
    "Tick",
    "WorkPattern",
]
