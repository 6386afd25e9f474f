"""Custom fields: defined, changed, retired; written of customers; chosen between two values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.custom_fields import values as texts
from kefen_crm.custom_fields.feeds import CHOSEN, WRITTEN
from kefen_crm.custom_fields.imported import take_over
from kefen_crm.custom_fields.models import CustomField, FieldValue, Requirement
from kefen_crm.custom_fields.queries import fields
from kefen_crm.customers.fields import EDITABLE
from kefen_crm.customers.locks import editing
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.team.models import User

DEFINE: Final = "define_fields"
MOST: Final = 100
"""Custom fields there may be."""
MOST_CHOICES: Final = 200
GIVEN: Final = ("name_zh", "name_en", "kind", "choices", "required", "position")
_NO_KEY: Final = re.compile(r"[^a-z0-9]+")


@transaction.atomic
def define(actor: User, given: Mapping[str, Any], *, key: str = "") -> CustomField:
    """Define a field; `given` by `GIVEN`, and its `key` where programs are to know one.

    Customers who have an attribute of its name in the ledger have it in the field at once.

    Raises:
        PermissionDenied: unless `actor` may define fields.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, DEFINE)
    if answer := events.answered(actor, "custom_field.defined", key, given):
        return _target(answer)
    if CustomField.objects.count() >= MOST:
        raise ValidationError(_("There are %(most)s fields; more are not kept.") % {"most": MOST})
    field = CustomField(kind=given.get("kind", CustomField.Kind.TEXT))
    _put(field, {name: value for name, value in given.items() if name != "key"})
    field.attribute = field.name_zh or field.name_en
    field.key = _key(str(given.get("key") or ""), field)
    if "position" not in given:
        highest = CustomField.objects.aggregate(highest=Max("position"))["highest"]
        field.position = (highest or 0) + 1
    _check(field)
    field.save()
    take_over([field])
    events.record(actor, "custom_field.defined", field, after=field.values(), key=key, given=given)
    return field


