"""Work in the background, as people follow it: how far it is, how it ended, and why it failed.

A model of such work inherits `Job`. The worker's clock ends what has lost its place in the queue,
because it kept killing its worker, whichever app it belongs to.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kefen_crm.gateway import KefenError
from kefen_crm.gateway.reading import storable
from kefen_crm.platform.events import record
from kefen_crm.platform.queue import state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.db.models import QuerySet

logger = logging.getLogger(__name__)

LOST = "worker-lost"


class JobStatus(models.TextChoices):
    """How far work is that has no stations of its own."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")


class Job(models.Model):
    """Work that a background job does; the subclass has the `status`.

    Attributes:
        BUSY: the statuses in which a background job has it, or will.
        BROKEN: the reason's code when it failed for what nobody foresaw.
        progress: how far it is: `stage`, `done`, `total` and what else the work tells.
        reason: why it failed: `code` and `data`, worded as errors are, and the `stage` of then.
    """

    BUSY: ClassVar[frozenset[str]] = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})
    BROKEN: ClassVar[str] = "run-broken"

    progress = models.JSONField(default=dict, blank=True)
    reason = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    finished = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def busy(self) -> bool:
        """Whether it waits or is at work."""
        return self.status in self.BUSY  # type: ignore[attr-defined]

    def place_in_queue(self) -> tuple[str, dict[str, Any]]:
        """The name of the task that does it now, and what tells its job from others."""
        raise NotImplementedError

    def status_after_failure(self) -> str:
        """What it is when the work failed."""
        return JobStatus.FAILED


AnyJob = TypeVar("AnyJob", bound=Job)


def busy(model: type[AnyJob]) -> QuerySet[AnyJob]:
    """The work of a model that waits or is being done, in the order in which it was asked for."""
    found: QuerySet[AnyJob] = model._default_manager.filter(status__in=model.BUSY)  # noqa: SLF001
    return found.order_by("pk")


@transaction.atomic
def fail(model: type[Job], keys: Sequence[int], code: str, data: Mapping[str, Any]) -> None:
    """Fail work that is still waiting or being done; what has just ended stays as it is.

    The event of it is of the model's name, such as `run.failed`.
    """
    for one in busy(model).select_for_update(of=("self",)).filter(pk__in=keys):
        stage = one.status  # type: ignore[attr-defined]
        one.reason = reason(code, data, stage)
        one.status = one.status_after_failure()  # type: ignore[attr-defined]
        one.progress, one.finished = {}, timezone.now()
        one.save()
        verb = f"{model._meta.model_name}.failed"  # noqa: SLF001  # Django's public name for it
        record(None, verb, one, after={"code": code, "stage": stage})


def reason(code: str, data: Mapping[str, Any], stage: str = "") -> dict[str, Any]:
    """Why something failed, as a job keeps it; what JSON has no form for is text."""
    return {"code": code, "data": storable(dict(data)), "stage": stage}


@contextmanager
def failing(model: type[Job], keys: Sequence[int]) -> Iterator[None]:
    """Work on jobs, whatever goes wrong being written down; what nobody foresaw goes on up."""
    try:
        yield
    except KefenError as error:
        logger.warning("%s %s: %s", model._meta.label, list(keys), error)  # noqa: SLF001
        fail(model, keys, error.code, error.data)
    except Exception as error:
        fail(model, keys, model.BROKEN, {"error": repr(error)})
        raise


def fail_orphans(model: type[Job] | None = None) -> None:
    """Fail the work whose job is no more, of one model or of all."""
    models_of_jobs = [model] if model else [m for m in apps.get_models() if issubclass(m, Job)]
    for one in models_of_jobs:
        # The status is set before a job ends: `fail` leaves alone what has just ended.
        lost = [work.pk for work in busy(one) if _is_orphan(work)]
        if lost:
            fail(one, lost, LOST, {})


def _is_orphan(work: Job) -> bool:
    task, arguments = work.place_in_queue()
    return state(task, **arguments) is None
