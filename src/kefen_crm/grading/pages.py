"""What the pages of a scheme and of a run show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.gateway import KefenError, retention, say_reason
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.gateway.words import words
from kefen_crm.grading import pictures, queries
from kefen_crm.grading.due_dates import next_due
from kefen_crm.grading.freshness import freshness
from kefen_crm.grading.models import Run, in_language
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import QueryDict

    from kefen_crm.gateway.words import Words
    from kefen_crm.grading.models import Scheme
    from kefen_crm.grading.queries import Tally
    from kefen_crm.team.models import User

RUNS = 20


def scheme(user: User, found: Scheme) -> dict[str, Any]:
    """A scheme: its words, classes, pictures, runs and versions."""
    standing = next(one for one in queries.standings(user) if one.scheme.pk == found.pk)
    whole = may(user, Permit.SEE_ALL_CUSTOMERS)
    read = _words(found, standing.run)
    history = list(queries.history(found)[: RUNS + 1])
    return {
        "scheme": found,
        "standing": standing,
        "whole": whole,
        "words": read,
        "rows": _rows(read, standing.tallies),
        "pictures": pictures.suited(standing.run) if whole and standing.run else [],
        "runs": history[:RUNS],
        "more_runs": len(history) > RUNS,
        "drafts": queries.drafts(found) if may(user, Permit.GRADE) else [],
        "by_hand": queries.by_hand(user, found),
        "schedule": found.appointed,
        "due": next_due(found.appointed, timezone.now()) if found.appointed else None,
        "failure": say_reason(standing.failed.reason) if standing.failed else "",
    }


def _words(found: Scheme, in_force: Run | None) -> Words:
    """The current wording; with the numbers of the run in force if that is of this version."""
    assert found.current is not None
    document = found.current.document
    if in_force is None or in_force.version_id != found.current_id:
        return words(document)
    try:
        return words(document, in_force.engine_id)
    except KefenError:
        return words(document)


def wording(document: dict[str, Any]) -> Words | None:
    """A document in words; None when it cannot be read any more."""
    try:
        return words(document)
    except KefenError:
        return None


def _rows(read: Words, tallies: list[Tally]) -> list[dict[str, Any]]:
    """Each class with its rule and its count; without a run the rules alone."""
    rules = {rule.key: rule for rule in read.rules}
    if not tallies:
        return [
            {"rule": rule, "tally": None, "title": rule.title, "number": rule.number}
            for rule in read.rules
        ]
    return [
        {"rule": rules.get(one.key), "tally": one, "title": one.title, "number": one.number}
        for one in tallies
    ]


def run(found: Run, params: QueryDict) -> dict[str, Any]:
    """A run: its pictures, what it is compared with, and the filter of its table."""
    context: dict[str, Any] = {
        "run": found,
        "scheme": found.scheme,
        "reason": say_reason(found.reason),
        "chosen": _chosen(found, params),
    }
    if found.status != Run.Status.FINISHED:
        return context
    now = queries.in_force(found.scheme)
    in_force = now is not None and now.pk == found.pk
    if in_force and not found.shadow:
        context["fresh"] = freshness(found.scheme, found, newest_version())
    others = queries.comparable(found)
    since = next((one for one in others if str(one.pk) == params.get("since")), None)
    before = since or (others[0] if others else None)
    if since:
        retention.compared(since.engine_id, found.engine_id)
    context |= {
        "standing": queries.Standing(found.scheme, found, found, queries.tallies(found)),
        "others": others,
        "in_force": in_force,
        "before": before,
        "moves": moves(before, found),
    }
    try:
        context["pictures"] = pictures.suited(found)
    except KefenError as error:
        context["missing"] = say_reason({"code": error.code, "data": error.data})
    return context


def moves(before: Run | None, after: Run) -> dict[str, Any]:
    """The sentences that say who moved, and the matrix, from class to class."""
    if before is None:
        return {}
    try:
        drawn = pictures.migration(before, after)
    except KefenError:
        return {}
    return {"told": in_language(drawn["told"]), "matrix": _matrix(drawn)}


def _matrix(drawn: dict[str, Any]) -> dict[str, Any]:
    """The migration as a table: a row for each class before, a column for each class after."""
    links = {(link["from"], link["to"]): link for link in drawn["links"]}
    kinds = [one | {"title": in_language(one["title"])} for one in drawn["classes"]]
    starts = [one for one in kinds if any(one["key"] == start for start, _end in links)]
    ends = [one for one in kinds if any(one["key"] == end for _start, end in links)]
    most = max((link["customers"] for (s, e), link in links.items() if s != e), default=1)
    rows = [
        {
            "start": start,
            "cells": [
                _cell(links.get((start["key"], end["key"])), start["key"] == end["key"], most)
                for end in ends
            ],
        }
        for start in starts
    ]
    return {"ends": ends, "rows": rows}


def _cell(link: dict[str, Any] | None, same: bool, most: int) -> dict[str, Any]:
    """One cell; `heat` is 1 to 5 for those who moved, by how many they are."""
    if link is None:
        return {"customers": 0}
    change = link["value_to"] - link["value_from"]
    heat = 0 if same else 1 + round(4 * link["customers"] / most)
    return link | {"same": same, "heat": heat, "change": change}


def side_title(run: Run, key: str) -> str:
    """The title of a class of a comparison; "" is any."""
    beside = {key: str(title) for key, title in queries.BESIDE}
    others = {"": _("any class"), **beside, "absent": _("not there")}
    titles = {one.key: one.title for one in run.version.classes}
    return titles.get(key) or others.get(key, key)


def _chosen(found: Run, params: QueryDict) -> str:
    """What the table is narrowed to, in words."""
    for name in ("class", "cell", "score"):
        value = params.get(name, "").rpartition(":")[2]
        if value and name == "class":
            return next((one.title for one in found.version.classes if one.key == value), value)
        if value:
            return value.upper()
    return ""
