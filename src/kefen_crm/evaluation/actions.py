"""Puts questions to the classification, and answers them in the background."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.evaluation.models import ABOUT_RUNS, ANSWER, Study
from kefen_crm.gateway import KefenError, proving, rival, say
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.grading.actions import publish, request_runs
from kefen_crm.grading.models import Run, Scheme
from kefen_crm.grading.queries import in_force, published
from kefen_crm.platform.facts import announce
from kefen_crm.platform.jobs import busy, fail_orphans, failing
from kefen_crm.platform.queue import enqueue
from kefen_crm.platform.registry import experiments
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.files import File

    from kefen_crm.grading.models import Draft
    from kefen_crm.team.models import User

FOLDER = "experiments"
"""Of the uploads, where tables of experiments are kept."""
DEMO = "demo"
"""The experiment that comes with the demo company."""


def ask_experiment(
    by: User, scheme: Scheme, file: File[bytes], horizon: str, since: date | None
) -> Study:
    """Keep the table of an experiment and queue what it says of a scheme's classes.

    Raises:
        PermissionDenied: unless `by` may grade.
        ValidationError: when the table is none, with the reason in words.
    """
    require(by, Permit.GRADE)
    name = PurePath(file.name or "").name.replace("\x00", "")[-120:] or "experiment.csv"
    suffix = PurePath(name).suffix.lower()
    kept = default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}{suffix}", file)
    try:
        told = proving.look_at_experiment(Path(default_storage.path(kept)), since)
    except KefenError as error:
        default_storage.delete(kept)
        raise ValidationError(say(error).replace(PurePath(kept).name, name)) from error
    asked = {"file": kept, "name": name, "horizon": horizon, **told}
    asked["since"] = since.isoformat() if since else None
    return ask(by, Study.Kind.EXPERIMENT, asked, scheme)


def ask_audit(by: User, draft: Draft, hours: dict[str, str], hourly: str) -> Study:
    """Queue the audit of a draft as it is worded now, against the run in force.

    Raises:
        PermissionDenied: unless `by` may grade.
    """
    require(by, Permit.GRADE)
    run = in_force(draft.scheme)
    asked = {"draft": draft.pk, "document": draft.document, "hours": hours, "hourly": hourly}
    scheme = draft.scheme if draft.scheme.current_id else None
    return ask(by, Study.Kind.AUDIT, asked | ({"run": run.pk} if run else {}), scheme)


def keep_levels(by: User, file: File[bytes]) -> str:
    """Keep the export of another system for a moment; gives where it is kept.

    Raises:
        PermissionDenied: unless `by` may grade and import.
        ValidationError: when it is no table, in words.
    """
    require(by, Permit.GRADE)
    require(by, Permit.IMPORT)
    suffix = PurePath(file.name or "").suffix.lower()
    kept = default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}{suffix}", file)
    try:
        rival.look(Path(default_storage.path(kept)))
    except KefenError as error:
        default_storage.delete(kept)
        name = PurePath(file.name or "").name
        raise ValidationError(say(error).replace(PurePath(kept).name, name)) from error
    return kept


def ask_rival(by: User, kept: str, wanted: dict[str, Any], ours: Run) -> Study:
    """Publish the levels of a kept table as the scheme `theirs`, and queue what they come to.

    Args:
        by: whoever asks.
        kept: as `keep_levels` gave it.
        wanted: the columns `customer` and `level`, `levels`, best first, `horizon`, and the day
            they were `given`, or None.
        ours: the run that they are compared with.

    Raises:
        PermissionDenied: unless `by` may grade and import.
        ValidationError: in words.
    """
    require(by, Permit.GRADE)
    require(by, Permit.IMPORT)
    try:
        document = rival.document(wanted["levels"])
    except KefenError as error:
        raise ValidationError({"levels": say(error)}) from error
    given = wanted.get("given")
    asked = {
        "file": kept,
        "customer": wanted["customer"],
        "level": wanted["level"],
        "levels": wanted["levels"],
        "horizon": wanted["horizon"],
        "given": given.isoformat() if given else None,
        "ours": ours.pk,
    }
    scheme = publish(by, document, _("Levels of another system, loaded to be compared"))
    return ask(by, Study.Kind.RIVAL, asked, scheme)


@transaction.atomic
def ask(
    by: User | None, kind: str, asked: dict[str, Any] | None = None, scheme: Scheme | None = None
) -> Study:
    """Queue a study; the same question that waits already will do.

    Raises:
        PermissionDenied: unless `by` may grade; None is the installation itself.
    """
    if by is not None:
        require(by, Permit.GRADE)
    fail_orphans(Study)
    wanted: dict[str, Any] = {"kind": kind, "asked": asked or {}, "scheme": scheme}
    waiting = Study.objects.filter(status=Study.Status.QUEUED, **wanted).first()
    if waiting:
        return waiting
    study = Study.objects.create(by=by, **wanted)
    enqueue(ANSWER, lock="grading", pk=study.pk)
    return study


def ask_again(by: User, study: Study) -> Study:
    """Queue the question of a study anew, of the runs in force now and on today's facts.

    Raises:
        PermissionDenied: unless `by` may grade.
    """
    require(by, Permit.GRADE)
    asked = study.asked | {
        name: _in_force_now(study.asked[name]) for name in ABOUT_RUNS if name in study.asked
    }
    return ask(by, study.kind, asked, study.scheme)


def _in_force_now(pk: int) -> int:
    """The run in force of the scheme that a run is of; the run itself where there is none."""
    run = Run.objects.select_related("version__scheme").filter(pk=pk).first()
    now = in_force(run.scheme) if run else None
    return now.pk if now else pk


def show() -> None:
    """Queue the studies that a demo begins with; those there already are kept."""
    if Study.objects.exists():
        return
    by_name = {run.scheme.name: run for one in published() if (run := in_force(one))}
    known = [name for name in ("abc", "rfm", "weighted") if name in by_name]
    if not known:
        return
    asked = {"schemes": known, "periods": 2, "every": "3m", "horizon": "3m", "value": "sales"}
    ask(None, Study.Kind.BACKTEST, asked)
    for name in known:
        run = by_name[name]
        judged = {"run": run.pk, "horizon": "3m"} | (
            {"experiment": DEMO} if name == known[0] else {}
        )
        ask(None, Study.Kind.SCORECARD, judged, run.version.scheme)
    ask(None, Study.Kind.READINESS)


def discard(by: User, study: Study) -> None:
    """Throw a study away.

    Raises:
        PermissionDenied: unless `by` may grade.
    """
    require(by, Permit.GRADE)
    kept = study.asked.get("file")
    study.delete()
    if kept and not Study.objects.filter(asked__file=kept).exists():
        default_storage.delete(kept)


def answer(pk: int) -> None:
    """Answer a queued study. It ends `finished`, or `failed` with the reason."""
    study = busy(Study).filter(pk=pk)
    found = study.select_related("scheme__current").first()
    if found is None:
        return
    study.update(status=Study.Status.RUNNING, reason={}, ledger_version=newest_version())

    def tell(done: int, total: int) -> None:
        study.update(progress={"done": done, "total": total})

    with failing(Study, [pk]):
        result = _ANSWERS[Study.Kind(found.kind)](found, tell)
        now = timezone.now()
        study.update(status=Study.Status.FINISHED, finished=now, progress={}, result=result)


def _readiness(study: Study, _tell: Callable[[int, int], object]) -> dict[str, Any]:
    return proving.readiness(int(study.asked.get("attention") or 150))


def _backtest(study: Study, tell: Callable[[int, int], object]) -> dict[str, Any]:
    asked = dict(study.asked)
    names = asked.pop("schemes")
    known = {
        one.name: one.current.document
        for one in Scheme.objects.select_related("current").filter(name__in=names)
        if one.current
    }
    documents = [known[name] for name in names if name in known]
    return proving.backtest(documents, lambda p: tell(p.done, p.total), **asked)


def _scorecard(study: Study, _tell: Callable[[int, int], object]) -> dict[str, Any]:
    """Responding differently is judged by the greatest experiment that is over, where one is."""
    asked = study.asked
    horizon, known = asked.get("horizon", "3m"), experiments()
    if not known:
        invented = asked.get("experiment") == DEMO
        return proving.scorecard(_run(asked["run"]), horizon, invented=invented)
    best = known[0]
    past = best.read(), best.began, best.days
    found = proving.scorecard(_run(asked["run"]), horizon, past=past)
    if found["told"]["experiment"]:
        found["told"]["basis"] |= {"name": best.name, "url": best.url}
    return found


def _agreement(study: Study, _tell: Callable[[int, int], object]) -> dict[str, Any]:
    return proving.agreement(_run(study.asked["before"]), _run(study.asked["after"]))


def _sensitivity(study: Study, _tell: Callable[[int, int], object]) -> dict[str, Any]:
    return proving.sensitivity(_run(study.asked["run"]))


def _experiment(study: Study, _tell: Callable[[int, int], object]) -> dict[str, Any]:
    asked, current = study.asked, study.scheme.current if study.scheme else None
    if current is None:
        raise KefenError("unknown-scheme", name=study.scheme and study.scheme.name, near=[])
    return proving.experiment(
        Path(default_storage.path(asked["file"])),
        current.document,
        asked["horizon"],
        date.fromisoformat(asked["since"]) if asked["since"] else None,
    )


def _audit(study: Study, tell: Callable[[int, int], object]) -> dict[str, Any]:
    asked = study.asked
    run = _run(asked["run"]) if asked.get("run") else None
    return proving.audit(
        asked["document"],
        run,
        asked.get("hours") or {},
        asked.get("hourly") or "0",
        lambda p: tell(p.done, p.total),
    )


def _rival(study: Study, tell: Callable[[int, int], object]) -> dict[str, Any]:
    asked = study.asked
    path = Path(default_storage.path(asked["file"]))
    landed = rival.land(
        path, asked["customer"], asked["level"], study.by.display_name if study.by else ""
    )
    announce(study.by)
    found = rival.compare(
        rival.document(asked["levels"]),
        _run(asked["ours"]),
        asked["horizon"],
        date.fromisoformat(asked["given"]) if asked["given"] else None,
        lambda p: tell(p.done, p.total),
    )
    found["told"] |= landed
    if study.scheme is not None:
        request_runs(study.by, [study.scheme])
    return found


def _churn(study: Study, _tell: Callable[[int, int], object]) -> dict[str, Any]:
    return proving.churn(study.asked.get("horizon", "6m"))


def _run(pk: int) -> str:
    return Run.objects.get(pk=pk).engine_id


_ANSWERS = {
    Study.Kind.READINESS: _readiness,
    Study.Kind.BACKTEST: _backtest,
    Study.Kind.SCORECARD: _scorecard,
    Study.Kind.AGREEMENT: _agreement,
    Study.Kind.SENSITIVITY: _sensitivity,
    Study.Kind.CHURN: _churn,
    Study.Kind.EXPERIMENT: _experiment,
    Study.Kind.AUDIT: _audit,
    Study.Kind.RIVAL: _rival,
}
