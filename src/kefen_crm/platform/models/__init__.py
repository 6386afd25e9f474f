"""What every app builds on: events, the working calendar."""

from kefen_crm.platform.models.calendar import CalendarDay, WorkPattern
from kefen_crm.platform.models.events import Event, OutboxEntry

__all__ = ["CalendarDay", "Event", "OutboxEntry", "WorkPattern"]
