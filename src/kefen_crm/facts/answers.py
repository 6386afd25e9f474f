"""What a write is answered: kept as codes with their data, said in the language of who reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from kefen_crm.facts.api.batches import Landed, counts, rejection
from kefen_crm.gateway import API, KefenError, say, say_reason
from kefen_crm.platform.api.handlers import problem_of
from kefen_crm.platform.api.problems import TITLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.facts.models import FactWrite

SERVER_ERROR = 500


def landed(
    batch: Any,
    rejections: Sequence[Any] = (),
    ignored: Sequence[str] = (),
    runs: Sequence[int] = (),
    notices: Sequence[Any] = (),
) -> dict[str, Any]:
    """What is kept of a write that landed."""
    refused = [rejection(one) for one in rejections]
    told = Landed(**counts(batch), rejections=refused, ignored=list(ignored), runs=list(runs))
    answer = told.model_dump(mode="json")
    answer["notices"] = [_reason(one) for one in (*batch.notices, *notices)]
    for said, entry in zip(answer["rejections"], rejections, strict=True):
        said["reasons"] = [_reason(one) for one in (entry, *entry.also)]
    return answer


def refused(error: Exception) -> tuple[int, dict[str, Any]]:
    """The status of a write that was refused, and what is kept of it."""
    problem = problem_of(error)
    answer = json.loads(problem.content)
    if isinstance(error, KefenError) and problem.status_code < SERVER_ERROR:
        answer["reason"] = _reason(error)
    return problem.status_code, answer


def said(write: FactWrite) -> Any:
    """The answer to a write in the language of this request; None while there is none."""
    if write.answer is None:
        return None
    answer: dict[str, Any] = dict(write.answer)
    if "status" in answer and isinstance(answer["status"], int):
        return _problem(answer)
    answer["notices"] = [
        say_reason(one) if isinstance(one, dict) else one for one in answer.get("notices", ())
    ]
    answer["rejections"] = [_rejection(one) for one in answer.get("rejections", ())]
    return answer


def _rejection(entry: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in entry.items() if name != "reasons"}
    if reasons := entry.get("reasons"):
        plain["detail"] = " ".join(map(say_reason, reasons))
    return plain


def _problem(answer: dict[str, Any]) -> dict[str, Any]:
    reason = answer.pop("reason", None)
    if reason:
        answer["detail"] = say(KefenError(reason["code"], **reason["data"]), API)
    elif answer["code"] == "not-permitted":
        answer["detail"] = json.loads(problem_of(PermissionDenied()).content)["detail"]
    return answer | {"title": _(TITLES.get(answer["status"], answer["title"]))}


def _reason(one: Any) -> dict[str, Any]:
    """The code and the data of a notice, a rejection or an error, as JSON keeps them."""
    return {"code": one.code, "data": json.loads(json.dumps(dict(one.data), default=str))}
