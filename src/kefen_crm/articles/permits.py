from __future__ import annotations

from typing import Final

WRITE_ARTICLES: Final = "write_articles"
"""The permit to write, publish and withdraw articles."""
