"""A customer's file as the API tells it, wherever it does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer


class Owner(BaseModel):
    """Who looks after a customer."""

    id: int
    name: str = Field(examples=["王芳"])


class CustomerFile(BaseModel):
    """What people and imports say of a customer, without figures and classes."""

    code: str = Field(examples=["C0001"])
    name: str = Field(examples=["上海明达贸易有限公司"])
    contact: str
    phone: str
    email: str
    region: str
    province: str
    city: str
    address: str
    industry: str
    size: str
    customer_type: str
    source_channel: str
    status: str
    note: str
    registered_on: date | None
    founded_on: date | None
    birthday: date | None
    credit_limit: Decimal | None
    credit_days: int | None
    attributes: dict[str, Any] = Field(description="What else the imported files said.")
    owner: Owner | None


def customer_file(customer: Customer) -> dict[str, Any]:
    """The fields of a `CustomerFile`."""
    plain = set(CustomerFile.model_fields) - {"owner"}
    owner = customer.owner
    told = Owner(id=owner.pk, name=owner.display_name) if owner else None
    return {name: getattr(customer, name) for name in plain} | {"owner": told}
