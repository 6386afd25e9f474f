"""A form about a customer: in the dialog that asks for it, or on a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse

from kefen_crm.platform.forms import carried_out, expected_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import BaseForm
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

    from kefen_crm.customers.models import Customer


def show_form(
    request: HttpRequest,
    customer: Customer,
    form: BaseForm,
    title: str | _StrPromise,
    *,
    version: int = 0,
    about: str = "",
    back: str = "",
) -> HttpResponse:
    """Show a form about a customer; 422 where it was refused, on a page of its own.

    Args:
        request: which says whether a dialog asks.
        customer: whom it is about.
        form: sent back to the same address.
        title: what is asked.
        version: of the object as the form shows it; 0 for a new one.
        about: the object in words, beside the customer's name.
        back: where the way out leads; by default to the customer's page.
    """
    in_dialog = bool(request.htmx)  # type: ignore[attr-defined]  # by a middleware
    template = "customers/_ask.html" if in_dialog else "customers/ask.html"
    context = {
        "customer": customer,
        "form": form,
        "title": title,
        "version": version,
        "about": about,
        "back": back,
    }
    # The dialog puts in place what is no error.
    status = 422 if form.errors and not in_dialog else 200
    return render(request, template, context, status=status)


def change_by_form(
    request: HttpRequest,
    thing: Any,
    form: BaseForm,
    title: str | _StrPromise,
    act: Callable[[int | None], object],
    *,
    page: str,
) -> HttpResponse:
    """Do what a form asks for, and show the thing that it is about; else the form.

    Args:
        request, form, title: as of `show_form`.
        thing: of a `customer`, with a `version`.
        act: does it, given the version that the form was of.
        page: the address of the thing's own page, such as `tickets:detail`.
    """
    version = expected_version(request)
    if form.is_valid() and carried_out(form, lambda: act(version)):
        return redirect(page, thing.pk)
    back = reverse(page, args=[thing.pk])
    return show_form(
        request, thing.customer, form, title, version=thing.version, about=str(thing), back=back
    )
