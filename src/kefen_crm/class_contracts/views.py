from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kefen_crm.activities.permits import WORK
from kefen_crm.class_contracts import actions, pages
from kefen_crm.class_contracts.forms import AnswerForm, ObjectionForm
from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.gateway import KefenError, say
from kefen_crm.platform.forms import carried_out
from kefen_crm.receivables.pdf import fonts
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_GET
def show(request: SignedInRequest, scheme: str, code: str) -> HttpResponse:
    """Why a customer has its class, what would change it, and how to object."""
    customer = get_object_or_404(visible_to(request.user), code=code)
    graded = pages.graded_of(customer, scheme)
    try:
        context = pages.context(request.user, customer, graded)
    except KefenError as error:  # the run's facts are gone
        messages.warning(request, say(error))
        return redirect("customers:detail", code)
    context |= {
        "may_object": may(request.user, WORK)
        and changeable_by(request.user).filter(pk=customer.pk).exists(),
        "may_answer": may(request.user, Permit.GRADE),
    }
    return render(request, "class_contracts/show.html", context)


@require_GET
def ahead(request: SignedInRequest, scheme: str, code: str) -> HttpResponse:
    """How long the class stands if nothing more is bought, for the page, which asks afterwards."""
    customer = get_object_or_404(visible_to(request.user), code=code)
    try:
        told = pages.rest(customer, pages.graded_of(customer, scheme))
    except KefenError:  # the page says that the run's facts are gone
        told = ""
    return render(request, "class_contracts/_ahead.html", {"told": told})


@require_GET
def download(request: SignedInRequest, scheme: str, code: str, language: str) -> HttpResponse:
    """The contract as PDF, in Chinese or English."""
    customer = get_object_or_404(visible_to(request.user), code=code)
    graded = pages.graded_of(customer, scheme)
    if not fonts():
        messages.error(
            request,
            _("No PDF is made here: install kefen[pdf] and a Chinese font, such as Noto Sans CJK."),
        )
        return redirect("class_contracts:show", scheme, code)
    try:
        return pages.pdf(customer, graded, language)
    except KefenError as error:
        messages.warning(request, say(error))
        return redirect("customers:detail", code)


@require_http_methods(["GET", "POST"])
def object_to(request: SignedInRequest, scheme: str, code: str) -> HttpResponse:
    """Note an objection to a class."""
    require(request.user, WORK)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    graded = pages.graded_of(customer, scheme)
    form = ObjectionForm(request.POST or None)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.object_to(request.user, customer, graded.scheme, form.cleaned_data["text"]),
    ):
        messages.success(request, _("The objection is noted; a task looks into it."))
        return redirect("class_contracts:show", scheme, code)
    title = _("Object to the class in %(scheme)s") % {"scheme": graded.scheme.title}
    back = reverse("class_contracts:show", args=[scheme, code])
    return show_form(request, customer, form, title, back=back)


@require_http_methods(["GET", "POST"])
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Uphold an objection or decline it."""
    require(request.user, Permit.GRADE)
    found = get_object_or_404(actions.reachable(request.user), pk=pk)
    form = AnswerForm(request.POST or None)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.answer(
            request.user, found, form.cleaned_data["state"], form.cleaned_data["answer"]
        ),
    ):
        messages.success(request, _("The objection is answered."))
        return redirect("class_contracts:show", found.scheme.name, found.customer.code)
    back = reverse("class_contracts:show", args=[found.scheme.name, found.customer.code])
    title = _("Answer the objection")
    return show_form(request, found.customer, form, title, about=found.text, back=back)
