"""Grading follows new facts, whoever brought them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from kefen_crm.customers.signals import synchronised
from kefen_crm.grading import live
from kefen_crm.grading.actions import CATCH_UP, follow_up
from kefen_crm.grading.models import Schedule, Scheme
from kefen_crm.grading.queries import schemes_on_page
from kefen_crm.grading.signals import classes_changed
from kefen_crm.platform import stored_figures
from kefen_crm.platform.facts import facts_changed, facts_written
from kefen_crm.platform.queue import later_once

PATIENCE = 1_800
"""Seconds after which facts that people wrote set off the runs that imports do."""
GATHERED = 300
"""Seconds in which few facts that programs send gather before the runs that they set off."""

if TYPE_CHECKING:
    from kefen_crm.grading.models import Run
    from kefen_crm.team.models import User


@receiver(classes_changed, dispatch_uid="grading_figures_of_classes")
@receiver(synchronised, dispatch_uid="grading_figures_of_customers")
def read_figures_ahead(**_more: Any) -> None:
    """Figures of customers and classes are read anew before anybody asks for them."""
    stored_figures.later()


@receiver(facts_changed, dispatch_uid="grading_follow_up")
def follow(by: User | None, *, few: bool = False, **_more: Any) -> list[Run]:
    """Show the customers, class whom it is about, and queue the runs that imports set off."""
    live.follow_later()
    return follow_up(by, seconds=GATHERED if few and live.is_followed() else 0)


@receiver(facts_written, dispatch_uid="grading_catch_up")
def catch_up(before: int, after: int, **_more: Any) -> None:
    """Facts that people write come all day long: classes are live, a run follows in a while."""
    live.skip(before, after)
    later_once(CATCH_UP, seconds=PATIENCE)


@receiver([post_save, post_delete], sender=Scheme, dispatch_uid="grading_schemes_on_page")
@receiver([post_save, post_delete], sender=Schedule, dispatch_uid="grading_schedules_on_page")
def read_schemes_anew(**_more: Any) -> None:
    """What a request changes is shown in its answer."""
    schemes_on_page.forget()
