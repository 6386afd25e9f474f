"""How an address narrows a list of customers, as the engine's pictures write it."""

from __future__ import annotations

from kefen.pictures.filters import (
    NEW,
    UNRATED,
    Bought,
    Cell,
    Edited,
    HeldBy,
    Moved,
    OfClass,
    Ranked,
    Scored,
    Silent,
    query,
)

__all__ = [
    "NEW",
    "UNRATED",
    "Bought",
    "Cell",
    "Edited",
    "HeldBy",
    "Moved",
    "OfClass",
    "Ranked",
    "Scored",
    "Silent",
    "query",
]