@transaction.atomic
def change(
    actor: User,
    field: CustomField,
    given: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> CustomField:
    """Change a field: its names, choices, requirement, position, and whether it is `retired`.

    The type stays while any customer has a value. A choice that is no longer offered stays with
    the customers who have it.

    Raises:
        PermissionDenied, ValidationError, KeyReused: as `define`.
        Stale: when the field is of another version than `expected_version`.
    """
    require(actor, DEFINE)
    told = {"field": field.pk, "given": dict(given), "version": expected_version}
    if answer := events.answered(actor, "custom_field.changed", key, told):
        return _target(answer)
    field = events.locked(CustomField.objects.all(), field.pk, expected_version)
    before = field.values()
    _put(field, given)
    if field.kind != before["kind"] and field.held.exclude(value="").exists():
        raise ValidationError({"kind": _("Customers have values of it, so its type stays.")})
    _check(field)
    after = field.values()
    names = [name for name in after if after[name] != before[name]]
    if names:
        events.raised(field)
        take_over([] if field.retired else [field])
        events.record(
            actor,
            "custom_field.changed",
            field,
            before={name: before[name] for name in names},
            after={name: after[name] for name in names},
            key=key,
            given=told,
        )
    return field


@transaction.atomic
def write(
    actor: User,
    customer: Customer,
    given: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Customer:
    """Write custom fields of a customer, by their keys; imports leave them alone from now on.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
        Stale: when the customer is of another version than `expected_version`.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    told = {"customer": customer.pk, "values": dict(given)}
    if events.answered(actor, WRITTEN, key, told):
        return customer
    known = {one.key: one for one in fields()}
    written = cleaned(known, given)
    editing()
    customer = events.locked(changeable_by(actor), customer.pk, expected_version)
    held = {one.field_id: one for one in customer.custom_values.all()}
    before, after = {}, {}
    for name, text in written.items():
        one = held.get(known[name].pk) or FieldValue(customer=customer, field=known[name])
        if one.value == text:
            continue
        before[name], after[name] = one.value, text
        if one.incoming is not None:
            one.base, one.incoming = one.incoming, None
        one.value, one.written, one.by, one.at = text, True, actor, timezone.now()
        one.save()
    if after:
        events.raised(customer)
        events.record(
            actor, WRITTEN, customer, before=before, after=after, reason=reason, key=key,
            given=told,
        )  # fmt: skip
    return customer


@transaction.atomic
def choose(
    actor: User, customer: Customer, field: CustomField, keep: Literal["mine", "import"]
) -> Customer:
    """Say which value holds where imports bring another than a person wrote.

    Raises:
        PermissionDenied, Customer.DoesNotExist: as `write`.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    editing()
    customer = events.locked(changeable_by(actor), customer.pk)
    one = customer.custom_values.filter(field=field, incoming__isnull=False).first()
    if one is None:
        return customer
    before, incoming = one.value, one.incoming or ""
    one.base, one.incoming, one.by, one.at = incoming, None, actor, timezone.now()
    if keep == "import":
        one.value, one.written = incoming, False
    one.save()
    events.raised(customer)
    events.record(actor, CHOSEN, customer, before={field.key: before}, after={field.key: one.value})
    return customer


@transaction.atomic
def require_of(actor: User, name: str, classes: Sequence[str]) -> Requirement:
    """Say of which classes one of the customer's own fields is required.

    Raises:
        PermissionDenied: unless `actor` may define fields.
        ValidationError: for a field that there is not.
    """
    require(actor, DEFINE)
    if name not in EDITABLE:
        raise ValidationError({"name": _("There is no such field.")})
    one, _new = Requirement.objects.select_for_update().get_or_create(name=name)
    before, wanted = one.classes, sorted(set(classes))
    if wanted != before:
        one.classes = wanted
        one.save()
        events.record(
            actor,
            "required_field.set",
            one,
            before={"name": name, "classes": before},
            after={"name": name, "classes": wanted},
        )
    return one


def cleaned(known: Mapping[str, CustomField], given: Mapping[str, Any]) -> dict[str, str]:
    """The texts of fields by their keys.

    Raises:
        ValidationError: with a sentence for each that cannot be taken.
    """
    found, faults = {}, {}
    for name, value in given.items():
        if name not in known:
            faults[name] = [_("There is no such field to write.")]
            continue
        try:
            found[name] = texts.cleaned(known[name], value)
        except ValidationError as error:
            faults[name] = error.messages
    if faults:
        raise ValidationError(faults)
    return found


def _put(field: CustomField, given: Mapping[str, Any]) -> None:
    unknown = set(given) - {*GIVEN, "retired"}
    if unknown:
        raise ValidationError({name: _("There is no such field.") for name in unknown})
    for name, value in given.items():
        plain = " ".join(value.split()) if name.startswith("name_") else value
        setattr(field, name, plain)
    if field.has_choices:
        field.choices = _offered(field.choices)
    else:
        field.choices = []
    field.required = sorted(set(field.required))


def _offered(given: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Choices as they are kept: each with a value of its own, for good."""
    found: dict[str, dict[str, str]] = {}
    for one in given:
        names = {lang: " ".join(str(one.get(lang) or "").split()) for lang in ("zh", "en")}
        value = str(one.get("value") or names["zh"] or names["en"]).strip()
        if texts.JOINT.strip() in value or len(value) > 60:  # as a name
            raise ValidationError(
                {"choices": _("A choice has at most 60 characters, and no “;” among them.")}
            )
        if value:
            found[value] = {"value": value, **names}
    if not 0 < len(found) <= MOST_CHOICES:
        raise ValidationError(
            {"choices": _("Name the choices, %(most)s at most.") % {"most": MOST_CHOICES}}
        )
    return list(found.values())


def _key(wanted: str, field: CustomField) -> str:
    base = _NO_KEY.sub("_", (wanted or field.name_en).lower()).strip("_")[:36] or "field"
    if base[0].isdigit():
        base = f"f_{base}"[:36]
    taken = set(CustomField.objects.values_list("key", flat=True))
    if wanted and base in taken:
        raise ValidationError({"key": _("Another field has this key.")})
    numbered = (f"{base}_{number}" for number in range(2, MOST + 2))
    return base if base not in taken else next(one for one in numbered if one not in taken)


def _check(field: CustomField) -> None:
    """Refuse a field without a name, or with one that another field answers to."""
    if not (field.name_zh or field.name_en):
        raise ValidationError({"name_zh": _("A field needs a name.")})
    field.full_clean(exclude=["attribute", "key"], validate_unique=False)
    own = {
        str(name).casefold()
        for one in Customer._meta.get_fields()  # noqa: SLF001  # Django documents it for use
        if one.name in EDITABLE
        for name in (one.name, getattr(one, "verbose_name", ""))
    }
    others = {
        name.casefold() for one in CustomField.objects.exclude(pk=field.pk) for name in one.headings
    }
    for part in ("name_zh", "name_en"):
        name = getattr(field, part).casefold()
        if name and name in own | others:
            raise ValidationError({part: _("Another field is called so.")})


def _target(answer: Any) -> CustomField:
    found: CustomField = answer.target()
    return found
