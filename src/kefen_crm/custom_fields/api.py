"""Custom fields, for programs: what they are, and what they hold of a customer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.custom_fields import actions
from kefen_crm.custom_fields.completeness import completeness
from kefen_crm.custom_fields.models import CustomField
from kefen_crm.custom_fields.queries import fields, values_of
from kefen_crm.customers.api_named import customer_of
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.api.paging import Known
from kefen_crm.platform.api.values import TOOL, IdempotencyKey, Whole
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Custom fields"])

Key = Annotated[str, Path(max_length=40, pattern=r"^[-a-zA-Z0-9_]+$")]
Name = Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")]
Code = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$", examples=["C0001"])]
Kind = Literal["text", "number", "money", "date", "choice", "several", "yes_no"]
OfClass = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]+$", examples=["abc:A"])]


class ChoiceBody(Schema, extra="forbid"):
    """One of the choices; `value` is what is stored, the first name by default."""

    value: Name = ""
    zh: Name = ""
    en: Name = ""


class FieldOut(BaseModel):
    """A field that the company defined."""

    key: str = Field(examples=["contract_end"])
    attribute: str = Field(description="Its name among the attributes that schemes ask for.")
    name_zh: str
    name_en: str
    kind: Kind
    choices: list[ChoiceBody]
    required: list[str] = Field(description="Classes whose customers need it; * for everybody.")
    position: int
    retired: bool
    version: int


class FieldIn(Schema, extra="forbid"):
    key: Annotated[str, Field(max_length=40, pattern=r"^[-a-zA-Z0-9_]*$")] = ""
    name_zh: Name = ""
    name_en: Name = ""
    kind: Kind
    choices: list[ChoiceBody] = Field([], max_length=actions.MOST_CHOICES)
    required: list[OfClass] = Field([], max_length=200)


class FieldChange(Schema, extra="forbid"):
    name_zh: Name = ""
    name_en: Name = ""
    kind: Kind = "text"
    choices: list[ChoiceBody] = Field([], max_length=actions.MOST_CHOICES)
    required: list[OfClass] = Field([], max_length=200)
    position: Whole = Field(0, ge=0, le=9999)
    retired: bool = False
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")


class FieldsOfCustomer(Known):
    customer: Code


class ValuesOut(BaseModel):
    """What the fields of a customer hold, by key; empty ones are null."""

    customer: str
    version: int = Field(description="Of the customer.")
    values: dict[str, str | list[str] | None]
    completeness: float = Field(description="Of the fields of the file, the share that is there.")
    missing: list[str] = Field(description="Fields to ask for, the required first.")


Given = str | int | float | bool | list[Name] | None


class ValuesIn(Schema, extra="forbid"):
    customer: Code
    values: dict[str, Given] = Field(examples=[{"contract_end": "2026-12-31"}])
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")


@router.get("", response=list[FieldOut], summary="List custom fields")
def list_custom_fields(request: Asked) -> list[FieldOut]:  # noqa: ARG001  # Ninja's
    """In their order; retired ones are among them."""
    return [_told(one) for one in CustomField.objects.all()]


@router.post("", response={201: FieldOut}, summary="Define a custom field")
def define_custom_field(
    request: Asked, wanted: FieldIn, key: IdempotencyKey = ""
) -> Status[FieldOut]:
    """Customers who have an attribute of its name have it in the field at once."""
    return Status(201, _told(actions.define(request.user, wanted.model_dump(), key=key)))


@router.get(
    "/values",
    response=ValuesOut,
    summary="What custom fields of a customer hold",
    openapi_extra=TOOL,
)
def get_custom_values(request: Asked, query: Query[FieldsOfCustomer]) -> ValuesOut:
    """With how complete its file is, and what to ask next."""
    return _values(get_object_or_404(visible_to(request.user), code=query.customer))


@router.patch("/values", response=ValuesOut, summary="Write custom fields of a customer")
def write_custom_values(request: Asked, wanted: ValuesIn, key: IdempotencyKey = "") -> ValuesOut:
    """What is not named stays; null empties."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = customer_of(request, wanted.customer)
    return _values(
        actions.write(
            request.user, customer, wanted.values, expected_version=wanted.version, key=key
        )
    )


@router.patch("/{key}", response=FieldOut, summary="Change a custom field")
def change_custom_field(
    request: Asked, key: Key, wanted: FieldChange, sent: IdempotencyKey = ""
) -> FieldOut:
    """What is not named stays; `choices` and `required` are all there are."""
    require(request.user, actions.DEFINE)
    field = get_object_or_404(CustomField, key=key)
    given = wanted.model_dump(exclude_unset=True, exclude={"version"})
    return _told(
        actions.change(request.user, field, given, expected_version=wanted.version, key=sent)
    )


def _told(one: CustomField) -> FieldOut:
    return FieldOut(**{name: getattr(one, name) for name in FieldOut.model_fields})


def _values(customer: Customer) -> ValuesOut:
    held, found = values_of(customer), completeness(customer)
    told: dict[str, Any] = {}
    for one in fields():
        value = held.get(one.pk)
        text = value.value if value else ""
        told[one.key] = (text.split("; ") if one.kind == "several" and text else text) or None
    return ValuesOut(
        customer=customer.code,
        version=customer.version,
        values=told,
        completeness=round(found.share, 4),
        missing=[one.name for one in found.missing],
    )
