"""The page of customers whom nobody looks after."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kefen_crm.holdings import sharing
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.views import SignedInRequest


@require_http_methods(["GET", "POST"])
def without_owner(request: SignedInRequest) -> HttpResponse:
    """How many nobody looks after, the ways to change that, and sharing them among people."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    given = request.POST if request.method == "POST" else request.GET
    receivers = list(sharing.receivers(request.user))
    wanted = set(given.getlist("people"))
    people = [one for one in receivers if str(one.pk) in wanted]
    how: sharing.How = "region" if given.get("how") == "region" else "even"
    if request.method == "POST":
        try:
            done = sharing.share(
                request.user, people, how, given.get("reason", "")[:500],
                expected=given.get("seen", ""),
            )  # fmt: skip
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            count = len(done)
            told = ngettext(
                "%(n)s person has got customers.", "%(n)s people have got customers.", count
            )
            messages.success(request, told % {"n": count})
            return redirect("holdings:transfers")
    found = sharing.without_owner(request.user)
    context: dict[str, Any] = {
        "totals": found.aggregate(count=Count("pk"), sales=Sum("sales")),
        "unknown": sharing.unknown_salespeople(request.user),
        "receivers": receivers,
        "chosen": people,
        "how": how,
        "hows": (("even", _("evenly, the most valuable first")), ("region", _("by whole regions"))),
        "shares": sharing.shares(request.user, people, how) if people else None,
    }
    return render(request, "holdings/without_owner.html", context)
