"""Who is asking."""

from __future__ import annotations

from ninja import Field, Router
from pydantic import BaseModel

from kefen_crm.platform.api.values import TOOL
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Service"])


class Me(BaseModel):
    """Who the token belongs to, and what they may do."""

    username: str = Field(examples=["alice"])
    name: str = Field(examples=["王芳"])
    role: str = Field(examples=["manager"])
    can: list[str] = Field(examples=[["import_facts", "grade"]])


@router.get("/me", response=Me, summary="Who am I?", openapi_extra=TOOL)
def get_me(request: Asked) -> Me:
    """The user behind the token."""
    user = request.user
    can = [name for name, may in user.can.items() if may]
    return Me(username=user.username, name=user.display_name, role=user.role, can=can)
