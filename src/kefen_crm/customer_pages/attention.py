"""Where imports contradict what people wrote of customers, and one of both is to be chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.queries import changeable_by
from kefen_crm.gateway.filters import Edited, query
from kefen_crm.platform.numbers import whole
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_NAMED = 3


def items(request: HttpRequest) -> Iterator[AttentionItem]:
    """The customers with something to choose, for whoever may."""
    user = request.user
    if not may(user, Permit.EDIT_CUSTOMERS):
        return
    found = changeable_by(user).filter(edits__incoming__isnull=False).distinct().order_by("code")
    count = found.count()
    if not count:
        return
    title = ngettext(
        "Imports contradict what was written of %(count)s customer",
        "Imports contradict what was written of %(count)s customers",
        count,
    )
    yield AttentionItem(
        "git-merge",
        "orange",
        title % {"count": whole(count)},
        _("What was written stands until one of both is chosen"),
        f"{reverse('customers:list')}?{query(Edited('choose'))}",
        names=tuple(
            (code, name, reverse("customers:detail", args=[code]))
            for code, name in found.values_list("code", "name")[:_NAMED]
        ),
    )
