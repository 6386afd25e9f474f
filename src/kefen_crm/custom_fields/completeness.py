"""How complete a customer's file is: the share of its fields that hold something, what to ask next.

A field may be required of the customers of a class; what is required is asked first.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import reduce
from operator import add, or_
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.db.models import (
    Case,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    Value,
    When,
    prefetch_related_objects,
)
from django.urls import reverse

from kefen_crm.custom_fields.models import EVERYBODY, CustomField, FieldValue, Requirement
from kefen_crm.custom_fields.queries import fields
from kefen_crm.customers.fields import EDITABLE, OWNER
from kefen_crm.customers.models import Customer
from kefen_crm.gateway import customers as engine
from kefen_crm.grading.models import CustomerClass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from django.db.models import QuerySet

ASKED: Final = (
    "contact", "phone", "email", "province", "city", "address", "industry", "size",
    "source_channel", OWNER,
)  # fmt: skip
"""The customer's own fields that every file is to have; others where they are required."""
CUSTOM: Final = "custom-"
"""Begins the name of a custom field among those of a file."""
REACHED: Final = {"phone": "phone", "email": "email"}
"""Fields that a contact of the customer stands for, by the kind of reach."""


@dataclass(frozen=True)
class FileField:
    """A field of the file: `name` as the customer's own, or `custom-` with the key.

    `classes` are those whose customers need it.
    """

    name: str
    title: str
    classes: frozenset[str]
    custom: CustomField | None = None

    def required(self, classes: Iterable[str]) -> bool:
        """Whether a customer of these classes needs it."""
        return EVERYBODY in self.classes or not self.classes.isdisjoint(classes)

    def address(self, customer: Customer) -> str:
        """The page that asks for it."""
        if self.custom is not None:
            return reverse("custom_fields:write", args=[customer.code])
        return reverse("customers:field", args=[customer.code, self.name])


@dataclass(frozen=True)
class Completeness:
    """Of the fields of a file the share that holds something, 0 to 1, and those that do not.

    Required fields come first among the missing.
    """

    share: float
    missing: tuple[FileField, ...]
    required: tuple[FileField, ...]

    @property
    def percent(self) -> int:
        """Rounded down, so that only a whole file is 100."""
        return int(self.share * 100)


def file_fields(custom: Iterable[CustomField] | None = None) -> list[FileField]:
    """The fields that files have, the customer's own first; `custom` where they are known."""
    needed = {one.name: frozenset(one.classes) for one in Requirement.objects.all()}
    own = [name for name in EDITABLE if name in ASKED or needed.get(name)]
    own.sort(key=lambda name: ASKED.index(name) if name in ASKED else len(ASKED))
    found = [FileField(one, title_of(one), needed.get(one, frozenset())) for one in own]
    return found + [
        FileField(CUSTOM + one.key, one.name, frozenset(one.required), one)
        for one in (fields() if custom is None else custom)
    ]


def title_of(name: str) -> str:
    """What one of the customer's own fields is called."""
    field = Customer._meta.get_field(name)  # noqa: SLF001  # Django documents it for use
    return str(field.verbose_name)  # type: ignore[union-attr]


def completeness(
    customer: Customer,
    known: list[FileField] | None = None,
    classes: Iterable[CustomerClass] | None = None,
) -> Completeness:
    """How complete the file of a customer is; read it `with_files` where there are many.

    `known` are the fields, and `classes` those of the customer, where they have been read.
    """
    if not hasattr(customer, "file_values"):
        customer = copy(customer)  # what is read stays with the one that asked
        parts = {part.to_attr: part for part in _parts()}
        if classes is not None:
            del parts["file_classes"]
            customer.file_classes = [  # type: ignore[attr-defined]
                one for one in classes if one.class_key is not None
            ]
        prefetch_related_objects([customer], *parts.values())
    known = file_fields() if known is None else known
    stands = {
        f"{one.scheme.name}:{one.class_key}"
        for one in customer.file_classes  # type: ignore[attr-defined]
    }
    held = set(_held(customer))
    missing = [one for one in known if one.name not in held]
    required = tuple(one for one in missing if one.required(stands))
    later = tuple(one for one in missing if one not in required)
    share = 1 - len(missing) / len(known) if known else 1.0
    return Completeness(share, required + later, required)


def with_files(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Customers with what `completeness` looks at, in a few queries for all."""
    return customers.select_related("owner").prefetch_related(*_parts())


def _parts() -> Iterator[Prefetch[Any]]:
    """What `completeness` looks at beside the customer itself."""
    values = FieldValue.objects.exclude(value="").select_related("field")
    yield Prefetch("custom_values", values, to_attr="file_values")
    classes = CustomerClass.objects.filter(class_key__isnull=False).select_related("scheme")
    yield Prefetch("classes", classes, to_attr="file_classes")
    if apps.is_installed("kefen_crm.contacts"):
        people = apps.get_model("contacts.Contact").objects.filter(left_on=None)
        yield Prefetch("contacts", people.prefetch_related("reaches"), to_attr="file_contacts")


def missing(known: Collection[FileField]) -> Any:
    """How many of these fields are missing of a customer, in SQL."""
    empty = (Case(When(_empty(one), then=1), default=0) for one in known)
    return reduce(add, empty, Value(0, output_field=IntegerField()))


def percents(known: Collection[FileField]) -> list[int]:
    """The shares of files in percent, as `Completeness.percent`, by how many fields are missing."""
    return [int((1 - at / len(known) if known else 1.0) * 100) for at in range(len(known) + 1)]


def _held(customer: Customer) -> Iterator[str]:
    """The names of the fields that hold something."""
    for name in EDITABLE:
        value = customer.owner_title if name == OWNER else getattr(customer, name)
        if value not in (None, ""):
            yield name
    for person in getattr(customer, "file_contacts", ()):
        yield "contact"
        kinds = {one.kind for one in person.reaches.all() if one.valid}
        yield from (name for name, kind in REACHED.items() if kind in kinds)
    yield from (CUSTOM + one.field.key for one in customer.file_values)  # type: ignore[attr-defined]


def lacking(field: FileField) -> Q:
    """The customers who need a field and have nothing in it."""
    if not field.classes:
        return Q(pk__in=[])
    needs = Q() if EVERYBODY in field.classes else reduce(or_, map(_of_class, field.classes))
    return needs & _empty(field)


def _of_class(value: str) -> Q:
    scheme, _colon, key = value.partition(":")
    graded = CustomerClass.objects.filter(
        customer=OuterRef("pk"), scheme__name=scheme, class_key=key
    )
    return Q(Exists(graded))


def _empty(field: FileField) -> Q:
    if field.custom is not None:
        held = FieldValue.objects.filter(field=field.custom, customer=OuterRef("pk"))
        return ~Q(Exists(held.exclude(value="")))
    if field.name == OWNER:
        return Q(owner=None, owner_name="")
    if field.name in (*engine.DATES, *engine.CREDIT):
        return Q(**{f"{field.name}__isnull": True})
    empty = Q(**{field.name: ""})
    if field.name in ("contact", *REACHED) and apps.is_installed("kefen_crm.contacts"):
        people = apps.get_model("contacts.Contact").objects.filter(
            customer=OuterRef("pk"), left_on=None
        )
        if kind := REACHED.get(field.name):
            people = people.filter(reaches__kind=kind, reaches__valid=True)
        empty &= ~Q(Exists(people))
    return empty
