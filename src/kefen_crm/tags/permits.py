from __future__ import annotations

from typing import Final

SET_TAGS: Final = "set_tags"
"""Rename and remove tags; to make them and to put them on customers is a part of editing."""
