"""What every app builds on: events, the calendar, the clock, notifications, rules."""

from kefen_crm.platform.models.calendar import CalendarDay, WorkPattern
from kefen_crm.platform.models.clock import Confirmation, Effect, Tick
from kefen_crm.platform.models.events import Event, OutboxEntry
from kefen_crm.platform.models.notifications import Notification, NotificationChoice
from kefen_crm.platform.models.rules import RuleDocument

__all__ = [
    "CalendarDay",
    "Confirmation",
    "Effect",
    "Event",
    "Notification",
    "NotificationChoice",
    "OutboxEntry",
    "RuleDocument",
    "Tick",
    "WorkPattern",
]
