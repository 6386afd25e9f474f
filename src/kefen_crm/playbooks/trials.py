"""What plays bring: one in ten customers is left out of a play, and both groups are compared.

Only of plays that say so, and never of customers with a ticket that is not solved, such as a
complaint. Everybody counts as drawn, whatever was done of the task: by intention to treat.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.drawing import drawn
from kefen_crm.gateway import campaigns as engine
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.queue import later_once
from kefen_crm.platform.registry import declared
from kefen_crm.playbooks.document import Playbook
from kefen_crm.playbooks.models import PlayOutcome, PlayTrial

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from kefen_crm.platform.due import Due

MEASURE: Final = "playbooks.measure"
PERCENT: Final = 10
HORIZON: Final = 60
"""Days from a play on in which sales count."""
MONDAY: Final = 0


@dataclass(frozen=True)
class Tried:
    """What a play brought: for how many it was drawn, and the effect as the engine has it."""

    play: str
    rule: str
    drawn: int
    left_out: int
    effect: dict[str, Any]

    @property
    def title(self) -> str:
        """What the play is."""
        said = Playbook.model_fields[self.play].title
        return _(said) if said else self.play


def outcomes() -> list[Tried]:
    """Each play that leaves customers out, with what it brought where that was measured."""
    known = {(one.play, one.rule): one.result for one in PlayOutcome.objects.all()}
    rows = PlayTrial.objects.order_by("rule", "play").values_list("play", "rule")
    counts = rows.annotate(drawn=Count("pk"), out=Count("pk", filter=Q(withheld=True)))
    return [
        Tried(play, rule, count, out, known.get((play, rule), {}))
        for play, rule, count, out in counts
    ]


def withheld(strata: Mapping[int, str], occurrence: str, today: date) -> tuple[set[int], set[int]]:
    """Whom a play leaves out, and whom the draw was about, of customers with their classes."""
    spared = set(unsolved(today))
    about = {pk: stratum for pk, stratum in strata.items() if pk not in spared}
    salt = f"{settings.SECRET_KEY}/{occurrence}"
    return drawn(about, [], salt, PERCENT), set(about)


def unsolved(today: date) -> set[int]:
    """The customers with a ticket that is not solved."""
    return {
        pk
        for one in declared("pool_exemptions")
        if one.key == "ticket"
        for pk in one.customers(today)
    }


def measure() -> None:
    """Measure each play whose first customers' days are over, and keep what it brought."""
    last = engine.last_day()
    if last is None:
        return
    ended = PlayTrial.objects.filter(on__lte=last - timedelta(days=HORIZON - 1))
    by_day: dict[date, list[tuple[Any, ...]]] = defaultdict(list)
    for on, *row in ended.values_list("on", "play", "rule", "customer__code", "withheld", "past"):
        by_day[on].append(tuple(row))
    parts = []
    for on, rows in by_day.items():
        found = engine.measured(on, on + timedelta(days=HORIZON))
        if found is not None:
            parts.append(_frame(rows).join(found.rows, on="customer_id", how="left"))
    if not parts:
        return
    now = timezone.now()
    together = pl.concat(parts).with_columns(pl.col("sales").fill_null(0.0).alias("outcome"))
    for (play, rule), part in together.group_by("play", "rule", maintain_order=True):
        result = engine.effect_of(part, PERCENT / 100).to_dict() | {"until": last.isoformat()}
        PlayOutcome.objects.update_or_create(
            play=play, rule=rule, defaults={"result": result, "measured_at": now}
        )


def measure_soon() -> None:
    """Queue the measuring of plays."""
    later_once(MEASURE, lock="grading")


def weekly(due: Due) -> None:
    """On Mondays: measure what plays brought, where any leaves customers out."""
    if due.day.weekday() == MONDAY and PlayTrial.objects.exists():
        measure_soon()


def _frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    columns = {
        "play": pl.String, "rule": pl.String, "customer_id": pl.String, "treated": pl.Boolean,
        "before": pl.Float64,
    }  # fmt: skip
    plain = [(play, rule, code, not out, float(past)) for play, rule, code, out, past in rows]
    return pl.DataFrame(plain, schema=columns, orient="row")


JOB: Final = ClockJob("playbooks.measure", weekly, at=time(4))
