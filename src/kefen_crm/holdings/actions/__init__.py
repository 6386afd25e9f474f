"""Changes of who holds whom."""

from __future__ import annotations

from kefen_crm.holdings.actions.assigning import assign, assign_many, hand_over
from kefen_crm.holdings.actions.claiming import ClaimRefused, claim, refusals
from kefen_crm.holdings.actions.recycling import spare, stop
from kefen_crm.holdings.actions.releasing import put, release
from kefen_crm.holdings.actions.undoing import undo, undoable

__all__ = [
    "ClaimRefused",
    "assign",
    "assign_many",
    "claim",
    "hand_over",
    "put",
    "refusals",
    "release",
    "spare",
    "stop",
    "undo",
    "undoable",
]
