"""Changes to customers: what imports bring, and what people do."""

from __future__ import annotations

from kefen_crm.customers.actions.sharing import may_share, share, unshare
from kefen_crm.customers.actions.standing import archive, restore
from kefen_crm.customers.actions.synchronising import synchronise
from kefen_crm.customers.actions.writing import assign, choose, create, edit

__all__ = [
    "archive",
    "assign",
    "choose",
    "create",
    "edit",
    "may_share",
    "restore",
    "share",
    "synchronise",
    "unshare",
]
