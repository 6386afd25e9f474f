"""What has been asked of the classification, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage
from django.utils import timezone

from kefen_crm.customers.models import Customer
from kefen_crm.evaluation.models import ABOUT_RUNS, Study
from kefen_crm.gateway import rival
from kefen_crm.gateway.words import presentation
from kefen_crm.grading import queries as grading
from kefen_crm.grading.models import Run
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kefen_crm.grading.models import Scheme

LISTED = 10
EXAMPLES = 10
NEW = timedelta(days=30)
"""So long after its first run a company is new."""


def finished(kind: str) -> QuerySet[Study]:
    """Answered studies of a kind, newest first."""
    done = Study.objects.filter(kind=kind, status=Study.Status.FINISHED)
    return done.select_related("scheme__current", "by")


def newest(kind: str) -> Study | None:
    """The newest study of a kind, answered or not; None without any."""
    return Study.objects.filter(kind=kind).select_related("scheme__current", "by").first()


def listed(kind: str) -> list[Study]:
    """The newest studies of a kind, whatever became of them."""
    return list(Study.objects.filter(kind=kind).select_related("scheme__current", "by")[:LISTED])


def look(kept: str, customer: str, level: str) -> dict[str, Any]:
    """What a kept table of levels holds."""
    return rival.look(Path(default_storage.path(kept)), customer, level)


def offered(request: HttpRequest) -> dict[str, Any] | None:
    """The offer to load another system's levels, on the first page of a new company."""
    user = request.user
    if not user.is_authenticated or not (may(user, Permit.GRADE) and may(user, Permit.IMPORT)):
        return None
    first = Run.objects.order_by("pk").values_list("created", flat=True).first()
    new = first is not None and timezone.now() - first < NEW
    if not new or Study.objects.filter(kind=Study.Kind.RIVAL).exists():
        return None
    return {}


def ahead_of(study: Study) -> int:
    """How many studies and runs that were asked for earlier are not done yet."""
    waiting = Study.Status.QUEUED, Study.Status.RUNNING
    studies = Study.objects.filter(status__in=waiting, created__lt=study.created)
    return studies.count() + grading.busy().filter(created__lt=study.created).count()


def example_of_experiment() -> list[list[Any]]:
    """Rows of a table of an experiment with the first few customers, for people to see the form."""
    codes = Customer.objects.order_by("code").values_list("code", flat=True)[:EXAMPLES]
    today, groups = timezone.localdate(), ("treated", "holdout")
    rows = [[code, groups[place % 2], today] for place, code in enumerate(codes)]
    return [["customer_id", "group", "date"], *rows]


@dataclass(frozen=True)
class Card:
    """A scheme with its newest scorecard and sensitivity."""

    scheme: Scheme
    study: Study | None
    sensitivity: Study | None

    @property
    def criteria(self) -> list[dict[str, Any]]:
        """The four criteria, with their verdicts; empty without a scorecard."""
        found: list[dict[str, Any]] = self.study.answer.get("criteria", []) if self.study else []
        return found

    @property
    def weighted(self) -> bool:
        """Whether it has weights."""
        current = self.scheme.current
        return bool(current and presentation(current.method).weights)


def cards() -> list[Card]:
    """Every scheme with its newest scorecard."""
    return [
        Card(scheme, scores.get(scheme.pk), weights.get(scheme.pk))
        for scores, weights in [(_by_scheme("scorecard"), _by_scheme("sensitivity"))]
        for scheme in grading.published()
    ]


def _by_scheme(kind: str) -> dict[int, Study]:
    newest = (
        Study.objects.filter(kind=kind, scheme__isnull=False)
        .order_by("scheme_id", "-created", "-id")
        .distinct("scheme_id")
        .select_related("scheme__current", "by")
    )
    return {study.scheme_id: study for study in newest if study.scheme_id}


def judged(study: Study) -> Run | None:
    """The run that a study judges; None where it is gone, or the study is of none."""
    return Run.objects.select_related("version").filter(pk=study.asked.get("run")).first()


def runs_asked_about() -> set[int]:
    """The ids of the runs that studies are about."""
    asked = Study.objects.values_list("asked", flat=True)
    found = {one.get(name) for one in asked for name in ABOUT_RUNS}
    return {run for run in found if isinstance(run, int)}
