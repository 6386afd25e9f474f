"""The ledger: dated facts about customers, in Delta tables under one folder."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kefen.ledger.progress import Progress
    from kefen.ledger.records import Batch, Check
    from kefen.ledger.settings import Settings
    from kefen.ledger.several import Import
    from kefen.ledger.store import Ledger, from_frames
    from kefen.ledger.store import open_ledger as open  # noqa: A004  # `kefen.open` is its name

__all__ = ["Batch", "Check", "Import", "Ledger", "Progress", "Settings", "from_frames", "open"]

_PLACES = {
    "Batch": ("records", "Batch"),
    "Check": ("records", "Check"),
    "Import": ("several", "Import"),
    "Ledger": ("store", "Ledger"),
    "Progress": ("progress", "Progress"),
    "Settings": ("settings", "Settings"),
    "from_frames": ("store", "from_frames"),
    "open": ("store", "open_ledger"),
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PLACES[name]
    return getattr(import_module(f"{__name__}.{module}"), attribute)
