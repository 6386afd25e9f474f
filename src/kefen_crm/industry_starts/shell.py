"""Industry starts as whoever runs the installation sees and chooses them from the shell."""

from __future__ import annotations

import os
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import override

from kefen_crm.grading.actions import execute_runs
from kefen_crm.grading.models import Run
from kefen_crm.industry_starts import actions, queries
from kefen_crm.industry_starts.document import start
from kefen_crm.industry_starts.names import NAMES
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

INDUSTRY: Final = "KEFEN_INDUSTRY"
LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}


class Refused(Exception):  # noqa: N818  # told by the face that asked
    """What cannot be done, as a code and its data."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code, self.data = code, data


def listed(lang: str) -> list[dict[str, Any]]:
    """Every start with what it is for, and when it was chosen."""
    with override(LANGUAGES[lang]):
        return [
            {
                "start": one.start.name,
                "title": one.title,
                "description": one.description,
                "chosen": one.chosen.at if one.chosen else None,
            }
            for one in queries.offered()
        ]


def previewed(name: str, lang: str) -> list[dict[str, Any]]:
    """What a start would make now, or made when it was chosen.

    Raises:
        Refused: `cli-unknown-start`.
    """
    with override(LANGUAGES[lang]):
        return [
            {
                "part": step.part,
                "key": step.key,
                "title": step.title,
                "outcome": step.outcome,
                "lines": [line for line in step.lines if line],
            }
            for step in queries.seen(_one(name))
        ]


def applied(name: str, username: str, lang: str) -> list[dict[str, Any]]:
    """Choose a start, by a user or else the first administrator; gives what it made.

    Raises:
        Refused: `cli-unknown-start`, `cli-unknown-user`, `cli-start-refused`.
    """
    _one(name)
    people = User.objects.filter(is_active=True)
    if username:
        by = people.filter(username=username.strip().lower()).first()
    else:
        by = people.filter(role=Role.ADMIN, service=False).order_by("pk").first()
    if by is None:
        raise Refused("cli-unknown-user", name=username or Role.ADMIN.value)
    with override(LANGUAGES[lang]):
        try:
            actions.choose(by, start(name))
        except PermissionDenied:
            raise Refused("cli-start-refused", name=by.username, reason="–") from None
        except ValidationError as error:
            raise Refused("cli-start-refused", name=name, reason=" ".join(error.messages)) from None
    return previewed(name, lang)


def demo() -> None:
    """Begin the demo with the start of `KEFEN_INDUSTRY`, and grade by it at once."""
    name = os.environ.get(INDUSTRY, "")
    by = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").first()
    if name not in NAMES or by is None:
        return
    with override(LANGUAGES["zh"]):
        actions.choose(by, start(name))
    execute_runs(list(Run.objects.filter(status=Run.Status.QUEUED).values_list("pk", flat=True)))


def _one(name: str) -> queries.Offered:
    found = next((one for one in queries.offered() if one.start.name == name), None)
    if found is None:
        raise Refused("cli-unknown-start", name=name, known=list(NAMES))
    return found
