"""People's rights: what is held of a customer, or of another person, is told, or erased."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from ninja import Field, Path, Router
from ninja.responses import Status
from pydantic import BaseModel

from kefen_crm.gateway.rights import Erasure
from kefen_crm.privacy import actions
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Personal data"])

Code = Annotated[str, Path(max_length=200, description="The customer's code.")]

FIELDS = {
    "typed": "confirm",
    "no-such-customer": "customer",
    "customer-ambiguous": "customer",
    "already-erased": "customer",
}
"""Where the body has what the form calls so, or what an error is about."""


class ErasureIn(BaseModel):
    customer: str = Field(max_length=200, description="The customer's code.")
    confirm: str = Field(max_length=200, description="The customer's code once more.")
    reason: str = Field(max_length=500, description="Kept in the register; do not name anybody.")


Words = Annotated[
    list[Annotated[str, Field(max_length=200)]],
    Field(min_length=1, max_length=20, description="Names, telephone numbers, addresses."),
]


class PersonIn(BaseModel):
    """Somebody who is no customer, such as a contact or a lead."""

    words: Words


class PersonErasureIn(PersonIn):
    confirm: str = Field(max_length=200, description="The first of the words once more.")
    reason: str = Field(max_length=500, description="Kept in the register; do not name anybody.")


class ErasureOut(BaseModel):
    """A customer that was erased; it holds no personal data."""

    id: str
    key: str = Field(description="The anonymous code under which the books keep the facts.")
    at: datetime
    by: str
    reason: str
    state: Literal["begun", "done", "returned"]
    told: dict[str, Any] = Field(description="Rows changed by place, and what is kept by kind.")


@router.get("/erasures", response=list[ErasureOut], summary="List erasures")
def list_erasures(request: Asked) -> list[ErasureOut]:
    """Every erasure, newest first."""
    require(request.user, Permit.PERSONAL_DATA)
    return [_told(one) for one in actions.register()]


@router.post("/erasures", response={202: ErasureOut}, summary="Erase a customer")
def create_erasure(request: Asked, body: ErasureIn) -> Any:
    """Erase a customer everywhere, in the background; look at the list for its state."""
    with _by_body():
        entry = actions.erase(request.user, body.customer, body.confirm, body.reason)
    return Status(202, _told(entry))


@router.post("/persons/erasures", response={202: ErasureOut}, summary="Erase a person")
def create_person_erasure(request: Asked, body: PersonErasureIn) -> Any:
    """Erase somebody who is no customer everywhere, in the background."""
    with _by_body():
        entry = actions.erase_person(request.user, body.words, body.confirm, body.reason)
    return Status(202, _told(entry))


@router.post("/persons/disclosures", summary="Disclose a person")
def create_person_disclosure(request: Asked, body: PersonIn) -> HttpResponse:
    """All that is held of somebody who is no customer, as a ZIP file."""
    content = actions.disclose_person(request.user, body.words)
    return HttpResponse(content, content_type="application/zip")


@router.get("/disclosures/{code:code}", summary="Disclose a customer")
def get_disclosure(request: Asked, code: Code) -> HttpResponse:
    """All that is held of a customer, as a ZIP file with JSON and pages to read."""
    return HttpResponse(actions.disclose(request.user, code), content_type="application/zip")


@contextmanager
def _by_body() -> Iterator[None]:
    """What is refused, by the names of the body."""
    try:
        yield
    except ValidationError as error:
        told = {}
        for name, of in error.error_dict.items():
            told[FIELDS.get(of[0].code or "", FIELDS.get(name, name))] = of
        raise ValidationError(told) from None


def _told(entry: Erasure) -> ErasureOut:
    names = ("id", "key", "at", "by", "reason", "state", "told")
    return ErasureOut(**{name: getattr(entry, name) for name in names})
