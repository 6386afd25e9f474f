"""Files of customers, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Status
from pydantic import BaseModel

from kefen_crm.customer_files import actions
from kefen_crm.customer_files.models import CustomerFile
from kefen_crm.customer_files.views import content
from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.api.paging import Known, OfCustomer, Page, newest
from kefen_crm.platform.api.values import IdempotencyKey
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Files"])

Id = Annotated[int, Path(ge=1, le=2**62)]


class FileOut(BaseModel):
    id: int
    customer: str = Field(examples=["C0001"])
    name: str = Field(examples=["合同.pdf"])
    type: str = Field(description="As its bytes tell.", examples=["application/pdf"])
    size: int = Field(description="Bytes.")
    sha256: str
    note: str
    about: str = Field(
        description="What of the customer it belongs to; else empty.",
        examples=["key_accounts.tender:7"],
    )
    by: str | None
    at: datetime


class FilePage(Page[FileOut]):
    pass


class NewFile(Known):
    customer: str = Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])
    name: str = Field(max_length=200, pattern=r"^[^\x00]+$", examples=["合同.pdf"])
    note: str = Field("", max_length=500, pattern=r"^[^\x00]*$")
    about: str = Field(
        "", max_length=80, pattern=r"^([a-z_]+\.[a-z_]+:[0-9]{1,17})?$",
        description="A tender or contract of the customer.",
        examples=["key_accounts.tender:7", "key_accounts.contract:3"],
    )  # fmt: skip


@router.get("", response=FilePage, summary="List files")
def list_files(request: Asked, query: Query[OfCustomer]) -> FilePage:
    """Of customers whom you may see, the newest first."""
    found = actions.files_for(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    items, last = newest(request, found, query)
    return FilePage(items=[_told(one) for one in items], next=last)


@router.post(
    "",
    response={201: FileOut},
    summary="Add a file",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
def add_file(
    request: Asked, query: Query[NewFile], response: HttpResponse, key: IdempotencyKey = ""
) -> Status[FileOut]:
    """The body is the file itself. The same bytes once more are the file that is there."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = get_object_or_404(visible_to(request.user), code=query.customer)
    about = actions.thing_of(customer, query.about) if query.about else None
    made = actions.add(
        request.user, customer, query.name, request.body, note=query.note, about=about, key=key
    )
    response["Location"] = f"/api/v1/customer-files/{made.pk}"
    return Status(201, _told(made))


@router.get("/{int:file_id}", response=FileOut, summary="One file")
def get_file(request: Asked, file_id: Id) -> FileOut:
    """What is known of it."""
    return _told(get_object_or_404(actions.files_for(request.user), pk=file_id))


@router.get(
    "/{int:file_id}/content",
    summary="The bytes of a file",
    openapi_extra={
        "responses": {
            200: {
                "description": "The file.",
                "content": {
                    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
                },
            }
        }
    },
)
def get_file_content(request: Asked, file_id: Id) -> HttpResponse:
    """As they were added."""
    return content(get_object_or_404(actions.files_for(request.user), pk=file_id), attached=True)


@router.delete("/{int:file_id}", response={204: None}, summary="Remove a file")
def remove_file(request: Asked, file_id: Id) -> Status[None]:
    """For good."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    actions.remove(request.user, get_object_or_404(actions.files_for(request.user), pk=file_id))
    return Status(204, None)


def _told(one: CustomerFile) -> FileOut:
    return FileOut(
        id=one.pk,
        customer=one.customer.code,
        name=one.name,
        type=one.type,
        size=one.size,
        sha256=one.digest,
        note=one.note,
        about=one.about,
        by=one.by.username if one.by else None,
        at=one.at,
    )
