from __future__ import annotations

from kefen_crm.activities.permits import WORK
from kefen_crm.platform.rules import SET_RULES

SPEND = WORK
"""The permit to note what was spent on customers whom one may change."""
SET = SET_RULES
"""The permit to publish playbooks, and to say who has how many hours."""
