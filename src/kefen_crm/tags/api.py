"""Tags for programs: those there are, and those of customers."""

from __future__ import annotations

from typing import Annotated, Literal

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Path, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customers.queries import changeable_by, in_reach_of
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import TOOL, IdempotencyKey, Whole
from kefen_crm.tags import actions
from kefen_crm.tags.models import Tag
from kefen_crm.tags.permits import SET_TAGS
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Tags"])

Id = Annotated[int, Path(ge=1, le=2**62, description="The number of a tag.")]
Code = Annotated[str, Path(max_length=200, pattern=r"^[^\x00]+$", description="A customer's code.")]
Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]+$", examples=["展会"])]
Colour = Literal["blue", "green", "orange", "red", "purple", "teal", "yellow", "secondary"]


class TagOut(BaseModel):
    """A word that people put on customers."""

    id: int
    name: str = Field(examples=["展会"])
    colour: Colour
    version: int


class CountedTag(TagOut):
    customers: int = Field(description="How many have it, of all customers.")


class TagIn(Schema, extra="forbid"):
    name: Name
    colour: Colour = "blue"


class TagChange(Schema, extra="forbid"):
    """What is left out stays."""

    name: Name | None = None
    colour: Colour | None = None
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")


class TagsBody(Schema, extra="forbid"):
    tag: Whole = Field(ge=1, le=2**62, description="The number of a tag.")


@router.get("", response=list[CountedTag], summary="List tags", openapi_extra=TOOL)
def list_tags(request: Asked) -> list[CountedTag]:  # noqa: ARG001
    """Every tag, by name. `GET /customers?tag=` finds the customers of one."""
    known = Tag.objects.annotate(customers=Count("taggings"))
    return [CountedTag(**_told(one).model_dump(), customers=one.customers) for one in known]


@router.post("", response={201: TagOut}, summary="Make a tag")
def create_tag(
    request: Asked, wanted: TagIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[TagOut]:
    """No two tags have the same name, in whatever case."""
    tag = actions.create(request.user, wanted.name, wanted.colour, key=key)
    response["Location"] = f"/api/v1/tags/{tag.pk}"
    return Status(201, _told(tag))


@router.get("/{int:tag_id}", response=TagOut, summary="One tag")
def get_tag(request: Asked, tag_id: Id) -> TagOut:  # noqa: ARG001
    """As it is now."""
    return _told(get_object_or_404(Tag, pk=tag_id))


@router.patch("/{int:tag_id}", response=TagOut, summary="Rename or recolour a tag")
def change_tag(request: Asked, tag_id: Id, wanted: TagChange, key: IdempotencyKey = "") -> TagOut:
    """Wherever it is."""
    require(request.user, SET_TAGS)
    tag = get_object_or_404(Tag, pk=tag_id)
    changed = actions.change(
        request.user,
        tag,
        name=wanted.name or tag.name,
        colour=wanted.colour or tag.colour,
        expected_version=wanted.version,
        key=key,
    )
    return _told(changed)


@router.delete("/{int:tag_id}", response={204: None}, summary="Remove a tag")
def remove_tag(request: Asked, tag_id: Id) -> Status[None]:
    """From every customer too."""
    require(request.user, SET_TAGS)
    actions.remove(request.user, get_object_or_404(Tag, pk=tag_id))
    return Status(204, None)


@router.get(
    "/of/{code:code}", response=list[TagOut], summary="Tags of a customer", openapi_extra=TOOL
)
def list_customer_tags(request: Asked, code: Code) -> list[TagOut]:
    """By name."""
    customer = get_object_or_404(in_reach_of(request.user), code=code)
    return [_told(one) for one in Tag.objects.filter(taggings__customer=customer)]


@router.post(
    "/of/{code:code}", response=list[TagOut], summary="Put a tag on a customer", openapi_extra=TOOL
)
def tag_customer(request: Asked, code: Code, wanted: TagsBody) -> list[TagOut]:
    """Gives the tags that the customer has now; one that it has already changes nothing."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    tag = Tag.objects.filter(pk=wanted.tag).first()
    if tag is None:
        raise unknown("unknown-tag", str(wanted.tag), "tag")
    actions.put(request.user, [customer.pk], tag)
    return list_customer_tags(request, code)


@router.delete(
    "/{int:tag_id}/of/{code:code}", response=list[TagOut], summary="Take a tag off a customer"
)
def untag_customer(request: Asked, tag_id: Id, code: Code) -> list[TagOut]:
    """Gives the tags that the customer has now."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    actions.take(request.user, [customer.pk], get_object_or_404(Tag, pk=tag_id))
    return list_customer_tags(request, code)


def _told(tag: Tag) -> TagOut:
    if tag.pk is None:
        raise ValidationError(_("This tag is no more."))
    return TagOut.model_validate(tag, from_attributes=True)
