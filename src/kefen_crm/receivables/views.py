"""Receivables by age, the open invoices, promises and disputes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.platform.numbers import money_full
from kefen_crm.platform.paging import Pages
from kefen_crm.receivables import actions, files, pdf
from kefen_crm.receivables import queries as reads
from kefen_crm.receivables.actions import COLLECT
from kefen_crm.receivables.checking import MONTHS, error_of
from kefen_crm.receivables.forms import DisputeForm, InstalmentsForm, OutcomeForm, PromiseForm
from kefen_crm.receivables.models import CashCheck, Dispute, Promise
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.receivables.models import OpenInvoice
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50


@require_GET
def ageing(request: SignedInRequest) -> HttpResponse:
    """What is owed by age, and by class, owner or region; what is expected by week."""
    seen = reads.state()
    if seen is None:
        return render(request, "receivables/ageing.html", {"tab": "ageing"})
    by = _by(request)
    scheme = leading_scheme()
    limits = reads.limits_of(request.GET.get("days", ""))
    invoices = reads.invoices_for(request.user)
    found = reads.ageing(invoices, by, scheme, reads.buckets(limits, seen.as_of))
    weeks = reads.expected(request.user, seen.as_of)
    rows = [*found.rows, found.total]
    shown = [
        at for at, one in enumerate(found.buckets)
        if one.key != reads.NO_DUE_DATE or found.total.cells[at]
    ]  # fmt: skip
    everything = may(request.user, Permit.SEE_ALL_CUSTOMERS)
    checks = list(CashCheck.objects.order_by("-month")[:MONTHS]) if everything else []
    context: dict[str, Any] = {
        "tab": "ageing",
        "seen": seen,
        "by": by,
        "groups": reads.groups(),
        "days": ",".join(map(str, limits)),
        "scheme": scheme if by == "class" else None,
        "ageing": found,
        "columns": [found.buckets[at].title for at in shown],
        "lines": [_line(row, found.buckets, by, limits, shown) for row in rows],
        "weeks": weeks,
        "most": max((week.total for week in weeks), default=0) or 1,
        "checks": checks,
        "error": error_of(checks),
        "days_outstanding": reads.days(found.total.total, seen) if everything else None,
        "days_beyond": reads.days(found.total.overdue, seen) if everything else None,
    }
    return render(request, "receivables/ageing.html", context)


def _line(row: reads.Row, found: Any, by: str, limits: Any, shown: list[int]) -> dict[str, Any]:
    """A row with the address of the invoices behind each of its cells that are shown."""
    asked = {"days": ",".join(map(str, limits)), "by": by}
    if row.key:
        asked["group"] = row.key
    cells = [
        (row.cells[at], found[at].late, urlencode({**asked, "bucket": found[at].key}))
        for at in shown
    ]
    return {"row": row, "cells": cells, "query": urlencode(asked)}


def _by(request: SignedInRequest) -> str:
    asked = request.GET.get("by", "")
    return asked if asked in dict(reads.groups()) else "class"


@require_GET
def invoices(request: SignedInRequest) -> HttpResponse:
    """The open invoices that the address asks for, the oldest due first."""
    seen = reads.state()
    found, words = _narrowed(request, seen.as_of if seen else timezone.localdate())
    found = found.select_related("customer__owner").annotate(disputed=reads.in_dispute())
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(one, one.days_late(seen.as_of)) for one in page.object_list] if seen else []
    context = {
        "tab": "invoices", "seen": seen, "page": page, "rows": rows, "words": words,
        "total": reads.sum_of(found), "search": request.GET.get("q", ""),
    }  # fmt: skip
    return render(request, "receivables/invoices.html", context)


@require_GET
def export(request: SignedInRequest, form: str) -> HttpResponse:
    """The same invoices as a file."""
    require(request.user, Permit.EXPORT)
    seen = reads.state()
    if seen is None:
        raise Http404
    found, _words = _narrowed(request, seen.as_of)
    rows = found.select_related("customer__owner").iterator(2_000)
    return files.invoices(rows, seen.as_of, form)


def _narrowed(request: SignedInRequest, day: date) -> tuple[QuerySet[OpenInvoice], list[str]]:
    """The invoices that an address asks for, and what it asks for in words."""
    found, words = reads.invoices_for(request.user), []
    buckets = reads.buckets(reads.limits_of(request.GET.get("days", "")), day)
    asked = request.GET.get("bucket", "")
    bucket = next((one for one in buckets if one.key == asked), None)
    if bucket:
        found = found.filter(bucket.condition)
        words.append(bucket.title)
    if key := request.GET.get("group", ""):
        scheme = leading_scheme()
        found = reads.of_group(found, _by(request), key, scheme)
        words.append(reads.title_of(_by(request), key, scheme))
    if text := request.GET.get("q", "").strip().replace("\x00", ""):
        found = found.filter(reads.named(text))
    return found, words


@require_GET
def statement(request: SignedInRequest, code: str, form: str) -> HttpResponse:
    """A customer's statement of account as a file."""
    require(request.user, Permit.EXPORT)
    customer = get_object_or_404(visible_to(request.user), code=code)
    seen = reads.state()
    if seen is None:
        raise Http404
    rows = customer.open_invoices.all()
    if form != "pdf":
        return files.statement(customer, rows, seen.as_of, form)
    if not pdf.fonts():
        messages.error(
            request,
            _("No PDF is made here: install kefen[pdf] and a Chinese font, such as Noto Sans CJK."),
        )
        return redirect("customers:detail", customer.code)
    return pdf.statement(customer, rows, seen.as_of)


