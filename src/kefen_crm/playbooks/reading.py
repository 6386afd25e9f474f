"""How plays are done, in short, and who confirmed having read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from kefen_crm.platform import events
from kefen_crm.playbooks.document import PLAYS, Play, in_force, title_of
from kefen_crm.playbooks.models import Reading
from kefen_crm.playbooks.permits import SPEND
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from datetime import datetime

    from kefen_crm.playbooks.document import Playbook
    from kefen_crm.team.models import User


@dataclass(frozen=True)
class HowTo:
    """How a play of a playbook is done.

    Attributes:
        digest: tells the wording from others, so that a new one is read anew.
        read_at: when whoever asks confirmed it; None where they did not.
        readers: how many of those who do it confirmed it, of `people`.
    """

    rule: str
    play: str
    about: Play
    digest: str
    read_at: datetime | None = None
    readers: int = 0
    people: int = 0

    @property
    def when(self) -> str:
        """When it is done, in words."""
        return title_of(self.play)


def how_tos(user: User) -> list[HowTo]:
    """Every play that says how it is done, with who read it."""
    found = [
        (rule, play, about)
        for rule in in_force()
        for play in PLAYS
        if (about := getattr(rule, play)).title and about.how
    ]
    digests = {digest_of(rule, play) for rule, play, _about in found}
    rows = list(Reading.objects.filter(digest__in=digests, user__is_active=True))
    people = set(permitted(SPEND).values_list("pk", flat=True))
    return [
        HowTo(
            rule.name,
            play,
            about,
            digest := digest_of(rule, play),
            next((one.at for one in rows if (one.user_id, one.digest) == (user.pk, digest)), None),
            len({one.user_id for one in rows if one.digest == digest} & people),
            len(people),
        )
        for rule, play, about in found
    ]


def digest_of(rule: Playbook, play: str) -> str:
    """What tells a wording of a play from others."""
    said = getattr(rule, play).model_dump(exclude={"template", "language"})  # nobody does these
    return events.digest({"rule": rule.name, "play": play, **said})


@transaction.atomic
def confirm(user: User, digest: str) -> Reading | None:
    """Note that somebody read a play; None where no play in force has that wording.

    Raises:
        PermissionDenied: for whoever does no such work.
    """
    require(user, SPEND)
    known = {
        digest_of(rule, play): (rule, play)
        for rule in in_force()
        for play in PLAYS
        if getattr(rule, play).how
    }
    if digest not in known:
        return None
    reading, new = Reading.objects.get_or_create(user=user, digest=digest)
    if new:
        rule, play = known[digest]
        events.record(user, "play.read", reading, after={"rule": rule.name, "play": play})
    return reading
