"""What the pages of others show of duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import in_reach_of
from kefen_crm.duplicates.models import Pair
from kefen_crm.duplicates.near import TYPED
from kefen_crm.duplicates.permits import MERGE
from kefen_crm.duplicates.queries import groups_of, pairs_for, standing_for, undoable
from kefen_crm.duplicates.reading import number_fields
from kefen_crm.platform.numbers import whole
from kefen_crm.platform.parts import AttentionItem, Hit
from kefen_crm.platform.remembered import remembered
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_HITS = 5


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """The customers that remain of merged ones, by their old codes and names."""
    if not text.strip():
        return
    merged = in_reach_of(request.user).filter(merged_into__isnull=False)
    found = merged.filter(Q(code__iexact=text) | Q(name__icontains=text)).order_by("code")
    shown = ("name", "code", "merged_into")
    found = found.only(*shown, *(f"merged_into__{name}" for name in shown))
    for one in found.select_related("merged_into")[:_HITS]:
        remains = standing_for(one)
        note = _("merged: %(code)s %(name)s") % {"code": one.code, "name": one.name}
        yield Hit(remains.name, note, reverse("customers:detail", args=[remains.code]))


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """Likely duplicates of a customer, and the merges into it that can be taken back."""
    user: Any = request.user
    if not may(user, MERGE):
        return None
    about = Q(first=customer) | Q(second=customer)
    pairs = pairs_for(user).filter(about, state=Pair.State.OPEN)
    # Most customers have none, so that the other's columns are asked for where there is one.
    found = pairs.values_list("first", "second")[:_HITS]
    keys = [second if first == customer.pk else first for first, second in found]
    known = Customer.objects.in_bulk(keys)
    others = [known[key] for key in keys]
    won = customer.merges_won.filter(undone_at=None).select_related("by")
    merges = [(one, undoable(user, one)) for one in won.prefetch_related("members__customer")]
    if not others and not merges:
        return None
    return {"others": others, "merges": merges}


def typing(request: HttpRequest) -> dict[str, Any] | None:
    """Near matches below the form of a new customer."""
    if not may(request.user, Permit.EDIT_CUSTOMERS):
        return None
    return {"params": ",".join([*TYPED, *number_fields()])}


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """How many groups of likely duplicates wait to be judged."""
    user: Any = request.user
    if not may(user, MERGE):
        return
    groups = groups_of(pairs_for(user))
    count = remembered(groups, "count", groups.count, stored=int)
    if not count:
        return
    told = ngettext(
        "%(count)s group of likely duplicates", "%(count)s groups of likely duplicates", count
    )
    yield AttentionItem(
        "copy",
        "blue",
        told % {"count": whole(count)},
        _("Merge them, or say that they are not the same."),
        reverse("duplicates:list"),
    )
