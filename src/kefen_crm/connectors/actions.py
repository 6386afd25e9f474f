"""Connectors: set up, changed, turned on and off, removed, asked at once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.conf import settings as site
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.connectors.models import Connector
from kefen_crm.connectors.sources import SOURCES
from kefen_crm.platform import events
from kefen_crm.platform.queue import later_once
from kefen_crm.team.roles import Permit, require
from kefen_crm.webhooks.actions import CHANGE_OVER
from kefen_crm.webhooks.signing import new_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kefen_crm.connectors.sources.base import Source
    from kefen_crm.team.models import User

ADDED: Final = "connector.added"
CHANGED: Final = "connector.changed"
REMOVED: Final = "connector.removed"
RUN: Final = "connectors.run"
FIELDS: Final = ("title", "source", "settings", "secret", "every", "active")
MOST: Final = 50
"""Connectors there may be."""
_LONGEST: Final = 1_000


def folder_of(connector: Connector) -> Path:
    """The folder of a connector, which programs put files into where its source is one."""
    return site.KEFEN_DATA / "inbox" / str(connector.pk)


@transaction.atomic
def add(actor: User, given: Mapping[str, Any], *, key: str = "") -> Connector:
    """Fetch from a place from now on, or take what it posts; a place is asked at once.

    Args:
        given: `title`, `source`, `settings` by name, perhaps `secret`, `every`, `active`.

    Raises:
        PermissionDenied: unless `actor` may operate the installation and import.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    _permitted(actor)
    told = _without_secret(given)
    if answer := events.answered(actor, ADDED, key, told):
        found: Any = answer.target()
        return found  # type: ignore[no-any-return]  # the connector of the event
    if Connector.objects.count() >= MOST:
        raise ValidationError(_("There are %(most)s connectors already.") % {"most": MOST})
    made = Connector(by=actor, due=timezone.now())
    _say(made, given)
    if makes_secret(made):
        made.secret = new_secret()
    made.save()
    folder_of(made).mkdir(parents=True, exist_ok=True)
    events.record(actor, ADDED, made, after=_told(made), key=key, given=told)
    run_soon(made)
    return made