@require_GET
def promises(request: SignedInRequest) -> HttpResponse:
    """What customers promised and what they dispute."""
    mine = visible_to(request.user)
    state = request.GET.get("state", "")
    found = reads.promises(request.user, state).select_related("customer", "by")
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    disputes = Dispute.objects.filter(customer__in=mine, state=Dispute.State.OPEN)
    context = {
        "tab": "promises",
        "page": page,
        "state": state,
        "states": [("", _("All")), *reads.PROMISE_STATES],
        "disputes": disputes.select_related("customer", "by")[:PER_PAGE],
        "writable": may(request.user, COLLECT),
    }
    return render(request, "receivables/promises.html", context)


@require_http_methods(["GET", "POST"])
def promise(request: SignedInRequest, code: str) -> HttpResponse:
    """Note what a customer promised."""
    require(request.user, COLLECT)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    owed, about = _owed(customer)
    soon = timezone.localdate() + timedelta(days=reads.USUAL_DAYS)
    form = PromiseForm(request.POST or None, initial={"amount": owed, "due_on": soon})
    if form.is_valid() and carried_out(
        form, lambda: actions.promise(request.user, customer, **form.cleaned_data)
    ):
        messages.success(request, _("The promise is noted."))
        return redirect("customers:detail", customer.code)
    return show_form(request, customer, form, _("Promise to pay"), about=about)


@require_http_methods(["GET", "POST"])
def instalments(request: SignedInRequest, code: str) -> HttpResponse:
    """Note what a customer promised in several parts."""
    require(request.user, COLLECT)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    owed, about = _owed(customer)
    form = InstalmentsForm(request.POST or None, initial={"amount": owed})
    if form.is_valid() and carried_out(
        form,
        lambda: actions.promise_parts(
            request.user, customer, form.parts(), note=form.cleaned_data["note"]
        ),
    ):
        messages.success(request, _("The instalments are noted."))
        return redirect("customers:detail", customer.code)
    return show_form(request, customer, form, _("Promise in instalments"), about=about)


def _owed(customer: Customer) -> tuple[Decimal | None, str]:
    """What a promise is likely about, the money that is late or else all; and both in words."""
    payer = getattr(customer, "payer", None)
    if payer is None:
        return None, ""
    told = {"open": money_full(payer.outstanding), "late": money_full(payer.overdue)}
    words = _("%(open)s open, %(late)s of it late") % told
    return payer.overdue or payer.outstanding or None, words


@require_POST
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a promise back."""
    require(request.user, COLLECT)
    mine = Promise.objects.filter(customer__in=changeable_by(request.user), state="open")
    made = get_object_or_404(mine.select_related("customer"), pk=pk)
    actions.withdraw(request.user, made)
    messages.success(request, _("The promise is withdrawn."))
    return redirect("customers:detail", made.customer.code)


@require_http_methods(["GET", "POST"])
def dispute(request: SignedInRequest, code: str) -> HttpResponse:
    """Note that a customer disputes an invoice."""
    require(request.user, COLLECT)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = DisputeForm(request.POST or None, invoices=customer.open_invoices.all())
    if form.is_valid() and carried_out(
        form, lambda: actions.dispute(request.user, customer, **form.cleaned_data)
    ):
        messages.success(request, _("The dispute is noted; the invoice rests."))
        return redirect("customers:detail", customer.code)
    return show_form(request, customer, form, _("Dispute an invoice"))


@require_http_methods(["GET", "POST"])
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say how a dispute ended."""
    require(request.user, COLLECT)
    mine = Dispute.objects.filter(customer__in=changeable_by(request.user), state="open")
    opened = get_object_or_404(mine.select_related("customer"), pk=pk)
    form = OutcomeForm(request.POST or None)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.settle(
            request.user, opened, form.cleaned_data["outcome"],
            expected_version=expected_version(request),
        ),
    ):  # fmt: skip
        messages.success(request, _("The dispute is settled."))
        return redirect("customers:detail", opened.customer.code)
    return show_form(request, opened.customer, form, opened.number, version=opened.version)
