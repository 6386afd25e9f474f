"""The texts that tickets are answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.team.roles import may, require
from kefen_crm.tickets.permits import WRITE_REPLIES
from kefen_crm.tickets.replies import classes
from kefen_crm.tickets.reply_actions import save_reply
from kefen_crm.tickets.reply_forms import ReplyForm, titled_fields
from kefen_crm.tickets.reply_models import ReplyTemplate

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_GET
def replies(request: SignedInRequest) -> HttpResponse:
    """Every reply template."""
    titles = dict(classes())
    found = [(one, titles.get(one.class_key, one.class_key)) for one in ReplyTemplate.objects.all()]
    context = {"tab": "replies", "templates": found, "writable": may(request.user, WRITE_REPLIES)}
    return render(request, "tickets/replies.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    """Write a reply template, or change one."""
    require(request.user, WRITE_REPLIES)
    known = get_object_or_404(ReplyTemplate, pk=pk) if pk else None
    form = ReplyForm(request.POST or None, template=known)
    version = expected_version(request)
    if form.is_valid() and carried_out(
        form, lambda: save_reply(request.user, known, form.cleaned_data, expected_version=version)
    ):
        messages.success(request, _("The template is saved."))
        return redirect("tickets:replies")
    context = {"form": form, "known": known, "fields": titled_fields()}
    return render(request, "tickets/reply.html", context, status=422 if form.errors else 200)
