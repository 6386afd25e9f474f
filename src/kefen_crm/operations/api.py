"""Whether the site answers, for whoever watches over it."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from ninja import Field, Router
from pydantic import BaseModel

from kefen_crm.platform.api.problems import Refused
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Service"])


class Health(BaseModel):
    status: str = Field(examples=["ok"])


@router.get("/health", auth=None, response=Health, summary="Is the site up?")
def get_health(request: Asked) -> Health:  # noqa: ARG001  # Ninja hands it over
    """Says `ok` when the site and its database answer. Needs no token."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise Refused(503, "no-database", _("The database does not answer.")) from error
    return Health(status="ok")
