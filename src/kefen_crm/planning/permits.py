"""What people may be permitted to do with plans."""

from __future__ import annotations

from typing import Final

PLAN: Final = "plan_hours"
"""The permit to plan hours and budget by class."""
