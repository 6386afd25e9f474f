"""Reads of key accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import F, OuterRef, Q, Subquery

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.customers.texts import containing
from kefen_crm.grading.models import CustomerClass
from kefen_crm.key_accounts.contracts import ending_soon
from kefen_crm.key_accounts.models import Contract, KeyAccount, Tender
from kefen_crm.key_accounts.people import gaps_of, mapped_deciders, people_of
from kefen_crm.key_accounts.records import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from kefen_crm.key_accounts.people import Gap, Person
    from kefen_crm.team.models import User

BOND_OUT: Final = Q(bond_paid_on__isnull=False, bond_back_on=None) & ~Q(state__in=Tender.OPEN)
"""The tenders that have ended while their bond has not come back."""


@dataclass(frozen=True)
class Row:
    """A key account in the list.

    Attributes:
        people: how many are known there.
        deciders: how many deciders are mapped with their stance.
    """

    account: KeyAccount
    people: int
    deciders: int
    gaps: list[Gap]

    @property
    def serious(self) -> list[Gap]:
        return [one for one in self.gaps if one.serious]


def tenders_narrowed(user: User, filters: Mapping[str, str]) -> QuerySet[Tender]:
    """Tenders as the address asks for them, by `state`, `whose` and `q`; open ones first due."""
    found = visible(Tender, user).select_related("customer", "owner")
    if filters.get("whose") == "mine":
        found = found.filter(owner=user)
    if text := filters.get("q", "").strip().replace("\x00", ""):
        found = found.filter(tenders_named(text))
    state = filters.get("state", "")
    if state == "bond":
        return found.filter(BOND_OUT).order_by("due_at", "pk")
    if state in Tender.State.values:
        return found.filter(state=state).order_by("-due_at", "-pk")
    return found.filter(state__in=Tender.OPEN).order_by("due_at", "pk")


def tenders_named(text: str) -> Q:
    """The tenders of a number, of a customer's code, or with words in their title."""
    found = containing(Tender, "title", text) | Q(customer__code=text) | Q(reference__iexact=text)
    if (number := numbered(text, "B-")) is not None:
        found |= Q(pk=number)
    return found


def contracts_narrowed(user: User, filters: Mapping[str, str], now: datetime) -> QuerySet[Contract]:
    """Contracts as the address asks for them, by `state`, `whose` and `q`; the next end first."""
    found = visible(Contract, user).select_related("customer", "owner")
    if filters.get("whose") == "mine":
        found = found.filter(owner=user)
    if text := filters.get("q", "").strip().replace("\x00", ""):
        found = found.filter(contracts_named(text))
    state = filters.get("state", "")
    if state == "soon":
        found = found.filter(pk__in=[one.contract.pk for one in ending_soon(found, now)])
    elif state in Contract.State.values:
        found = found.filter(state=state)
    else:
        found = found.filter(state__in=Contract.RUNNING)
    return found.order_by(F("ends_on").asc(nulls_last=True), "pk")


def contracts_named(text: str) -> Q:
    """The contracts of a number, of a customer's code, or with words in their title."""
    found = containing(Contract, "title", text) | Q(customer__code=text) | Q(reference__iexact=text)
    if (number := numbered(text, "K-")) is not None:
        found |= Q(pk=number)
    return found


def numbered(text: str, prefix: str) -> int | None:
    """The number that a text such as `B-000012` says; None for something else."""
    number = text.strip().upper().removeprefix(prefix).lstrip("0")
    if number.isdecimal() and number.isascii() and len(number) < 18:
        return int(number)
    return None


def accounts_for(user: User | AnonymousUser) -> QuerySet[KeyAccount]:
    """The key accounts that `user` may see."""
    return KeyAccount.objects.filter(customer__in=visible_to(user))


def changeable_accounts(user: User | AnonymousUser) -> QuerySet[KeyAccount]:
    """The key accounts that `user` may change."""
    return KeyAccount.objects.filter(customer__in=changeable_by(user))


def narrowed(user: User, filters: Mapping[str, str]) -> QuerySet[KeyAccount]:
    """Key accounts as the address asks for them, by `whose` and `q`, most money first."""
    classes = CustomerClass.objects.filter(customer=OuterRef("customer"), scheme=leading_scheme())
    found = accounts_for(user).select_related("customer__owner")
    found = found.annotate(class_key=Subquery(classes.values("class_key")[:1]))
    if filters.get("whose") == "mine":
        found = found.filter(customer__owner=user)
    if text := filters.get("q", "").strip().replace("\x00", ""):
        found = found.filter(Q(customer__code=text) | Q(customer__name__icontains=text))
    return found.order_by(F("customer__sales").desc(nulls_last=True), "customer__code")


def rows(accounts: Sequence[KeyAccount], today: date) -> list[Row]:
    """Key accounts with what is known of their people."""
    people = people_of(one.customer_id for one in accounts)
    return [_row(one, people[one.customer_id], today) for one in accounts]


def _row(account: KeyAccount, people: list[Person], today: date) -> Row:
    return Row(account, len(people), mapped_deciders(people), gaps_of(people, today))
