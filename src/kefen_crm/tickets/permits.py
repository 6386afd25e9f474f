from __future__ import annotations

from typing import Final

SERVE: Final = "answer_tickets"
"""The permit to open, answer and solve tickets, of customers whom one may change."""
WRITE_REPLIES: Final = "write_reply_templates"
"""The permit to write the texts that tickets are answered with."""
