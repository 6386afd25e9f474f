from __future__ import annotations

from typing import Final

MERGE: Final = "merge_customers"
