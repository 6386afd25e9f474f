"""Whom runs are told to: who asked for one hears that it failed, else who may run schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kefen_crm.grading.models import Run
from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import Permit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.platform.models import Event
    from kefen_crm.team.models import User

KIND = NoticeKind(
    "run.failed", _("A run that I began, or a scheduled one, failed"), "alert-octagon"
)


def _run(event: Event) -> Run | None:
    try:
        found = event.target()
    except ObjectDoesNotExist:
        return None
    assert isinstance(found, Run)
    return found


def _whom(event: Event) -> Iterable[User | None]:
    run = _run(event)
    if run is None:
        return []
    return [run.by] if run.by else permitted(Permit.GRADE)


def _tell(event: Event) -> NoticeText | None:
    run = _run(event)
    if run is None:
        return None
    url = reverse("grading:detail", args=[run.scheme.name])
    text = gettext_noop("The run of %(scheme)s failed")
    return NoticeText(text, {"scheme": run.version.document["title"]}, url)


NOTICES = (Notice("run.failed", KIND.name, _whom, _tell),)
