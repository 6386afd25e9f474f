"""Key accounts for programs: which there are, the map of their people and its gaps."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.contacts.brought import brought_of
from kefen_crm.contacts.models import Contact
from kefen_crm.contacts.queries import contacts_for
from kefen_crm.customers.api_named import customer_of
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import visible_to
from kefen_crm.key_accounts import actions
from kefen_crm.key_accounts.models import KeyAccount, Stakeholder
from kefen_crm.key_accounts.people import Person, drawn, gaps_of, mapped_deciders, people_of
from kefen_crm.key_accounts.queries import accounts_for
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import Code, Id, IdempotencyKey, Reason, Version, Whole
from kefen_crm.platform.calendar import current
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Key accounts"])

CodeInPath = Annotated[str, Path(max_length=200, pattern=r"^[^\x00]+$")]
Text = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]
BuyingRole = Literal["decides", "buys", "uses", "pays", "advises", "gatekeeps", ""]
HowTheyStand = Annotated[Whole, Field(ge=-2, le=2)]
HowMuch = Annotated[Whole, Field(ge=1, le=3)]


class KeyAccountOut(BaseModel):
    """A key account."""

    id: int
    customer: str = Field(examples=["C0001"])
    goal: str
    rules: str = Field(description="How it buys, in words.")
    since: date
    version: int


class KeyAccountPage(Page[KeyAccountOut]):
    pass


class AccountIn(Schema, extra="forbid"):
    customer: Code
    goal: Text = ""
    rules: Text = ""


class AccountChange(Schema, extra="forbid"):
    goal: Text | None = None
    rules: Text | None = None
    version: Version = None


class StakeholderOut(BaseModel):
    """A contact on the map."""

    contact: int = Field(description="Its id among the contacts.")
    name: str
    title: str
    role: BuyingRole
    stance: int | None = Field(description="From −2, against us, to 2, for us.")
    influence: int | None = Field(description="From 1, little, to 3, great.")
    reports_to: int | None = Field(description="The id of another contact.")
    note: str
    spoken_on: date | None = Field(description="The day of the last conversation.")
    version: int = Field(description="Of the place on the map; 0 while there is none.")


class GapOut(BaseModel):
    """What is not known of the people, or should be done."""

    key: str = Field(examples=["no_decider"])
    serious: bool
    text: str
    people: list[str]


class ImportedPerson(BaseModel):
    """A contact that imports brought and nobody placed yet."""

    number: str
    name: str
    title: str


class MapOut(BaseModel):
    """The people of a customer, each after whom they report to."""

    people: list[StakeholderOut]
    imported: list[ImportedPerson]
    gaps: list[GapOut]
    mapped_deciders: int


class PlaceIn(Schema, extra="forbid"):
    role: BuyingRole | None = Field(None, description="Changes the contact's own.")
    stance: HowTheyStand | None = None
    influence: HowMuch | None = None
    reports_to: Annotated[Whole, Field(ge=1, le=2**62)] | None = Field(
        None, description="The id of another contact of the customer."
    )
    note: Reason | None = None
    version: Annotated[Whole | None, Field(ge=0)] = Field(
        None, description="Refused when it is another by now; 0 while there is no place."
    )


class PlaceImportedIn(PlaceIn, extra="forbid"):
    number: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")] = Field(
        description="Of the contact, as imports call it."
    )


@router.get("", response=KeyAccountPage, summary="List key accounts")
def list_key_accounts(request: Asked, query: Query[Paged]) -> KeyAccountPage:
    """Those you may see, the newest first."""
    found = accounts_for(request.user).select_related("customer")
    items, last = newest(request, found, query)
    return KeyAccountPage(items=[_out(one) for one in items], next=last)


@router.post("", response={201: KeyAccountOut}, summary="Make a customer a key account")
def mark_key_account(
    request: Asked, wanted: AccountIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[KeyAccountOut]:
    """One that is one already stays as it is."""
    require(request.user, SELL)
    customer = customer_of(request, wanted.customer)
    said = {"goal": wanted.goal, "rules": wanted.rules}
    account = actions.mark(request.user, customer, said, key=key)
    response["Location"] = f"/api/v1/key-accounts/{customer.code}"
    return Status(201, _out(account))


@router.get("/{customer_code}", response=KeyAccountOut, summary="One key account")
def get_key_account(request: Asked, customer_code: CodeInPath) -> KeyAccountOut:
    """By the customer's code."""
    return _out(_account(request, customer_code))


