"""What every app builds on: the working calendar."""

from kefen_crm.platform.models.calendar import CalendarDay, WorkPattern

__all__ = ["CalendarDay", "WorkPattern"]
