"""How an address narrows a list of customers, as the engine's pictures write it."""

from __future__ import annotations

from kefen.pictures.filters import NEW, UNRATED, Cell, Moved, OfClass, Scored, query

__all__ = ["NEW", "UNRATED", "Cell", "Moved", "OfClass", "Scored", "query"]
