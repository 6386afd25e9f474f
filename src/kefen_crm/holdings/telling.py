"""People told of several of their customers at once: one by name, more by their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.customers.models import Customer
from kefen_crm.platform.notifications import notify

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kefen_crm.team.models import User


def tell(
    people: Iterable[User],
    kind: str,
    customers: Sequence[tuple[int, str]],
    texts: tuple[str, str],
    url: str = "",
) -> None:
    """Tell people of customers, given by their ids and names.

    A name is told where there is one alone, so that it goes when that customer is erased.

    Args:
        texts: the message of one `%(customer)s`, and that of `%(count)s`.
    """
    one, several = texts
    if len(customers) == 1:
        pk, name = customers[0]
        notify(people, kind, one, {"customer": name}, url, customer=Customer(pk=pk))
    elif customers:
        notify(people, kind, several, {"count": len(customers)}, url)
