"""Pages of a list: what a page's address asks for, and which page is shown for it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator


class Pages(Paginator):  # type: ignore[type-arg]  # it takes none when it runs
    """Pages of a list, of one row at least; the first stands for those before it.

    Django's own shows the last page for page 0 and for negative ones.
    """

    def __init__(self, found: Any, per_page: int, **more: Any) -> None:
        super().__init__(found, max(per_page, 1), **more)

    def validate_number(self, number: Any) -> int:
        try:
            number = max(int(number), 1)
        except (TypeError, ValueError):
            number = 1
        return super().validate_number(number)
