"""Files of what was logged: chosen in its form, shown below it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from kefen_crm.customer_files import actions
from kefen_crm.platform.parts import LogPart, Part
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest

    from kefen_crm.activities.models import Activity
    from kefen_crm.customer_files.models import CustomerFile


def allowed(request: HttpRequest) -> bool:
    """Whether whoever asks may add files."""
    return may(request.user, Permit.EDIT_CUSTOMERS)


def take(request: HttpRequest, activity: Activity) -> None:
    """Keep the files of a log with the customer.

    Raises:
        ValidationError: naming the file that is empty, too large, or one too many.
    """
    user: Any = request.user
    for one in request.FILES.getlist("files")[: actions.AT_ONCE]:
        body = one.read(actions.LARGEST + 1)
        try:
            actions.add(user, activity.customer, one.name or "", body, activity=activity)
        except ValidationError as error:
            raise ValidationError(f"{one.name}: {' '.join(error.messages)}") from None


def read(request: HttpRequest, activities: Sequence[Activity]) -> Mapping[int, Part]:
    """The files of activities, by their ids."""
    user: Any = request.user
    found: dict[int, list[CustomerFile]] = defaultdict(list)
    for one in actions.files_for(user).filter(activity__in=activities).order_by("pk"):
        assert one.activity_id is not None
        found[one.activity_id].append(one)
    return {
        pk: Part("customer_files/_of_activity.html", {"files": files})
        for pk, files in found.items()
    }


PART = LogPart("customer_files/_in_log.html", allowed, take, read)
