"""Messages, templates, suppressed addresses, settings, and the customer's page to unsubscribe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages as told
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.outreach import actions, queries, reaching
from kefen_crm.outreach.channels import sender_of
from kefen_crm.outreach.forms import (
    PolicyForm,
    SenderForm,
    SuppressForm,
    TemplateForm,
    WriteForm,
)
from kefen_crm.outreach.models import Channel, Message, Sender, Suppression, Template
from kefen_crm.outreach.permits import SET_OUTREACH, WRITE_TO
from kefen_crm.outreach.wording import as_html, values_of, written
from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.public_pages import limited
from kefen_crm.team.actions import digest
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50


@require_GET
def messages(request: SignedInRequest) -> HttpResponse:
    """Every message in reach, by state and channel."""
    require(request.user, WRITE_TO)
    every = queries.messages_for(request.user)
    state, channel = request.GET.get("state", ""), request.GET.get("channel", "")
    found = every.filter(state=state) if state in Message.State.values else every
    found = found.filter(channel=channel) if channel in Channel.values else found
    context = {
        "states": queries.by_state(every),
        "state": state,
        "channel": channel,
        "channels": Channel.choices,
        "page": Pages(found, PER_PAGE).get_page(request.GET.get("page")),
        "missing": [one.label for one in Channel if _waits_in_vain(every, one)],
        "quiet": reaching.quiet_hours(),
        "operates": may(request.user, Permit.OPERATE),
    }
    return render(request, "outreach/messages.html", context)


def _waits_in_vain(every: Any, channel: Channel) -> bool:
    waiting = every.filter(channel=channel, state=Message.State.QUEUED)
    return channel != Channel.HAND and waiting.exists() and sender_of(channel) is None


@require_GET
def message(request: SignedInRequest, pk: int) -> HttpResponse:
    """One message, and what can be said of it."""
    require(request.user, WRITE_TO)
    found = get_object_or_404(queries.messages_for(request.user), pk=pk)
    writable = changeable_by(request.user).filter(pk=found.customer_id).exists()
    context = {"message": found, "writable": writable, "quiet": reaching.quiet_hours()}
    return render(request, "outreach/message.html", context)


@require_POST
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say what became of a message."""
    require(request.user, WRITE_TO)
    found = get_object_or_404(queries.messages_for(request.user), pk=pk)
    state = request.POST.get("state", "")
    if state not in Message.State.values:
        raise Http404
    version = expected_version(request)
    refused = why_refused(
        lambda: actions.settle(request.user, found, state, expected_version=version)
    )
    if refused:
        told.error(request, refused)
    return redirect("outreach:message", pk)


@require_GET
def templates(request: SignedInRequest) -> HttpResponse:
    """Every template."""
    require(request.user, WRITE_TO)
    context = {
        "templates": Template.objects.all(),
        "writable": may(request.user, SET_OUTREACH),
    }
    return render(request, "outreach/templates.html", context)


