from __future__ import annotations

from typing import Final

from kefen_crm.outreach.permits import WRITE_TO
from kefen_crm.platform.rules import SET_RULES

SEE: Final = WRITE_TO
"""The permit to see what care customers are given, of those whom one sees."""
SET: Final = SET_RULES
"""The permit to publish rules of care."""
