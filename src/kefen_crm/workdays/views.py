from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import refused
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.views import SignedInRequest
from kefen_crm.workdays import actions, queries
from kefen_crm.workdays.forms import HoursForm, initial


@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    require(request.user, Permit.OPERATE)
    if request.method == "GET":
        return _page(request, HoursForm(initial=initial(current().hours)))
    form = HoursForm(request.POST)
    if form.is_valid():
        try:
            actions.set_hours(request.user, form.hours())
        except ValidationError as error:
            refused(form, error)
        else:
            messages.success(request, _("The working hours are saved."))
            return _back(_year(request))
    return _page(request, form, status=422)


@require_POST
def day(request: SignedInRequest) -> HttpResponse:
    chosen = _date(request.POST.get("day", ""))
    if chosen is None:
        return HttpResponse(status=422)
    try:
        actions.change_day(request.user, chosen)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return _back(timezone.localdate().year)
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx
        return render(request, "workdays/_year.html", _of_year(chosen.year))
    return _back(chosen.year, f"month-{chosen.month}")


@require_POST
def import_year(request: SignedInRequest) -> HttpResponse:
    year = _year(request)
    try:
        known = actions.import_year(request.user, year)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return _back(timezone.localdate().year)
    if known:
        messages.success(request, _("The announced days of %(year)s are in.") % {"year": year})
    else:
        told = _("The days of %(year)s are not announced yet; what is likely is in.")
        messages.warning(request, told % {"year": year})
    return _back(year)


def _page(request: SignedInRequest, form: HoursForm, status: int = 200) -> HttpResponse:
    context = {"form": form, **_of_year(_year(request))}
    return render(request, "workdays/settings.html", context, status=status)


def _of_year(year: int) -> dict[str, Any]:
    months = queries.year(current(), year, timezone.localdate())
    return {
        "year": year,
        "months": months,
        "weekdays": queries.weekdays(),
        "workdays": sum(month.workdays for month in months),
        "provisional": queries.provisional(year),
        "previous": year - 1 if year > actions.FIRST_YEAR else None,
        "next": year + 1 if year < actions.LAST_YEAR else None,
    }


def _year(request: SignedInRequest) -> int:
    """The year that is asked for; this one for none and for what is no such year."""
    text = request.POST.get("year") or request.GET.get("year") or ""
    year = int(text) if text.isdecimal() and len(text) <= 4 else 0
    known = actions.FIRST_YEAR <= year <= actions.LAST_YEAR
    return year if known else timezone.localdate().year


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:  # such as 2026-02-30
        return None


def _back(year: int, part: str = "") -> HttpResponse:
    return redirect(f"{reverse('workdays:settings')}?year={year}{'#' if part else ''}{part}")