@transaction.atomic
def change(
    actor: User,
    connector: Connector,
    given: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Connector:
    """Change what is asked and how often, turn it on or off. An empty secret stays as it is.

    Where it asks for other settings, it begins from the first.

    Raises:
        PermissionDenied, ValidationError, KeyReused: as of `add`.
        Stale: when it is of another version than expected.
    """
    _permitted(actor)
    asked = {"connector": connector.pk, **_without_secret(given)}
    if answer := events.answered(actor, CHANGED, key, asked):
        again: Any = answer.target()
        return again  # type: ignore[no-any-return]  # the connector of the event
    found = events.locked(Connector.objects.all(), connector.pk, expected_version)
    if given.get("source", found.source) != found.source:
        raise ValidationError({"source": _("A connector keeps its source; set up another.")})
    before, settings, secret = _told(found), dict(found.settings), found.secret
    _say(found, {name: given[name] for name in given if name != "secret" or given[name]})
    if found.settings != settings:
        found.cursor = {}
    if found.secret != secret:
        _change_over(found, secret)
    if found.active:
        found.failures, found.why_off, found.due = 0, "", timezone.now()
    events.raised(found)
    after = _told(found) | ({"secret": "renewed"} if given.get("secret") else {})
    changed = {name: after[name] for name in after if before.get(name) != after[name]}
    events.record(
        actor,
        CHANGED,
        found,
        before={name: before[name] for name in changed if name in before},
        after=changed,
        key=key,
        given=asked,
    )
    if found.active:
        run_soon(found)
    return found


@transaction.atomic
def renew(actor: User, connector: Connector) -> Connector:
    """Give a connector that others post to a new secret; the one before signs as well for a day.

    Raises:
        PermissionDenied: unless `actor` may operate the installation and import.
        ValidationError: where the secret is not Kefen's to make.
    """
    _permitted(actor)
    found = events.locked(Connector.objects.all(), connector.pk)
    if not makes_secret(found):
        raise ValidationError(_("Kefen does not make the secret of this connector."))
    _change_over(found, found.secret)
    found.secret = new_secret()
    events.raised(found)
    events.record(actor, CHANGED, found, after={"secret": "renewed"})
    return found


def posted_to(connector: Connector) -> bool:
    """Whether another system posts what is new, rather than being asked."""
    source = SOURCES.get(connector.source)
    return source is not None and source.receiver is not None


def _change_over(connector: Connector, secret: str) -> None:
    """Have a former secret sign as well for a while, where others post."""
    if posted_to(connector):
        connector.former_secret = secret
        connector.former_until = timezone.now() + CHANGE_OVER


def makes_secret(connector: Connector) -> bool:
    """Whether Kefen makes the secret of a connector, which is told once."""
    source = SOURCES.get(connector.source)
    return source is not None and source.receiver is not None and source.receiver.makes_secret


@transaction.atomic
def remove(actor: User, connector: Connector) -> None:
    """Remove a connector; what it brought stays. Files in its folder that were not fetched, too.

    Raises:
        PermissionDenied: unless `actor` may operate the installation.
    """
    require(actor, Permit.OPERATE)
    found = events.locked(Connector.objects.all(), connector.pk)
    events.record(actor, REMOVED, found, before=_told(found))
    folder = folder_of(found)
    found.delete()
    if folder.is_dir() and not any(one.is_file() for one in folder.iterdir()):
        transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


@transaction.atomic
def run_now(actor: User, connector: Connector) -> Connector:
    """Ask a connector now.

    Raises:
        PermissionDenied: unless `actor` may operate the installation.
        ValidationError: when it is off, or is posted to.
    """
    require(actor, Permit.OPERATE)
    found = events.locked(Connector.objects.all(), connector.pk)
    if not found.active:
        raise ValidationError(_("This connector is off: turn it on first."))
    if posted_to(found):
        raise ValidationError(_("This connector is not asked: what is new is posted to it."))
    run_soon(found)
    return found


def run_soon(connector: Connector, seconds: int = 0) -> None:
    """Have the worker ask a connector in so many seconds, one time after the other."""
    if posted_to(connector):
        return
    later_once(RUN, lock=f"connector/{connector.pk}", seconds=seconds, connector=connector.pk)


def _permitted(actor: User) -> None:
    require(actor, Permit.OPERATE)
    require(actor, Permit.IMPORT)


def _without_secret(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "secret"}


def _told(connector: Connector) -> dict[str, Any]:
    """What events tell of a connector: never what opens the place."""
    names = ("title", "source", "settings", "every", "active")
    return {name: getattr(connector, name) for name in names}


def _say(connector: Connector, given: Mapping[str, Any]) -> None:
    """Put values into a connector.

    Raises:
        ValidationError: by field.
    """
    wrong: dict[str, Any] = {
        name: _("There is no such field.") for name in given if name not in FIELDS
    }
    if wrong:
        raise ValidationError(wrong)
    for name in given:
        setattr(connector, name, given[name])
    source = SOURCES.get(connector.source)
    if source is None:
        told = _("There is no such source: %(name)s.") % {"name": connector.source}
        raise ValidationError({"source": told})
    settings, faults = _settings(source, connector.settings)
    wrong |= faults
    if "secret" in given and given["secret"] and makes_secret(connector):
        wrong["secret"] = _("Kefen makes this secret; have it renewed.")
    if source.secret and source.secret_required and not connector.secret:
        wrong["secret"] = _("%(name)s is missing.") % {"name": source.secret}
    if wrong:
        raise ValidationError(wrong)
    connector.settings = settings
    connector.clean_fields(exclude=["by", "due", "former_until"])


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.password


def _settings(source: Source, told: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """The settings of a source as they are kept, and what is wrong with them by their names."""
    known = {one.name for one in source.settings}
    texts = {name: str(value if value is not None else "").strip() for name, value in told.items()}
    wrong: dict[str, Any] = {}
    if unknown := sorted(texts.keys() - known):
        wrong["settings"] = _("%(source)s has no setting %(name)s.") % {
            "source": source.title,
            "name": ", ".join(unknown),
        }
    for setting in source.settings:
        text = texts.get(setting.name, "")
        if setting.required and not text:
            wrong[setting.name] = _("%(name)s is missing.") % {"name": setting.title}
        elif len(text) > _LONGEST or "\x00" in text:
            wrong[setting.name] = _("That is too long.")
        elif setting.url and text and not _is_address(text):
            wrong[setting.name] = _("An address begins with https:// and holds no password.")
    return {name: text for name, text in texts.items() if text}, wrong
