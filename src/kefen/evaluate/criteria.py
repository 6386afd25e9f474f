"""The four criteria of a scorecard, each as findings by named limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.evaluate.contactability import reach
from kefen.evaluate.findings import (
    LANGUAGES,
    Figure,
    Finding,
    Limits,
    length,
    listed,
    shown,
    worst,
)
from kefen.indicators import definition
from kefen.wording import sentence

if TYPE_CHECKING:
    from datetime import date

    from kefen.evaluate.backtest_result import Track
    from kefen.evaluate.bootstrap import Estimate
    from kefen.evaluate.experiments import Experiment
    from kefen.evaluate.findings import Verdict
    from kefen.run import Frame, Run
    from kefen.schemes import Scheme

FEW: Final = 30
"""A class with fewer customers says little about itself: the rule of thumb for means."""
THIN: Final = 0.01
"""A class with less of the customers and of the money than this is not worth its upkeep."""
BULKY: Final = 0.85
"""A class with more of the customers than this tells hardly anyone apart."""
_AUSTIN: Final = "Austin (2009): 0.1; Imbens & Rubin (2015): 0.25"
_COHEN: Final = "Cohen (1988): 0.01 small, 0.06 medium, 0.14 large"

LIMITS: Final = {
    "coverage": Limits("coverage", 0.9, 0.7),
    "missing": Limits("most_missing", 0.05, 0.2, "lower"),
    "age": Limits("data_age", 31, 92, "lower"),
    "size": Limits("odd_classes", 0, 1, "lower"),
    "owner": Limits("with_owner", 0.9, 0.7),
    "channel": Limits("with_channel", 0.8, 0.5),
    "consent": Limits("with_consent", 0.5, 0.2),
    "effect": Limits("epsilon", 0.06, 0.01, source=_COHEN),
    "distinct": Limits("distinct", 1.0, 0.5),
    "uplift": Limits("uplift_p", 0.05, 0.2, "lower"),
    "groups": Limits("smaller_group", 0.3, 0.0),
    "balance": Limits("past_difference", 0.1, 0.25, "lower", source=_AUSTIN),
}
"""From where on a figure is good or fair; without a source the limit is our own."""


def measurable(run: Run, rows: Frame) -> list[Finding]:
    """Can it be told for everyone, from complete and fresh facts?"""
    everyone = run.customers
    rated = sum(count["customers"] for count in run.counts if count["class"] is not None)
    coverage = rated / everyone if everyone else None
    covered = Finding(
        "scorecard-coverage",
        LIMITS["coverage"].of(coverage),
        (
            Figure("customers", everyone, "count"),
            Figure("rated", rated, "count"),
            Figure("coverage", coverage, "percent"),
        ),
        (LIMITS["coverage"],),
        "measurable",
    )
    return [covered, _missing(run, rows), _age(run)]


def _missing(run: Run, rows: Frame) -> Finding:
    """The indicators that are empty for the rated; the unrated lack something by definition."""
    requests = {request.column: request for request in run.scheme.requests()}
    known = [column for column in rows.columns if column in requests]
    rated = rows.lazy().filter(pl.col("class").is_not_null())
    counts = rated.select(pl.len().alias("_n"), *(pl.col(c).null_count() for c in known)).collect()
    [row] = counts.to_dicts()
    shares = {c: row[c] / row["_n"] for c in known} if row["_n"] else {}
    most = max(shares, key=lambda column: shares[column], default=None)
    share = shares[most] if most is not None else None
    labels = {column: _label(requests[column]) for column in known}
    verdict = LIMITS["missing"].of(share)
    if verdict == "poor" and run.scheme.presentation.uses_missing:
        verdict = "fair"  # a rule may ask for what is missing
    return Finding(
        "scorecard-missing",
        verdict,
        (Figure("most_missing", share, "percent"), Figure("indicators", len(known), "count")),
        (LIMITS["missing"],),
        "measurable",
        {"column": labels[most] if most is not None else {"zh": "–", "en": "–"}},
        tuple({"column": c, "label": labels[c], "missing": shares.get(c)} for c in known),
    )


def _label(request: Any) -> dict[str, str]:
    label = definition(request).label
    return {lang: label.get(lang, request.indicator) for lang in LANGUAGES}


def _age(run: Run) -> Finding:
    """Days of facts the run has not seen, or days from the last sale to the as-of date."""
    span = run.ledger.span() if run.ledger is not None else None
    behind = bool(span and span[1] >= run.as_of)
    age = None
    if span:
        # The as-of date itself does not count: sales of it are a day more.
        age = (span[1] - run.as_of).days + 1 if behind else (run.as_of - span[1]).days
    version = run.ledger.version if run.ledger is not None else run.ledger_version
    code = "scorecard-stale" if behind else "scorecard-age"
    return Finding(
        code,
        LIMITS["age"].of(age),
        (
            Figure("data_age", age, "days"),
            Figure("last_sale", span[1].isoformat() if span else None, "text"),
            Figure("versions_behind", version - run.ledger_version, "count"),
        ),
        (LIMITS["age"],),
        "measurable",
        {"as_of": run.as_of.isoformat()},
    )


def substantial(run: Run) -> list[Finding]:
    """Is every class worth having, and none of them everyone?"""
    titles = {part.key: part.title for part in run.scheme.classes}
    rows: list[dict[str, Any]] = []
    for count in run.counts:
        key = count["class"]
        if key is None:
            continue
        customers, value = count["customers"], float(count["value"])
        share, money = count["share_of_customers"], count["share_of_value"]
        flag = _flag(customers, share, money)
        rows.append(
            {
                "class": key,
                "title": {"zh": titles[key].zh, "en": titles[key].en},
                "customers": customers,
                "share_of_customers": share,
                "value": value,
                "share_of_value": money,
                "mean": value / customers if customers else None,
                "flag": flag,
            }
        )
    odd = [row for row in rows if row["flag"]]
    verdict: Verdict = (
        LIMITS["size"].of(len(odd)) if any(r["customers"] for r in rows) else "unknown"
    )
    sizes = [row["share_of_customers"] for row in rows]
    return [
        Finding(
            "scorecard-size",
            verdict,
            (
                Figure("odd_classes", len(odd), "count"),
                Figure("classes", len(rows), "count"),
                Figure("smallest", min(sizes, default=None), "percent"),
                Figure("largest", max(sizes, default=None), "percent"),
            ),
            (LIMITS["size"],),
            "substantial",
            {"odd": {lang: listed((_flagged(r, lang) for r in odd), lang) for lang in LANGUAGES}},
            tuple(rows),
        )
    ]


def _flag(customers: int, share: float, money: float) -> str | None:
    if not customers:
        return "empty"
    if share > BULKY:
        return "large"
    if customers < FEW:
        return "few"
    return "thin" if share < THIN and money < THIN else None


def _flagged(row: dict[str, Any], lang: str) -> str:
    flag = sentence(f"scorecard-flag-{row['flag']}", {}, lang)
    return f"{row['title'][lang]}（{flag}）" if lang == "zh" else f"{row['title'][lang]} ({flag})"


def reachable(run: Run, rows: Frame) -> list[Finding]:
    """Is there someone who cares, a way to reach them, and leave to do so?"""
    found = reach(run, rows)
    made = []
    for name, figure in (
        ("owner", "with_owner"),
        ("channel", "with_channel"),
        ("consent", "with_consent"),
    ):
        share = found.share(name)
        top = found.share(name, run.scheme.keys()[0])
        limits = LIMITS[name]
        known = [value for value in (share, top) if value is not None]
        made.append(
            Finding(
                f"scorecard-{name}",
                worst(limits.of(value) for value in known),
                (Figure(figure, share, "percent"), Figure("in_top", top, "percent")),
                (limits,),
                "reachable",
                {"attribute": found.consent or "–"},
                found.rows(name),
            )
        )
    return made


def responding(
    scheme: Scheme,
    track: Track | None,
    result: Experiment | None,
    day: date | None,
    horizon: str,
) -> list[Finding]:
    """Did the classes go on to do different things, and do they respond differently?"""
    facts = {
        "date": day.isoformat() if day else "–",
        "horizon": {lang: length(horizon, lang) for lang in LANGUAGES},
    }
    if track and track.failed:
        failed = track.failed
        facts["reason"] = {
            lang: sentence(failed["code"], failed["data"], lang) for lang in LANGUAGES
        }
    return [
        _differ(track, facts),
        _distinct(scheme, track, facts),
        *(tried(scheme, result) if result is not None else []),
    ]


def tried(scheme: Scheme, result: Experiment) -> list[Finding]:
    """What an experiment says: who is not in the run, uplift, and how the groups compare."""
    unknown = [_strangers(result)] if result.unknown else []
    return [*unknown, _uplift(scheme, result), *_groups(scheme, result)]


def worked(result: Experiment) -> Finding:
    """What an experiment says of treating as such, over all classes.

    It is good or poor where the interval is on one side of zero, and fair where it holds zero.
    """
    whole = result.whole
    found = whole.uplift if whole else None
    sure = found is not None and found.low is not None and found.high is not None
    verdict: Verdict = "unknown"
    if found is not None and sure:
        verdict = "good" if (found.low or 0) > 0 else "poor" if (found.high or 0) < 0 else "fair"
    figures = (
        Figure("whole_uplift", found.value, "money", found.low, found.high)
        if found
        else Figure("whole_uplift", None, "money"),
        Figure("mean_treated", whole.mean_treated if whole else None, "money"),
        Figure("mean_held_out", whole.mean_holdout if whole else None, "money"),
    )
    return Finding("experiment-worked", verdict, figures)


def _strangers(result: Experiment) -> Finding:
    """Customers of the experiment whom the run does not know: they count nowhere."""
    known = sum(one.treated + one.holdout for one in result.uplifts)
    figures = (
        Figure("not_in_run", result.unknown, "count"),
        Figure("in_table", known + result.unknown, "count"),
    )
    ids = ", ".join(result.unknown_ids) + (" …" if result.unknown > len(result.unknown_ids) else "")
    return Finding("scorecard-strangers", "unknown", figures, (), "responding", {"ids": ids})


def _groups(scheme: Scheme, result: Experiment) -> list[Finding]:
    """How the groups compare in size and in what they were worth before."""
    whole = result.balance
    if whole is None:
        return []
    sizes = Finding(
        "scorecard-groups",
        LIMITS["groups"].of(whole.smaller) if whole.smaller else "unknown",
        (
            Figure("treated", whole.treated, "count"),
            Figure("held_out", whole.holdout, "count"),
            Figure("in_experiment", whole.treated + whole.holdout, "count"),
            Figure("smaller_group", whole.smaller, "percent"),
            Figure("wider", whole.wider),
        ),
        (LIMITS["groups"],),
        "responding",
    )
    apart = None if whole.difference is None else abs(whole.difference)
    label = dict(scheme.definition(scheme.value).label)
    past = Finding(
        "scorecard-balance",
        LIMITS["balance"].of(apart),
        (
            Figure("past_treated", whole.past_treated, "money"),
            Figure("past_held_out", whole.past_holdout, "money"),
            Figure("past_difference", apart),
        ),
        (LIMITS["balance"],),
        "responding",
        {"measure": label},
        tuple(
            {"class": one.class_, **one.balance.to_dict()}
            for one in result.uplifts
            if one.balance is not None
        ),
    )
    return [sizes, past]


def _differ(track: Track | None, facts: dict[str, Any]) -> Finding:
    effect = track.effect if track else None
    epsilon = effect.epsilon if effect else None
    sure = None
    if epsilon is not None:
        sure = epsilon.value if epsilon.low is None else epsilon.low
    return Finding(
        "scorecard-effect",
        LIMITS["effect"].of(sure),
        (
            Figure("epsilon", epsilon.value, "number", epsilon.low, epsilon.high)
            if epsilon
            else Figure("epsilon", None),
            Figure("h", effect.h if effect else None),
            Figure("h_p", effect.p if effect else None),
        ),
        (LIMITS["effect"],),
        "responding",
        facts,
        tuple(one.to_dict() for one in track.classes) if track else (),
        _lack(track),
    )


def _lack(track: Track | None) -> str:
    """Why nothing can be said of what the classes went on to do."""
    if track is None:
        return "scorecard-lacks-past"
    if track.failed:
        return "scorecard-lacks-run"
    if track.cost_known == 0:
        return "scorecard-lacks-cost"
    held = [one for one in track.classes if one.index and one.customers]
    if len(held) < 2:
        return "scorecard-lacks-classes"
    return "scorecard-lacks-sales"


def _distinct(scheme: Scheme, track: Track | None, facts: dict[str, Any]) -> Finding:
    steps = track.steps if track else ()
    share = sum(step["distinct"] for step in steps) / len(steps) if steps else None
    blurred = [step for step in steps if not step["distinct"]]
    told = {
        lang: listed(
            (
                f"{scheme.class_(s['from']).title.of(lang)} / "
                f"{scheme.class_(s['to']).title.of(lang)}"
                for s in blurred
            ),
            lang,
        )
        for lang in LANGUAGES
    }
    return Finding(
        "scorecard-distinct",
        LIMITS["distinct"].of(share),
        (Figure("distinct", share, "percent"), Figure("pairs", len(steps), "count")),
        (LIMITS["distinct"],),
        "responding",
        facts | {"blurred": told},
        tuple(
            {k: v.to_dict() if hasattr(v, "to_dict") else v for k, v in step.items()}
            for step in steps
        ),
        _lack(track),
    )


def _doubt(uplift: Estimate | None, lang: str) -> str:
    """What to say where an uplift may as well be none; nothing where it is sure."""
    sure = uplift and uplift.low is not None and uplift.high is not None
    if uplift is None or (sure and (uplift.low or 0) * (uplift.high or 0) > 0):
        return ""
    return sentence("scorecard-uplift-doubt" if sure else "scorecard-uplift-alone", {}, lang)


def _uplift(scheme: Scheme, result: Experiment) -> Finding:
    rated = [one for one in result.uplifts if one.rated]
    known = [one for one in rated if one.uplift.value is not None]
    best = max(known, key=lambda one: one.uplift.value or 0.0, default=None)
    title = scheme.class_(best.class_).title if best and best.class_ else None
    return Finding(
        "scorecard-uplift",
        LIMITS["uplift"].of(result.p),
        (
            Figure("uplift_p", result.p),
            Figure("uplift_q", result.q),
            Figure("best_uplift", best.uplift.value, "money", best.uplift.low, best.uplift.high)
            if best
            else Figure("best_uplift", None),
            Figure("in_experiment", sum(o.treated + o.holdout for o in result.uplifts), "count"),
        ),
        (LIMITS["uplift"],),
        "responding",
        {
            "class": {"zh": title.zh, "en": title.en} if title else {"zh": "–", "en": "–"},
            "every": shown(result.every, "money"),
            "doubt": {lang: _doubt(best.uplift if best else None, lang) for lang in LANGUAGES},
        },
        tuple(one.to_dict() | {"told": shown(one.uplift.value, "money")} for one in rated),
        f"scorecard-uplift-{result.lacks}" if result.lacks else "",
    )
