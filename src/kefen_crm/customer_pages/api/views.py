"""Saved views of the customer list for programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.customer_pages import saving
from kefen_crm.customer_pages.models import DefaultView, SavedView
from kefen_crm.customer_pages.saved import saved_query, views_of
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import IdempotencyKey, Whole
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Saved views"])

Id = Annotated[int, Path(ge=1, le=2**62, description="The number of a view.")]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
Filters = Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00]*$")]
Column = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]+$")]
ColumnsOfSets = Annotated[
    dict[Column, Annotated[list[Column], Field(max_length=100)]],
    Field(max_length=20, description="`column`: those of the list; each set's by its name."),
]
Shared = Literal["private", "department", "all"]


class ViewOut(BaseModel):
    """The customer list as somebody wants to see it again."""

    id: int
    name: str = Field(examples=["A 类客户，久未下单"])
    owner: int = Field(description="The number of a user.")
    query: str = Field(
        description="As in the address of `GET /customers`.", examples=["class=abc%3AA"]
    )
    columns: dict[str, list[str]]
    shared: Shared
    first: bool = Field(description="Whether your list opens in it.")
    version: int


class ViewIn(Schema, extra="forbid"):
    name: Name
    query: Filters = ""
    columns: ColumnsOfSets = {}
    shared: Shared = "private"


class ViewChange(Schema, extra="forbid"):
    """What is left out stays."""

    name: Name | None = None
    query: Filters | None = None
    columns: ColumnsOfSets | None = None
    shared: Shared | None = None
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")


class FirstView(Schema, extra="forbid"):
    view: Whole | None = Field(ge=1, le=2**62, description="The number of a view; null for none.")


@router.get("", response=list[ViewOut], summary="List saved views")
def list_views(request: Asked) -> list[ViewOut]:
    """Your own, and those that others share with you; by name."""
    first = _first(request)
    return [_told(one, first) for one in views_of(request.user)]


@router.post("", response={201: ViewOut}, summary="Save a view")
def save_view(
    request: Asked, wanted: ViewIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[ViewOut]:
    """`query` is read as the list reads an address; what it does not know is left out."""
    view = saving.save(request.user, _values(wanted), key=key)
    response["Location"] = f"/api/v1/views/{view.pk}"
    return Status(201, _told(view, _first(request)))


@router.put("/first", response={204: None}, summary="Choose the view in which your list opens")
def choose_first_view(request: Asked, wanted: FirstView) -> Status[None]:
    """null opens the whole list."""
    view = views_of(request.user).filter(pk=wanted.view or 0).first()
    if wanted.view and view is None:
        raise unknown("unknown-view", str(wanted.view), "view")
    saving.open_with(request.user, view)
    return Status(204, None)


@router.get("/{int:view_id}", response=ViewOut, summary="One saved view")
def get_view(request: Asked, view_id: Id) -> ViewOut:
    """As it is now."""
    return _told(_one(request, view_id), _first(request))


@router.patch("/{int:view_id}", response=ViewOut, summary="Change a saved view")
def change_view(
    request: Asked, view_id: Id, wanted: ViewChange, key: IdempotencyKey = ""
) -> ViewOut:
    """One of your own."""
    view = saving.change(
        request.user,
        _one(request, view_id),
        _values(wanted),
        expected_version=wanted.version,
        key=key,
    )
    return _told(view, _first(request))


@router.delete("/{int:view_id}", response={204: None}, summary="Remove a saved view")
def remove_view(request: Asked, view_id: Id) -> Status[None]:
    """One of your own; administrators remove what others share, too."""
    saving.remove(request.user, _one(request, view_id))
    return Status(204, None)


def _one(request: Asked, pk: int) -> SavedView:
    return get_object_or_404(views_of(request.user), pk=pk)


def _first(request: Asked) -> int | None:
    found = DefaultView.objects.filter(user=request.user).values_list("view", flat=True)
    return found.first()


def _values(wanted: ViewIn | ViewChange) -> dict[str, Any]:
    told = wanted.model_dump(exclude={"version"}, exclude_unset=isinstance(wanted, ViewChange))
    found = {name: value for name, value in told.items() if value is not None}
    if "query" in found:
        found["query"] = saved_query(QueryDict(found["query"]))
    return found


def _told(view: SavedView, first: int | None) -> ViewOut:
    return ViewOut(
        id=view.pk,
        name=view.name,
        owner=view.owner_id,
        query=view.query,
        columns=view.columns,
        shared=view.shared,
        first=view.pk == first,
        version=view.version,
    )
