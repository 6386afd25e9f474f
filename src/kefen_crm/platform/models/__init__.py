"""What every app builds on: events, the working calendar, the clock."""

from kefen_crm.platform.models.calendar import CalendarDay, WorkPattern
from kefen_crm.platform.models.clock import Confirmation, Effect, Tick
from kefen_crm.platform.models.events import Event, OutboxEntry

__all__ = [
    "CalendarDay",
    "Confirmation",
    "Effect",
    "Event",
    "OutboxEntry",
    "Tick",
    "WorkPattern",
]
