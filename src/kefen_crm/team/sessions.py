"""The browsers in which someone is signed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.usersessions.models import UserSession

if TYPE_CHECKING:
    from datetime import datetime

    from kefen_crm.team.models import User

# The first that fits: browsers name those they descend from as well.
_BROWSERS = {
    r"Edg": "Edge",
    r"MicroMessenger": "WeChat",
    r"OPR/": "Opera",
    r"Firefox/": "Firefox",
    r"Chrome/|CriOS/": "Chrome",
    r"Safari/": "Safari",
}
_DEVICES = {
    r"iPhone": "iPhone",
    r"iPad": "iPad",
    r"Android": "Android",
    r"Windows": "Windows",
    r"Mac OS": "macOS",
    r"Linux": "Linux",
}


@dataclass(frozen=True)
class SignedIn:
    """One browser: where from, which program, since when."""

    pk: int
    address: str
    browser: str
    since: datetime
    current: bool


def of(user: User, session_key: str | None) -> list[SignedIn]:
    """The browsers a user is signed in with, the newest first; ended ones are forgotten."""
    sessions = UserSession.objects.purge_and_list(user)
    return [
        SignedIn(
            session.pk,
            session.ip,
            _program(session.user_agent),
            session.created_at,
            session.session_key == session_key,
        )
        for session in sorted(sessions, key=lambda session: session.created_at, reverse=True)
    ]


def _program(agent: str) -> str:
    """`Chrome · Windows`, as far as the browser says so itself."""
    found = [
        next((name for pattern, name in names.items() if re.search(pattern, agent)), "")
        for names in (_BROWSERS, _DEVICES)
    ]
    return " · ".join(filter(None, found)) or agent[:40] or "?"
