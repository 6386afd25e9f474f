"""Whether the classification is any good: what the engine's evaluation tells, as plain data.

Each answer is `{"told": …, "pictures": {name: …}}`: words in both languages, and pictures as
`charts.js` draws them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from kefen import demo, evaluate, pictures, predict
from kefen.errors import RunError
from kefen.evaluate import assignment
from kefen.evaluate.calibration import Bin, Calibration
from kefen.evaluate.criteria import tried, worked
from kefen.evaluate.ledger_as_of import Past
from kefen.indicators import catalogue
from kefen.run import grade_many, open_run
from kefen.run.source import day_of
from kefen_crm.gateway.ledger import opened
from kefen_crm.gateway.uplift import table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import polars as pl

    from kefen.evaluate import Backtest
    from kefen.ledger import Ledger
    from kefen.predict.churn import Evaluation, Reason
    from kefen.run import Progress
    from kefen.schemes import Scheme
    from kefen.schemes.parts import Words

Answer = dict[str, Any]


def readiness(attention: int) -> Answer:
    """Whether classifying these customers makes sense; RunError `nothing-sold`."""
    with opened() as ledger:
        found = evaluate.readiness(ledger, span_of_attention=attention)
        return {"told": found.to_dict(), "pictures": {"lorenz": pictures.lorenz(found)}}


def backtest(
    documents: Sequence[dict[str, Any]],
    tell: Callable[[Progress], object],
    **asked: Any,
) -> Answer:
    """Schemes on past dates; `asked` as `kefen.backtest` takes it, with its errors."""
    with opened() as ledger:
        found = evaluate.backtest(ledger, list(documents), progress=tell, **asked)
    return {"told": found.to_dict(), "pictures": pictures_of_backtest(found)}


def scorecard(
    run: str,
    horizon: str,
    *,
    invented: bool = False,
    past: tuple[pl.DataFrame, date, int] | None = None,
) -> Answer:
    """A run by the four criteria.

    Args:
        run: the run's id.
        horizon: how far ahead responses are looked at.
        invented: with the demo company's experiment.
        past: an experiment: `customer_id` and `treated`, the day it began, and in how many days
            sales counted. It is told by the classes that the scheme gives on that day.
    """
    with opened() as ledger:
        judged = open_run(ledger, run)
        table: Any = demo.trial(ledger, day_of(ledger, None)) if invented else None
        if past is not None:
            table = _by_classes_then(ledger, judged.scheme, *past)
        found = evaluate.scorecard(judged, horizon=horizon, experiment=table)
    drawn = pictures_of_backtest(found.backtest) if found.backtest else {}
    if found.experiment is not None:
        drawn[f"uplift-{judged.scheme.name}"] = pictures.uplift(found.experiment, judged.scheme)
    return {"told": found.to_dict(), "pictures": drawn}


def _by_classes_then(
    ledger: Ledger, scheme: Scheme, rows: pl.DataFrame, began: date, days: int
) -> evaluate.Experiment | None:
    """What an experiment changed by the classes of the day it began; None where nobody had one."""
    then = Past(ledger, began)
    try:
        [run] = grade_many(then, [scheme], as_of=began)
        if run.status != "finished":
            return None
        rows = table(rows, began)
        return evaluate.experiment(run, rows, horizon=f"{days}d", ledger=ledger)
    except RunError as error:
        if error.code not in ("experiment-unknown", "experiment-open"):
            raise
        return None
    finally:
        then.close()


def look_at_experiment(path: Path, since: date | None) -> Answer:
    """What the table of an experiment holds; RunError `experiment-…` when it is none."""
    rows = assignment.read(path, since)
    return {"customers": rows.height, "measured": "outcome" not in rows.columns}


def experiment(path: Path, document: dict[str, Any], horizon: str, since: date | None) -> Answer:
    """What an experiment changed in each class, by the classes of the day it began.

    A table of outcomes says no such day; then the classes are those of today.
    """
    rows = assignment.read(path, since)
    with opened() as ledger:
        began = rows["date"].min() if "date" in rows.columns else None
        day = day_of(ledger, began if isinstance(began, date) else None)
        past = Past(ledger, day)
        try:
            [run] = grade_many(past, [document], as_of=day)
            if run.status != "finished":
                raise RunError((run.reason or {})["code"], **(run.reason or {})["data"])
            found = evaluate.experiment(run, path, horizon=horizon, since=since, ledger=ledger)
            scheme = run.scheme
        finally:
            past.close()
    titles: dict[str | None, Words] = {part.key: part.title for part in scheme.classes}
    told = found.to_dict() | {
        "as_of": day.isoformat(),
        "findings": [one.to_dict() for one in (worked(found), *tried(scheme, found))],
        "classes": [
            one.to_dict()
            | {"title": titles[one.class_].model_dump() if one.class_ in titles else None}
            for one in found.uplifts
        ],
    }
    return {"told": told, "pictures": {"uplift": pictures.uplift(found, scheme)}}


def agreement(before: str, after: str) -> Answer:
    """How far two runs agree."""
    with opened() as ledger:
        found = evaluate.agreement(open_run(ledger, before), open_run(ledger, after))
        return {"told": found.to_dict(), "pictures": {"overlap": pictures.overlap(found)}}


def audit(
    document: dict[str, Any],
    run: str | None,
    hours: dict[str, str],
    hourly: str,
    tell: Callable[[Progress], object],
) -> Answer:
    """A wording before it is published, against the run in force where there is one."""
    with opened() as ledger:
        against = open_run(ledger, run) if run else None
        found = evaluate.audit(ledger, document, against, hours=hours, hourly=hourly, progress=tell)
    return {"told": found.to_dict(), "pictures": {}}


def sensitivity(run: str) -> Answer:
    """How much each weight of a run matters."""
    with opened() as ledger:
        found = evaluate.sensitivity(open_run(ledger, run))
        return {"told": found.to_dict(), "pictures": {"sensitivity": pictures.sensitivity(found)}}


def churn(horizon: str) -> Answer:
    """Who may leave, with reasons, and how far the model that says so can be trusted."""
    with opened() as ledger:
        as_of = day_of(ledger, None)
        model, listed = predict.at_risk(ledger, as_of, horizon)
    found = model.evaluation
    told = {
        "as_of": as_of.isoformat(),
        "horizon": horizon,
        "learned_on": [day.isoformat() for day in model.learned_on],
        "evaluation": {
            "day": found.day.isoformat(),
            "customers": found.customers,
            "left": found.left,
            "auc": found.auc,
            "brier": found.brier,
            "brier_of_average": found.brier_of_average,
        },
        "customers": [
            {
                "customer": one.customer_id,
                "name": one.name,
                "probability": one.probability,
                "sales": one.sales,
                "at_risk": one.at_risk,
                "reasons": [_reason(reason) for reason in one.reasons],
            }
            for one in listed
        ],
    }
    return {"told": told, "pictures": {"calibration": pictures.calibration(_calibration(found))}}


def _reason(found: Reason) -> dict[str, Any]:
    indicator = catalogue()[found.indicator]
    return {
        "indicator": found.indicator,
        "window": found.window,
        "label": dict(indicator.label),
        "unit": indicator.unit,
        "value": found.value,
        "typical": found.typical,
        "effect": found.effect,
    }


def _calibration(found: Evaluation) -> Calibration:
    bins = tuple(
        Bin(int(one["customers"]), one["predicted"], one["observed"]) for one in found.calibration
    )
    mean = sum(one.predicted * one.customers for one in bins) / found.customers
    return Calibration("churn_probability", "left", found.customers, bins, mean, found.left)


def pictures_of_backtest(found: Backtest) -> dict[str, Any]:
    """All schemes together, then what the classes of each did, then its predictions."""
    drawn = {"gains": pictures.gains(found)}
    if len(found.dates) > 1:
        drawn["ginis"] = pictures.ginis(found)
    for track in found.tracks:
        if track.failed:
            continue
        name = track.scheme.name
        drawn[f"outcomes-{name}"] = pictures.outcomes(found, name)
        for number, calibration in enumerate(track.calibrations):
            drawn[f"calibration-{number}-{name}"] = pictures.calibration(calibration)
    return drawn
