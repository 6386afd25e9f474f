from __future__ import annotations

from typing import Final

WORK_LEADS: Final = "work_leads"
"""The permit to note, work on and convert leads."""
