"""Tags made, renamed and removed; put on customers and taken off, one or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.tags.models import Tag, Tagging
from kefen_crm.tags.permits import SET_TAGS
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Collection

    from kefen_crm.team.models import User

TAGGED: Final = "customer.tagged"
UNTAGGED: Final = "customer.untagged"


@transaction.atomic
def create(actor: User, name: str, colour: str = Tag.Colour.BLUE, *, key: str = "") -> Tag:
    """Make a tag.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        ValidationError: by field; a name is needed that no other tag has.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    given = {"name": name, "colour": colour}
    if answer := events.answered(actor, "tag.created", key, given):
        return _target(answer)
    tag = Tag(name=_one_line(name), colour=colour)
    tag.full_clean()
    tag.save()
    after = {"name": tag.name, "colour": tag.colour}
    events.record(actor, "tag.created", tag, after=after, key=key, given=given)
    return tag


@transaction.atomic
def change(
    actor: User,
    tag: Tag,
    *,
    name: str,
    colour: str,
    expected_version: int | None = None,
    key: str = "",
) -> Tag:
    """Call a tag otherwise, or give it another colour, wherever it is.

    Raises:
        PermissionDenied: unless `actor` may set tags.
        ValidationError: by field.
        Stale: when the tag is of another version than expected.
    """
    require(actor, SET_TAGS)
    given = {"tag": tag.pk, "name": name, "colour": colour, "version": expected_version}
    if answer := events.answered(actor, "tag.changed", key, given):
        return _target(answer)
    found = events.locked(Tag.objects.all(), tag.pk, expected_version)
    before = {"name": found.name, "colour": found.colour}
    found.name, found.colour = _one_line(name), colour
    found.full_clean()
    after = {"name": found.name, "colour": found.colour}
    if after != before:
        events.raised(found)
        events.record(actor, "tag.changed", found, before=before, after=after, key=key, given=given)
    return found


@transaction.atomic
def remove(actor: User, tag: Tag) -> None:
    """Remove a tag, from every customer too.

    Raises:
        PermissionDenied: unless `actor` may set tags.
    """
    require(actor, SET_TAGS)
    found = Tag.objects.select_for_update().get(pk=tag.pk)
    customers = list(Customer.objects.filter(taggings__tag=found).order_by("pk"))
    _tell(actor, UNTAGGED, customers, found)
    events.record(actor, "tag.removed", found, before={"name": found.name})
    found.delete()


@transaction.atomic
def put(actor: User, customers: Collection[int], tag: Tag) -> list[int]:
    """Put a tag on customers, by their ids; gives those that had it not.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        Customer.DoesNotExist: when one is out of reach of `actor`.
    """
    found = _writable(actor, customers)
    # Who puts the same tag on at the same time waits, so that each is told once.
    Tag.objects.select_for_update().get(pk=tag.pk)
    known = set(tag.taggings.filter(customer__in=found).values_list("customer", flat=True))
    new = [one for pk, one in sorted(found.items()) if pk not in known]
    Tagging.objects.bulk_create(
        (Tagging(customer=one, tag=tag, by=actor) for one in new), batch_size=2_000
    )
    _tell(actor, TAGGED, new, tag)
    return [one.pk for one in new]


@transaction.atomic
def take(actor: User, customers: Collection[int], tag: Tag) -> list[int]:
    """Take a tag off customers, by their ids; gives those that had it.

    Raises:
        PermissionDenied, Customer.DoesNotExist: as `put`.
    """
    found = _writable(actor, customers)
    Tag.objects.select_for_update().get(pk=tag.pk)
    gone = tag.taggings.filter(customer__in=found)
    had = [found[pk] for pk in sorted(gone.values_list("customer", flat=True))]
    gone.delete()
    _tell(actor, UNTAGGED, had, tag)
    return [one.pk for one in had]


def _writable(actor: User, customers: Collection[int]) -> dict[int, Customer]:
    require(actor, Permit.EDIT_CUSTOMERS)
    found = changeable_by(actor).in_bulk(list(customers))
    if len(found) < len(set(customers)):
        raise Customer.DoesNotExist
    return found


def _tell(actor: User, verb: str, customers: list[Customer], tag: Tag) -> None:
    told = {"tag": tag.pk, "name": tag.name}
    before, after = (told, {}) if verb == UNTAGGED else ({}, told)
    events.record_all(actor, verb, [(one, before, after) for one in customers])


def _one_line(name: str) -> str:
    found = " ".join(name.split())
    if not found:
        raise ValidationError({"name": _("A tag has a name.")})
    return found


def _target(answer: Any) -> Tag:
    found: Tag | None = answer.target()
    if found is None:
        raise ValidationError(_("This tag is no more."))
    return found
