"""Contacts of customers, for programs: the people, and where each of them is reached."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.contacts import actions
from kefen_crm.contacts.models import Contact
from kefen_crm.contacts.queries import contacts_for
from kefen_crm.contacts.reaching import LONGEST, MOST
from kefen_crm.customers.api_named import customer_of
from kefen_crm.platform.api.paging import OfCustomer, Page, newest
from kefen_crm.platform.api.values import TOOL, Day, IdempotencyKey, Whole
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Contacts"])

Id = Annotated[int, Path(ge=1, le=2**62, description="The number of a contact, without P-.")]
Name = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Role = Literal["", "decides", "buys", "uses", "pays", "advises", "gatekeeps"]


class ReachBody(Schema, extra="forbid"):
    """Where a person is reached."""

    kind: Literal["phone", "email", "wechat", "wecom"]
    value: str = Field(
        min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$", examples=["138 0013 8000"]
    )
    valid: bool = Field(True, description="Whether it works, as far as is known.")
    consent: Literal["unknown", "yes", "no"] = Field(
        "unknown", description="Whether the person agreed to be written to there."
    )


class ContactOut(BaseModel):
    """A person at a customer."""

    id: int
    number: str = Field(description="Its number in the ledger.", examples=["P-000001"])
    imported: bool = Field(description="Whether an import brought it, and people wrote of it.")
    to_choose: dict[str, str] = Field(
        description="By field, what imports bring now instead of what people wrote."
    )
    customer: str = Field(examples=["C0001"])
    name: str = Field(examples=["王芳"])
    title: str
    role: Role
    birthday: date | None = Field(description="By the solar calendar.")
    birthday_calendar: Literal["solar", "lunar"]
    primary: bool
    note: str
    reaches: list[ReachBody]
    left_on: date | None = Field(description="Since when no contact any more.")
    version: int
    by: str
    created: datetime
    changed: datetime


class ContactPage(Page[ContactOut]):
    pass


class ContactQuery(OfCustomer):
    left: bool = Field(False, description="Those who left, too.")


class Written(Schema, extra="forbid"):
    title: Name = ""
    role: Role = ""
    birthday: Day | None = None
    birthday_calendar: Literal["solar", "lunar"] = "solar"
    primary: bool = False
    note: Text = ""
    reaches: list[ReachBody] = Field([], max_length=MOST)


class ContactIn(Written):
    customer: str = Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])
    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]+$")]


class ContactBrought(Written):
    """What is not named is as imports brought it."""

    customer: str = Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])
    number: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")] = Field(
        description="Its number in the ledger."
    )
    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]+$")] = "-"


class ContactChoice(Schema, extra="forbid"):
    """Which value holds, where imports bring another than people wrote."""

    field: Literal["name", "title", "phone", "email", "birthday", "note"]
    keep: Literal["mine", "import"]
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")


class ContactChange(Written):
    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]+$")] = "-"
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")


class LeaveQuery(Schema):
    version: int | None = Field(None, ge=1, description="Refused when it is another by now.")
    reason: Text = ""


@router.get("", response=ContactPage, summary="List contacts", openapi_extra=TOOL)
def list_contacts(request: Asked, query: Query[ContactQuery]) -> ContactPage:
    """Of customers you may see, the newest first; those that imports brought are facts."""
    found = contacts_for(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if not query.left:
        found = found.filter(left_on=None)
    items, last = newest(request, found, query)
    return ContactPage(items=[_told(one) for one in items], next=last)


@router.post("", response={201: ContactOut}, summary="Add a contact", openapi_extra=TOOL)
def add_contact(
    request: Asked, wanted: ContactIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[ContactOut]:
    """A person at a customer; the first one is the first contact."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = customer_of(request, wanted.customer)
    values = _values(wanted, {"customer"}, whole=True)
    contact = actions.add(request.user, customer, values, key=key)
    response["Location"] = f"/api/v1/contacts/{contact.pk}"
    return Status(201, _told(contact))


@router.post("/imported", response={201: ContactOut}, summary="Change an imported contact")
def change_imported_contact(
    request: Asked, wanted: ContactBrought, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[ContactOut]:
    """What is written of it stands from now on, whatever imports bring."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = customer_of(request, wanted.customer)
    values = _values(wanted, {"customer", "number"})
    try:
        contact = actions.change_brought(request.user, customer, wanted.number, values, key=key)
    except Contact.DoesNotExist:
        raise Http404 from None
    response["Location"] = f"/api/v1/contacts/{contact.pk}"
    return Status(201, _told(contact))


@router.post("/{int:contact_id}/choices", response=ContactOut, summary="Choose a value")
def choose_of_contact(
    request: Asked, contact_id: Id, wanted: ContactChoice, key: IdempotencyKey = ""
) -> ContactOut:
    """`mine` keeps what was written; `import` takes what imports bring.

    Where imports bring nothing else, nothing happens.
    """
    require(request.user, Permit.EDIT_CUSTOMERS)
    contact = _one(request, contact_id)
    chosen = actions.choose(
        request.user,
        contact,
        wanted.field,
        wanted.keep,
        expected_version=wanted.version,
        key=key,
    )
    return _told(chosen)


@router.get("/{int:contact_id}", response=ContactOut, summary="One contact")
def get_contact(request: Asked, contact_id: Id) -> ContactOut:
    """As it is now."""
    return _told(_one(request, contact_id))


@router.patch(
    "/{int:contact_id}", response=ContactOut, summary="Change a contact", openapi_extra=TOOL
)
def change_contact(
    request: Asked, contact_id: Id, wanted: ContactChange, key: IdempotencyKey = ""
) -> ContactOut:
    """What is not named stays; `reaches` are all there are."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    contact = _one(request, contact_id)
    values = _values(wanted, {"version"})
    return _told(
        actions.change(request.user, contact, values, expected_version=wanted.version, key=key)
    )


@router.delete("/{int:contact_id}", response=ContactOut, summary="No contact any more")
def leave_contact(
    request: Asked, contact_id: Id, query: Query[LeaveQuery], key: IdempotencyKey = ""
) -> ContactOut:
    """The person has left; what was said of it stays to be read."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    contact = _one(request, contact_id)
    return _told(
        actions.leave(
            request.user, contact, expected_version=query.version, key=key, reason=query.reason
        )
    )


def _values(wanted: Written, beside: set[str], *, whole: bool = False) -> dict[str, Any]:
    told = wanted.model_dump(mode="json", exclude=beside, exclude_unset=not whole)
    if "birthday" in told:
        told["birthday"] = told["birthday"] or ""
    return told


def _one(request: Asked, pk: int) -> Contact:
    found: Contact = get_object_or_404(contacts_for(request.user), pk=pk)
    return found


def _told(one: Contact) -> ContactOut:
    return ContactOut(
        **{name: getattr(one, name) for name in actions.FIELDS},
        id=one.pk,
        number=one.number,
        imported=bool(one.brought),
        to_choose=one.incoming,
        customer=one.customer.code,
        reaches=[
            ReachBody(**{name: getattr(r, name) for name in ReachBody.model_fields})
            for r in one.reaches.all()
        ],
        left_on=one.left_on,
        version=one.version,
        by=one.by.username,
        created=one.created,
        changed=one.changed,
    )
