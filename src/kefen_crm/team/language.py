from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as remember_language

from kefen_crm.team import actions


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Switch the language for this browser and, when signed in, for the user everywhere."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen:
        try:
            actions.set_language(request.user, chosen)
        except ValidationError:
            return remember_language(request)
    return remember_language(request)
