"""The stages of the pipeline: made and changed by whoever may set them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.opportunities.models import GATES, Stage
from kefen_crm.opportunities.permits import SET_STAGES
from kefen_crm.platform import events
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User

FIELDS: Final = ("name", "position", "probability", "rot_days", "gates", "used")
MOST: Final = 15
"""Stages of a pipeline."""


@transaction.atomic
def save_stage(actor: User, stage: Stage | None, values: Mapping[str, Any]) -> Stage:
    """Change a stage, or make a new one for None; `values` by `FIELDS`.

    Raises:
        PermissionDenied: unless `actor` may set stages.
        ValidationError: by field; where no stage would be in use.
    """
    require(actor, SET_STAGES)
    every = Stage.objects.select_for_update().order_by("pk")
    known = {one.pk: one for one in every}
    one = known[stage.pk] if stage else Stage(key=_new_key(known.values()))
    before = {name: getattr(one, name) for name in FIELDS} if stage else {}
    for name in FIELDS:
        if name in values:
            setattr(one, name, values[name])
    one.name = one.name.strip()
    if not one.title.strip() or (stage is None and not one.name):
        raise ValidationError({"name": _("Give the stage a name.")})
    if unknown := set(one.gates) - set(GATES):
        raise ValidationError({"gates": _("There is no such field: %s") % ", ".join(unknown)})
    if stage is None and len(known) >= MOST:
        raise ValidationError(_("At most %(most)s stages.") % {"most": MOST})
    others = [each for each in known.values() if each.pk != one.pk]
    if not any(each.used for each in [*others, one]):
        raise ValidationError({"used": _("One stage at least has to be in use.")})
    one.full_clean()
    one.save()
    after = {name: getattr(one, name) for name in FIELDS}
    if before != after:
        events.record(actor, "stage.changed" if stage else "stage.made", one,
                      before=before, after=after)  # fmt: skip
    return one


def _new_key(known: Any) -> str:
    taken = {one.key for one in known}
    return next(key for number in range(1, 1_000) if (key := f"stage{number}") not in taken)
