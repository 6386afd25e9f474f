"""The page that tells what money, service and selling came to by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.evaluation import acting
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from django.http import HttpResponse

    from kefen_crm.team.views import SignedInRequest

MARKS = {
    "good": ("circle-check", "success"),
    "even": ("equal", "secondary"),
    "bad": ("alert-triangle", "danger"),
    "few": ("dots", "secondary"),
}
"""The icon and the colour of what is found."""


@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """Every part; each is read by itself, as some take longer."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    return render(request, "evaluation/acting.html", {"proofs": acting.proofs("acting")})


@require_GET
def strategy(request: SignedInRequest) -> HttpResponse:
    """What was promised and done, and what campaigns changed and cost."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    return render(request, "evaluation/strategy.html", {"proofs": acting.proofs("strategy")})


@require_GET
def part(request: SignedInRequest, name: str) -> HttpResponse:
    """One part."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    one = acting.called(name)
    if one is None:
        raise Http404
    scheme = leading_scheme()
    tables = [
        {
            "heading": table.heading,
            "columns": table.columns,
            "rows": [(row, zip(table.columns, row.cells, strict=True)) for row in table.rows],
            "findings": [(*MARKS[found.tone], found.text) for found in table.findings],
        }
        for table in one.read(request, scheme)
    ]
    context = {"tables": tables, "scheme": scheme}
    return render(request, "evaluation/_acting_part.html", context)