@require_http_methods(["GET", "POST"])
def edit_template(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    """Write a template, or a new version of one."""
    require(request.user, SET_OUTREACH)
    known = get_object_or_404(Template, pk=pk) if pk else None
    form = TemplateForm(request.POST or None, template=known)
    version = expected_version(request)
    made: list[Template] = []
    if form.is_valid() and carried_out(
        form,
        lambda: made.append(
            actions.save_template(request.user, known, form.cleaned_data, expected_version=version)
        ),
    ):
        return redirect("outreach:template", made[0].pk)
    context = {"form": form, "template": known}
    status = 422 if form.errors else 200
    return render(request, "outreach/template_edit.html", context, status=status)


@require_GET
def template(request: SignedInRequest, pk: int) -> HttpResponse:
    """A template as a customer would read it, and its versions."""
    require(request.user, WRITE_TO)
    found = get_object_or_404(Template, pk=pk)
    code = request.GET.get("customer", "").strip()
    mine = visible_to(request.user).select_related("owner")
    customer = mine.filter(code=code).first() if code else mine.order_by("-sales", "code").first()
    context = {
        "template": found,
        "code": code,
        "customer": customer,
        "previews": _previews(found, customer) if customer else [],
        "versions": found.versions.select_related("by"),
        "writable": may(request.user, SET_OUTREACH),
    }
    return render(request, "outreach/template.html", context)


def _previews(template: Template, customer: Customer) -> list[dict[str, Any]]:
    """A template in each language for a customer, and whether the customer would be reached."""
    whom = reaching.reached([customer.pk], template.channel, template.purpose, timezone.now())
    to = whom.recipients.get(customer.pk)
    contacts = {customer.pk: to.contact if to else None}
    refused = whom.refused.get(customer.pk)
    previews = []
    for language, title in (("zh", _("Chinese")), ("en", _("English"))):
        words = template.words
        if words.of(language)[1]:
            values = values_of([customer], contacts, language=language)[customer.pk]
            text = written(words, language, values)
            shown = {"title": title, "text": text, "html": as_html(text.body)}
            previews.append(shown | {"to": to, "refused": refused.label if refused else ""})
    return previews


@require_http_methods(["GET", "POST"])
def write(request: SignedInRequest, code: str) -> HttpResponse:
    """Write to a customer by a template."""
    require(request.user, WRITE_TO)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = WriteForm(request.POST or None)
    made: list[Message] = []

    def act() -> None:
        values = form.cleaned_data
        extra = {name: values[name] for name in ("occasion", "product") if values[name]}
        made.append(
            actions.write(
                request.user,
                values["template"],
                customer,
                language=values["language"],
                extra=extra,
            )
        )

    if form.is_valid() and carried_out(form, act):
        return redirect("outreach:message", made[0].pk)
    context = {"form": form, "customer": customer}
    return render(request, "outreach/write.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def suppressions(request: SignedInRequest) -> HttpResponse:
    """Addresses that nothing is sent to, and one more."""
    require(request.user, WRITE_TO)
    form = SuppressForm(request.POST or None)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.suppress(
            request.user, form.cleaned_data["channel"], form.cleaned_data["value"]
        ),
    ):
        return redirect("outreach:suppressions")
    found = queries.suppressions_for(request.user).select_related("customer", "by")
    context = {
        "form": form,
        "page": Pages(found, PER_PAGE).get_page(request.GET.get("page")),
        "writable": may(request.user, SET_OUTREACH),
    }
    status = 422 if form.errors else 200
    return render(request, "outreach/suppressions.html", context, status=status)


@require_POST
def lift(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let an address be written to again."""
    require(request.user, SET_OUTREACH)
    found = get_object_or_404(Suppression, pk=pk)
    reason = request.POST.get("reason", "")
    if refused := why_refused(lambda: actions.lift(request.user, found, reason=reason)):
        told.error(request, refused)
    return redirect("outreach:suppressions")


@require_http_methods(["GET", "POST"])
def policy(request: SignedInRequest) -> HttpResponse:
    """When and how often customers may be written to, and by whom messages go."""
    require(request.user, SET_OUTREACH)
    known = reaching.policy()
    form = PolicyForm(request.POST or None, instance=known)
    version = expected_version(request)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.set_policy(request.user, form.cleaned_data, expected_version=version),
    ):
        told.success(request, _("Saved."))
        return redirect("outreach:policy")
    context = {
        "form": form,
        "policy": reaching.policy(),
        "senders": Sender.objects.all(),
        "operates": may(request.user, Permit.OPERATE),
    }
    return render(request, "outreach/policy.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit_sender(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    """Set up who sends the messages of a channel."""
    require(request.user, Permit.OPERATE)
    known = get_object_or_404(Sender, pk=pk) if pk else None
    form = SenderForm(request.POST or None, sender=known)
    version = expected_version(request)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.save_sender(request.user, known, form.values, expected_version=version),
    ):
        return redirect("outreach:policy")
    context = {"form": form, "sender": known}
    return render(request, "outreach/sender.html", context, status=422 if form.errors else 200)


@csrf_exempt  # mail programs post from elsewhere (RFC 8058); there is no session to be misused
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The customer's own page. To open it notes nothing; its button, or a mail program, does."""
    done = request.method == "POST"
    if done:
        found = actions.unsubscribe(token)
    else:
        found = Message.objects.filter(digest=digest(token)).first()
    if found is None:
        raise Http404
    page = render(request, "outreach/unsubscribe.html", {"done": done})
    page["Cache-Control"] = "no-store"
    page["Referrer-Policy"] = "no-referrer"
    return page
