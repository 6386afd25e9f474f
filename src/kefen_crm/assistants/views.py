"""The address that assistants speak MCP with."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from django.views.decorators.http import require_POST
from ninja.errors import AuthenticationError

from kefen_crm.platform.api.handlers import guarded
from kefen_crm.team.sign_in import Token

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SERVER = "kefen_crm.assistants.server"


@guarded
@require_POST
def endpoint(request: HttpRequest) -> HttpResponse:
    """Answer one message of the Model Context Protocol, for the owner of the token.

    The protocol's package is read when the first message comes: it takes 40 MB and half a second.
    """
    if Token()(request) is None:
        raise AuthenticationError
    answer: HttpResponse = import_module(SERVER).answer(request)
    return answer
