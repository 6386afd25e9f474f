"""Files of a customer: added and removed."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.core.exceptions import FieldError, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.customer_files.models import FOLDER, CustomerFile
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.platform import events
from kefen_crm.platform.stored_files import stored, type_of
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model, QuerySet

    from kefen_crm.activities.models import Activity
    from kefen_crm.team.models import User

LARGEST: Final = 20 << 20
"""Bytes of a file."""
AT_ONCE: Final = 10
"""Files of one form."""
MOST: Final = 200
"""Files of one customer."""
ADDED: Final = "customer_file.added"
REMOVED: Final = "customer_file.removed"


def files_for(user: User) -> QuerySet[CustomerFile]:
    """The files of customers whom `user` may see."""
    found = CustomerFile.objects.filter(customer__in=visible_to(user))
    return found.select_related("customer", "by")


@transaction.atomic
def add(
    actor: User,
    customer: Customer,
    name: str,
    body: bytes,
    *,
    note: str = "",
    activity: Activity | None = None,
    about: Model | None = None,
    key: str = "",
) -> CustomerFile:
    """Keep a file with a customer; the same bytes once more are the file that is there.

    `activity`: that of the customer which the file was logged with. `about`: what of the customer
    it belongs to, such as a tender.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: of `file`, when it is empty, too large, or one too many.
        KeyReused: when the key came with something else before.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    customer = changeable_by(actor).select_for_update(of=("self",)).get(pk=customer.pk)
    digest = hashlib.sha256(body).hexdigest()
    label = label_of(about) if about else ""
    given = {"customer": customer.pk, "name": name, "digest": digest, "about": label}
    if answer := events.answered(actor, ADDED, key, given):
        found: Any = answer.target()
        return found  # type: ignore[no-any-return]  # the file of the event
    return _kept(
        actor, customer, name, body, note=note, activity=activity, label=label, key=key, given=given
    )


@transaction.atomic
def add_by_itself(customer: Customer, name: str, body: bytes, *, note: str = "") -> CustomerFile:
    """Keep a file that a customer sent, such as by mail; as `add`.

    Raises:
        ValidationError: of `file`, when it is empty, too large, or one too many.
    """
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    return _kept(None, customer, name, body, note=note[:500])


def _kept(
    actor: User | None,
    customer: Customer,
    name: str,
    body: bytes,
    *,
    note: str,
    activity: Activity | None = None,
    label: str = "",
    key: str = "",
    given: dict[str, Any] | None = None,
) -> CustomerFile:
    _check(customer, body)
    digest = hashlib.sha256(body).hexdigest()
    same = customer.files.filter(digest=digest, about=label).first()
    if same is not None:
        if activity is not None and same.activity is None:
            same.activity = activity
            same.save(update_fields=["activity"])
        return same
    made = CustomerFile(
        customer=customer,
        name=plain_name(name),
        type=type_of(body),
        size=len(body),
        digest=digest,
        note=note.strip(),
        activity=activity,
        about=label,
        by=actor,
    )
    made.full_clean(exclude=["customer", "by", "path", "activity"])
    made.path = stored(body, FOLDER)
    try:
        made.save()
        events.record(
            actor, ADDED, made, after={"name": made.name, "size": made.size}, key=key, given=given
        )
    except BaseException:
        made.place.unlink(missing_ok=True)
        raise
    return made


@transaction.atomic
def remove(actor: User, file: CustomerFile, *, reason: str = "") -> None:
    """Remove a file for good.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        CustomerFile.DoesNotExist: out of reach of `actor`.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    mine = CustomerFile.objects.filter(customer__in=changeable_by(actor))
    file = mine.select_for_update(of=("self",)).get(pk=file.pk)
    events.record(actor, REMOVED, file, before={"name": file.name}, reason=reason)
    file.delete()


def label_of(thing: Model) -> str:
    """How files name what they belong to."""
    return f"{thing._meta.label_lower}:{thing.pk}"  # noqa: SLF001  # Django's public name for it


def thing_of(customer: Customer, label: str) -> Any:
    """What of a customer a label names.

    Raises:
        ValidationError: of `about`, where the customer has no such thing.
    """
    name, _colon, number = label.partition(":")
    found = None
    if number.isdecimal() and number.isascii() and len(number) < 18:
        with suppress(LookupError, ValueError, FieldError):
            model: Any = apps.get_model(name)
            if hasattr(model, "get_absolute_url"):
                found = model.objects.filter(pk=int(number), customer=customer).first()
    if found is None:
        raise ValidationError({"about": _("The customer has no such thing.")})
    return found


def things_of(files: Iterable[CustomerFile]) -> dict[str, Any]:
    """What files belong to, by its label; nothing for what is gone."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for one in files:
        if one.about:
            name, _colon, number = one.about.partition(":")
            wanted[name].add(int(number))
    found: dict[str, Any] = {}
    for name, keys in wanted.items():
        things = apps.get_model(name)._default_manager.in_bulk(keys)  # noqa: SLF001  # Django's
        found |= {f"{name}:{pk}": thing for pk, thing in things.items()}
    return found


def plain_name(name: str) -> str:
    """The last part of a path, without what no name may hold, as long as it is kept."""
    last = PurePath(name.replace("\\", "/")).name
    kept = "".join(one for one in last if unicodedata.category(one)[0] != "C").strip()
    suffix = PurePath(kept).suffix[:20]
    return (kept.removesuffix(suffix)[: 200 - len(suffix)] + suffix) or _("File")


def _check(customer: Customer, body: bytes) -> None:
    if not body:
        raise ValidationError({"file": _("The file is empty.")})
    if len(body) > LARGEST:
        told = {"most": LARGEST >> 20}
        raise ValidationError({"file": _("A file has at most %(most)s MB.") % told})
    if customer.files.count() >= MOST:
        told = {"most": MOST}
        raise ValidationError({"file": _("A customer has at most %(most)s files.") % told})
