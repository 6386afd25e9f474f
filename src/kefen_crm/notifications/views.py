from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.notifications import actions, queries
from kefen_crm.platform.models import Notification
from kefen_crm.platform.paging import Pages
from kefen_crm.team.views import SignedInRequest

AT_ONCE = 30


@require_GET
def notification_list(request: SignedInRequest) -> HttpResponse:
    found = queries.of(request.user)
    if request.GET.get("show") == "unread":
        found = found.filter(read_at=None)
    page = Pages(found, AT_ONCE).get_page(request.GET.get("page"))
    context = {"page": page, "lines": queries.lines(page.object_list)}
    return render(request, "notifications/list.html", context)


@require_POST
def read(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        found = actions.read(request.user, pk)
    except Notification.DoesNotExist:
        raise Http404 from None
    inside = url_has_allowed_host_and_scheme(found.url, allowed_hosts=None)
    return redirect(found.url if found.url and inside else "notifications:list")


@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    count = actions.read_all(request.user)
    told = ngettext("%(count)s marked as read", "%(count)s marked as read", count)
    messages.success(request, told % {"count": count})
    return redirect("notifications:list")


@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        ways = {name: set(request.POST.getlist(name)) for name in ("bell", "mail")}
        wanted = {
            choice.kind.name: (choice.kind.name in ways["bell"], choice.kind.name in ways["mail"])
            for choice in queries.choices(request.user)
        }
        actions.choose(request.user, wanted)
        messages.success(request, _("Your choice is saved."))
        return redirect("notifications:settings")
    return render(request, "notifications/settings.html", queries.settings_of(request.user))