@router.patch("/{customer_code}", response=KeyAccountOut, summary="Change a key account")
def change_key_account(
    request: Asked, customer_code: CodeInPath, wanted: AccountChange, key: IdempotencyKey = ""
) -> KeyAccountOut:
    """What the body does not speak of stays."""
    require(request.user, SELL)
    said = {
        name: value for name, value in wanted.dict(exclude={"version"}).items() if value is not None
    }
    account = _account(request, customer_code)
    return _out(
        actions.change(
            request.user, account.customer, said, expected_version=wanted.version, key=key
        )
    )


@router.delete("/{customer_code}", response={204: None}, summary="No key account any more")
def unmark_key_account(
    request: Asked, customer_code: CodeInPath, key: IdempotencyKey = ""
) -> Status[None]:
    """The map of its people stays."""
    require(request.user, SELL)
    actions.unmark(request.user, _customer(request, customer_code), key=key)
    return Status(204, None)


@router.get("/{customer_code}/people", response=MapOut, summary="The map of people")
def get_people(request: Asked, customer_code: CodeInPath) -> MapOut:
    """Of any customer you may see, with what is missing."""
    customer = _customer(request, customer_code)
    people = people_of([customer.pk])[customer.pk]
    today = current().today(timezone.now())
    return MapOut(
        people=[_person(one) for one in drawn(people)],
        imported=[
            ImportedPerson(
                number=one["contact_id"], name=one["name"] or "", title=one["title"] or ""
            )
            for one in brought_of(customer)
        ],
        gaps=[
            GapOut(key=one.key, serious=one.serious, text=one.text, people=list(one.people))
            for one in gaps_of(people, today)
        ],
        mapped_deciders=mapped_deciders(people),
    )


@router.patch("/people/{int:contact_id}", response=StakeholderOut, summary="Place on the map")
def place_contact(
    request: Asked, contact_id: Id, wanted: PlaceIn, key: IdempotencyKey = ""
) -> StakeholderOut:
    """How a contact stands to buying; null empties it, what the body does not speak of stays."""
    require(request.user, SELL)
    contact = get_object_or_404(contacts_for(request.user), pk=contact_id)
    values = _values(request, wanted)
    placed = actions.place(request.user, contact, values, expected_version=wanted.version, key=key)
    return _placed(placed)


@router.post(
    "/{customer_code}/people/imported",
    response={201: StakeholderOut},
    summary="Place an imported contact",
)
def place_imported_contact(
    request: Asked, customer_code: CodeInPath, wanted: PlaceImportedIn, key: IdempotencyKey = ""
) -> Status[StakeholderOut]:
    """One of the map's `imported`; they are a contact of the site from then on."""
    require(request.user, SELL)
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = _customer(request, customer_code)
    values = _values(request, wanted)
    try:
        placed = actions.place_imported(request.user, customer, wanted.number, values, key=key)
    except Contact.DoesNotExist:
        raise Http404 from None
    return Status(201, _placed(placed))


def _values(request: Asked, wanted: PlaceIn) -> dict[str, Any]:
    said = wanted.dict(exclude_unset=True, exclude={"version", "number"})
    values = {
        name: value
        for name, value in said.items()
        if value is not None or name in ("stance", "influence", "reports_to")
    }
    if values.get("reports_to") is not None:
        values["reports_to"] = contact_of(request, values["reports_to"], "reports_to")
    return values


def _placed(placed: Stakeholder) -> StakeholderOut:
    found = people_of([placed.customer.pk])[placed.customer.pk]
    return _person(next(each for each in found if each.contact.pk == placed.contact_id))


def _customer(request: Asked, code: str) -> Customer:
    found: Customer = get_object_or_404(visible_to(request.user), code=code)
    return found


def _account(request: Asked, code: str) -> KeyAccount:
    found = accounts_for(request.user).select_related("customer")
    account: KeyAccount = get_object_or_404(found, customer__code=code)
    return account


def contact_of(request: Asked, pk: int | None, field: str) -> Contact | None:
    """The contact that a body names; None for none."""
    if pk is None:
        return None
    found = contacts_for(request.user).filter(pk=pk).first()
    if found is None:
        raise unknown("unknown-contact", str(pk), field)
    return found


def _person(one: Person) -> StakeholderOut:
    return StakeholderOut(
        contact=one.contact.pk, name=one.contact.name, title=one.contact.title,
        role=one.contact.role, stance=one.stance, influence=one.influence,
        reports_to=one.boss.pk if one.boss else None, note=one.note, spoken_on=one.spoken,
        version=one.version,
    )  # fmt: skip


def _out(account: KeyAccount) -> KeyAccountOut:
    plain: dict[str, Any] = {
        name: getattr(account, name) for name in ("goal", "rules", "since", "version")
    }
    return KeyAccountOut(id=account.pk, customer=account.customer.code, **plain)
