from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings as site
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.gateway.settings import conflict_sentence, conflicts, stored_settings
from kefen_crm.operations import actions
from kefen_crm.operations.forms import SettingsForm, initial
from kefen_crm.operations.models import Event
from kefen_crm.operations.pages import Line
from kefen_crm.platform.forms import refused
from kefen_crm.platform.queue import state
from kefen_crm.platform.registry import declared
from kefen_crm.process.backups import listed
from kefen_crm.team.roles import Permit, may, require
from kefen_crm.team.views import SignedInRequest

EVENTS = 30


@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    require(request.user, Permit.OPERATE)
    if request.method == "GET":
        return _page(request, SettingsForm(initial=initial(stored_settings(site.KEFEN_DATA))))
    form = SettingsForm(request.POST)
    if form.is_valid():
        try:
            actions.change_settings(request.user, **form.cleaned_data)
        except ValidationError as error:
            field = (error.code or "").removeprefix("bad-setting-").replace("-", "_")
            field = "currency" if error.code == "currency-fixed" else field
            refused(form, ValidationError({field: error}) if field in form.fields else error)
        else:
            messages.success(request, _("The settings are saved."))
            return redirect("operations:settings")
    return _page(request, form, status=422)


@require_POST
def back_up(request: SignedInRequest) -> HttpResponse:
    actions.ask_for_backup(request.user)
    messages.success(request, _("A backup will be taken at once."))
    return redirect("operations:settings")


def _page(request: SignedInRequest, form: SettingsForm, status: int = 200) -> HttpResponse:
    data = site.KEFEN_DATA
    context: dict[str, Any] = {
        "form": form,
        "pages": [
            one
            for one in declared("settings_pages")
            if not one.permit or may(request.user, one.permit)
        ],
        "conflicts": [conflict_sentence(one) for one in conflicts(data)],
        "backups": [_file(path) for path in listed(data)],
        "folder": data / "backups",
        "waiting": state(actions.BACK_UP) is not None,
        "events": [Line.of(one) for one in Event.objects.select_related("by")[:EVENTS]],
    }
    return render(request, "operations/settings.html", context, status=status)


def _file(path: Any) -> dict[str, Any]:
    found = path.stat()
    moment = datetime.fromtimestamp(found.st_mtime, UTC)
    return {"name": path.name, "size": found.st_size, "at": moment}
