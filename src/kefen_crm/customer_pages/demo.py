"""Views of the demo's customer list that everybody shares."""

from __future__ import annotations

from typing import Any, Final

from kefen_crm.customer_pages import saving
from kefen_crm.customer_pages.models import SavedView
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

VIEWS: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": "A 类客户，久未下单",
        "query": "class=abc%3AA&silent=2&sort=-sales",
        "columns": {"column": ["owner", "sales", "recency", "last_order_on"], "scheme": ["abc"]},
    },
    {
        "name": "华东重点客户",
        "query": "region=%E5%8D%8E%E4%B8%9C&class=abc%3AA&class=abc%3AB&sort=-sales",
        "columns": {"column": ["city", "industry", "owner", "sales", "profit"], "scheme": ["abc"]},
    },
)


def demo() -> None:
    """Share the views, unless any are saved already."""
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if manager is None or SavedView.objects.exists():
        return
    for one in VIEWS:
        saving.save(manager, {**one, "shared": SavedView.Shared.ALL})
