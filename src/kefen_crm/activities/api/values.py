"""Values that activities and tasks have in common, and whom they are about."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from ninja import Field, Path
from pydantic import AfterValidator, AwareDatetime

from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import Whole
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.sign_in import Asked

Id = Annotated[int, Path(ge=1, le=2**62)]
Code = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])]
Short = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Long = Annotated[str, Field(max_length=5_000, pattern=r"^[^\x00]*$")]
Version = Annotated[Whole | None, Field(ge=1, description="Refused when it is another by now.")]


def _possible(moment: datetime) -> datetime:
    if not 1900 <= moment.year <= 2200:  # what calendars and databases take
        raise ValueError("year")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_possible)]
"""A moment with its zone."""


def customer_of(request: Asked, code: str) -> Customer:
    """The customer of a code that a body names."""
    found = visible_to(request.user).filter(code=code).first()
    if found is None:
        raise unknown("unknown-customer", code, "customer")
    return found


def user_of(name: str, field: str = "owner") -> User:
    """Who works here under a user name that a body names."""
    found = User.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise unknown("unknown-user", name, field)
    return found
