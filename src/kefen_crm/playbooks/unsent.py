"""What became of the messages of plays: who got none, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models.fields.json import KeyTransform
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.activities.models import Task
from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.calendar import current
from kefen_crm.platform.registry import declared
from kefen_crm.playbooks.document import PLAYS, in_force, title_of
from kefen_crm.playbooks.models import PlayTrial
from kefen_crm.playbooks.plays import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.parts import Written
    from kefen_crm.team.models import User

SHOWN: Final = timedelta(days=90)
"""Messages of plays that began since are told of."""
WITHHELD: Final = "withheld"
"""The play left the customer out, to see what it brings."""
GONE: Final = "gone"
_AT_ONCE: Final = 5_000


@dataclass(frozen=True)
class PlayMessage:
    """The message of a play to a customer, by its id.

    Attributes:
        state: `sent`, `waiting`, or `unsent`.
        why: why it waits or was not sent, in a word; empty for one that was sent.
        detail: what a provider said; empty where it said nothing.
        until: when one that waits may go.
    """

    rule: str
    play: str
    customer: int
    on: date
    state: str
    why: str = ""
    detail: str = ""
    until: datetime | None = None

    @property
    def words(self) -> str:
        """Why it was not sent, in words."""
        said = words(self.why)
        return f"{said}: {self.detail}" if self.detail else said

    @property
    def when(self) -> str:
        """When the play is done, in words."""
        return title_of(self.play)


@dataclass
class Counted:
    """How many messages of a play of a playbook were sent, wait and were not sent, by reason."""

    rule: str
    play: str
    sent: int = 0
    waiting: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def when(self) -> str:
        """When the play is done, in words."""
        return title_of(self.play)

    @property
    def unsent(self) -> int:
        return self.reasons.total()

    @property
    def most_first(self) -> list[tuple[str, str, int]]:
        """The reasons with their words and how many, the most first."""
        return [(why, words(why), count) for why, count in self.reasons.most_common()]


def play_messages(user: User) -> list[PlayMessage]:
    """The messages of plays of the last 90 days to customers `user` sees, the newest first."""
    since = timezone.now() - SHOWN
    seen = visible_to(user).order_by().values("pk")
    tasks = Task.objects.filter(
        origin__startswith=ORIGIN, told__has_key="message", created__gte=since, customer__in=seen
    ).order_by("-pk")
    rows = tasks.values_list(
        KeyTransform("rule", "told"), "origin", "customer", "created",
        KeyTransform("message", "told"),
    )  # fmt: skip
    planned = list(rows)
    written = _written([key for *_about, told in planned if (key := told.get("key"))])
    zone, found = current().zone, _withheld(since, seen)
    for rule, origin, customer, created, told in planned:
        about = (rule, origin.removeprefix(ORIGIN), customer, created.astimezone(zone).date())
        one = written.get(told.get("key", ""))
        if why := told.get("why"):
            found.append(PlayMessage(*about, "unsent", why))
        elif one is None:
            found.append(PlayMessage(*about, "unsent", GONE))
        else:
            found.append(PlayMessage(*about, one.state, one.why, one.detail, one.until))
    return sorted(found, key=lambda one: one.on, reverse=True)


def _written(keys: Sequence[str]) -> dict[str, Written]:
    found: dict[str, Written] = {}
    for start in range(0, len(keys), _AT_ONCE):
        for writer in declared("writers"):
            found |= writer.outcomes(keys[start : start + _AT_ONCE])
    return found


def _withheld(since: datetime, seen: QuerySet[Customer, Any]) -> list[PlayMessage]:
    """The customers whom plays that write left out."""
    writing = {
        (rule.name, play) for rule in in_force() for play in PLAYS if getattr(rule, play).template
    }
    trials = PlayTrial.objects.filter(withheld=True, on__gte=since.date(), customer__in=seen)
    return [
        PlayMessage(one.rule, one.play, one.customer_id, one.on, "unsent", WITHHELD)
        for one in trials
        if (one.rule, one.play) in writing
    ]


def narrowed(
    messages: Iterable[PlayMessage],
    *,
    state: str = "unsent",
    rule: str = "",
    play: str = "",
    why: str = "",
) -> list[PlayMessage]:
    """Those that were not sent, or are `waiting`: of a playbook, of a play, for a reason."""
    return [
        one
        for one in messages
        if one.state == state
        and rule in ("", one.rule)
        and play in ("", one.play)
        and why in ("", one.why)
    ]


def counted(messages: Iterable[PlayMessage]) -> list[Counted]:
    """How many were sent or not, by play, those with the most unsent first."""
    found: dict[tuple[str, str], Counted] = {}
    for one in messages:
        to = found.setdefault((one.rule, one.play), Counted(one.rule, one.play))
        if one.state == "sent":
            to.sent += 1
        elif one.state == "waiting":
            to.waiting += 1
        else:
            to.reasons[one.why] += 1
    return sorted(found.values(), key=lambda one: (-one.unsent, one.rule, one.play))


def words(why: str) -> str:
    """A reason in words."""
    if why == WITHHELD:
        return _("left out by the play, to see what it brings")
    for writer in declared("writers"):
        if said := writer.words(why):
            return str(said)
    return why
