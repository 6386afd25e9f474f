"""Changes of saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.customer_pages.models import DefaultView, PickedCustomer, SavedView
from kefen_crm.customer_pages.saved import views_of
from kefen_crm.platform import events
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kefen_crm.team.models import User

SAVED, CHANGED, REMOVED = "view.saved", "view.changed", "view.removed"
FIELDS: Final = ("name", "query", "columns", "shared")
MOST = 200
"""Views of one person."""


@transaction.atomic
def save(actor: User, values: Mapping[str, Any], *, key: str = "") -> SavedView:
    """Save a view; `values` by `FIELDS`.

    Raises:
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    given = dict(values)
    if answer := events.answered(actor, SAVED, key, given):
        return _target(answer)
    if actor.saved_views.count() >= MOST:
        raise ValidationError(_("You have %(most)s views. Remove one first.") % {"most": MOST})
    view = SavedView(owner=actor)
    _put(view, values)
    view.save()
    events.record(actor, SAVED, view, after=_said(view), key=key, given=given)
    return view


@transaction.atomic
def change(
    actor: User,
    view: SavedView,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> SavedView:
    """Change a view of one's own; what `values` do not speak of stays.

    Raises:
        PermissionDenied: when it is another's.
        ValidationError: by field.
        Stale, KeyReused: as of every verb.
    """
    given = {"view": view.pk, "values": dict(values), "version": expected_version}
    if answer := events.answered(actor, CHANGED, key, given):
        return _target(answer)
    found = events.locked(views_of(actor), view.pk, expected_version)
    if found.owner_id != actor.pk:
        raise PermissionDenied
    before = _said(found)
    _put(found, values)
    after = _said(found)
    names = [name for name in FIELDS if after[name] != before[name]]
    if names:
        events.raised(found)
        events.record(
            actor,
            CHANGED,
            found,
            before={name: before[name] for name in names},
            after={name: after[name] for name in names},
            key=key,
            given=given,
        )
    return found


@transaction.atomic
def remove(actor: User, view: SavedView) -> None:
    """Remove a view: one's own; what others share, for who operates the site.

    Raises:
        PermissionDenied: unless `actor` may.
    """
    found = SavedView.objects.select_for_update().get(pk=view.pk)
    if found.owner_id != actor.pk and not may(actor, Permit.OPERATE):
        raise PermissionDenied
    events.record(actor, REMOVED, found, before=_said(found))
    found.delete()


def copy(actor: User, view: SavedView) -> SavedView:
    """A view of one's own that is as another."""
    name = _("%(name)s (copy)") % {"name": view.name}
    values = {"name": name[:80], "query": view.query, "columns": view.columns, "shared": "private"}
    return save(actor, values)


@transaction.atomic
def open_with(actor: User, view: SavedView | None) -> None:
    """Have somebody's list open in a view; in none without one."""
    if view is None:
        DefaultView.objects.filter(user=actor).delete()
    else:
        DefaultView.objects.update_or_create(user=actor, defaults={"view": view})


@transaction.atomic
def pick(view: SavedView, customers: Collection[int]) -> list[int]:
    """Add customers, by their ids, to a view; gives those that were not there."""
    SavedView.objects.select_for_update().get(pk=view.pk)
    known = set(view.picked.filter(customer__in=customers).values_list("customer", flat=True))
    new = [pk for pk in customers if pk not in known]
    PickedCustomer.objects.bulk_create(
        (PickedCustomer(view=view, customer_id=pk) for pk in new), batch_size=5_000
    )
    return new


@transaction.atomic
def unpick(view: SavedView, customers: Collection[int]) -> list[int]:
    """Take customers, by their ids, out of a view; gives those that were there."""
    SavedView.objects.select_for_update().get(pk=view.pk)
    found = view.picked.filter(customer__in=customers)
    gone = list(found.values_list("customer", flat=True))
    found.delete()
    return gone


def _put(view: SavedView, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValidationError({name: _("There is no such field.") for name in unknown})
    for name, value in values.items():
        setattr(view, name, value)
    view.name = " ".join(view.name.split())
    view.full_clean(exclude=["owner"])


def _said(view: SavedView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in FIELDS}


def _target(answer: Any) -> SavedView:
    found: SavedView | None = answer.target()
    if found is None:
        raise ValidationError(_("This view is no more."))
    return found
