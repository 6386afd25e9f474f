"""A person's decisions on classes: made, lifted, run out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from kefen_crm.grading.classes import apply_overrides
from kefen_crm.grading.models import CustomerClass, Override
from kefen_crm.grading.reasons import given
from kefen_crm.platform.events import record
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Scheme
    from kefen_crm.team.models import User


@transaction.atomic
def set_override(
    by: User,
    customer: Customer,
    scheme: Scheme,
    class_key: str,
    reason: str,
    until: date | None = None,
) -> Override:
    """Put a customer into a class by hand, through the day `until`; what was set before ends.

    Raises:
        PermissionDenied: unless `by` may grade.
        ValidationError: without a reason, a class of the scheme or a day to come, or when the
            customer takes no part in the scheme.
    """
    require(by, Permit.GRADE)
    faults: dict[str, str] = {}
    if class_key not in {one.key for one in scheme.classes}:
        faults["class_key"] = _("The scheme has no such class.")
    if until is not None and until < timezone.localdate():
        faults["until"] = _("That day is over.")
    graded = CustomerClass.objects.select_for_update().filter(customer=customer, scheme=scheme)
    found = graded.first()
    if found is None:
        faults["class_key"] = _("The customer takes no part in this scheme.")
    try:
        reason = given(reason)
    except ValidationError as error:
        faults["reason"] = error.messages[0]
    if found is None or faults:
        raise ValidationError(faults)
    now = timezone.now()
    for standing in Override.objects.filter(customer=customer, scheme=scheme, ended=None):
        _end(standing, now, by, reason)
    made = Override.objects.create(
        customer=customer,
        scheme=scheme,
        class_key=class_key,
        computed_key=found.computed_key,
        reason=reason,
        by=by,
        since=now,
        until=until,
    )
    apply_overrides([scheme.pk])
    before = {"class_key": found.computed_key}
    after = {"scheme": scheme.pk, "class_key": class_key, "until": until}
    record(by, "override.set", made, before=before, after=after, reason=reason)
    return made


@transaction.atomic
def lift_override(by: User, override: Override, reason: str) -> Override:
    """End a decision early; the computed class holds again at once.

    Raises:
        PermissionDenied: unless `by` may grade.
        ValidationError: without a reason, or when it has ended.
    """
    require(by, Permit.GRADE)
    reason = given(reason)
    standing = Override.objects.select_for_update().filter(pk=override.pk, ended=None).first()
    if standing is None:
        raise ValidationError(_("This has ended already."))
    _end(standing, timezone.now(), by, reason)
    apply_overrides([standing.scheme_id])
    before = {"class_key": standing.class_key}
    after = {"scheme": standing.scheme_id, "class_key": standing.computed_key}
    record(by, "override.lifted", standing, before=before, after=after, reason=reason)
    return standing


def _end(standing: Override, now: datetime, by: User, reason: str) -> None:
    standing.ended, standing.lifted_by, standing.lift_reason = now, by, reason
    standing.save()


def expire_overrides() -> int:
    """End the decisions whose last day is over; the computed classes hold again at once."""
    over = Override.objects.filter(ended=None, until__lt=timezone.localdate())
    if not over.exists():
        return 0
    with transaction.atomic():
        ended = list(over.select_for_update())
        for one in ended:
            assert one.until is not None
            one.ended = _end_of(one.until)
        bulk_update_with_history(ended, Override, ["ended"], batch_size=500)
        apply_overrides({one.scheme_id for one in ended})
        for one in ended:
            before = {"class_key": one.class_key}
            after = {"scheme": one.scheme_id, "class_key": one.computed_key}
            record(None, "override.expired", one, before=before, after=after)
    return len(ended)


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
