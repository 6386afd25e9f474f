"""Whether the site answers, for whoever watches over it; and who is asking."""

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


class Me(BaseModel):
    """Who the token belongs to, and what they may do."""

    username: str = Field(examples=["alice"])
    name: str = Field(examples=["王芳"])
    role: str = Field(examples=["manager"])
    can: list[str] = Field(examples=[["import_facts", "grade"]])


@router.get("/health", auth=None, response=Health, summary="Is the site up?")
def get_health(request: Asked) -> Health:  # noqa: ARG001  # Ninja hands it over
    """Says `ok` when the site and its database answer. Needs no token."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise Refused(503, "no-database", _("The database does not answer.")) from error
    return Health(status="ok")


@router.get("/me", response=Me, summary="Who am I?")
def get_me(request: Asked) -> Me:
    """The user behind the token."""
    user = request.user
    can = [name for name, may in user.can.items() if may]
    return Me(username=user.username, name=user.display_name, role=user.role, can=can)
