"""What is done about people's rights: permit, change, a line in the register."""

from __future__ import annotations

import logging
import tempfile
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kefen_crm.gateway import KefenError, rights, say
from kefen_crm.gateway.ledger import opened
from kefen_crm.platform.queue import enqueue, state
from kefen_crm.privacy.database import SiteDatabase
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kefen_crm.gateway.rights import Disclosure
    from kefen_crm.team.models import User

CARRY_OUT = "privacy.carry_out"
LEDGER = "ledger"
"""The lock of jobs that write to the ledger."""
NO_FILES: Final[Mapping[str, Path]] = MappingProxyType({})
logger = logging.getLogger(__name__)


def look(by: User, code: str) -> rights.Preview:
    """What erasing a customer would do.

    Raises:
        PermissionDenied: unless `by` may look after personal data.
        KefenError: `no-such-customer`, `already-erased`.
    """
    require(by, Permit.PERSONAL_DATA)
    with opened() as ledger:
        return rights.preview(ledger, code, SiteDatabase())


def disclose(by: User, code: str) -> bytes:
    """A ZIP file with all that is held of a customer; PermissionDenied and KefenError as `look`."""
    require(by, Permit.PERSONAL_DATA)
    with opened() as ledger:
        database = SiteDatabase()
        told = rights.disclose(ledger, code, database)
        return _written(told, database.files(told.customer_id))


def erase(by: User, code: str, typed: str, reason: str) -> rights.Erasure:
    """Enter a customer in the register and queue its erasure.

    Raises:
        PermissionDenied: unless `by` may look after personal data.
        ValidationError: when the code typed is not that of the customer, without a reason, or
            while another customer is being erased.
    """
    require(by, Permit.PERSONAL_DATA)
    if typed.strip() != code:
        raise ValidationError(
            {"typed": _("Type the customer's code exactly: %(code)s") % {"code": code}}
        )
    with opened() as ledger, _refused("reason"):
        entry = rights.begin(ledger, code, reason, f"user {by.pk}")
    enqueue(CARRY_OUT, lock=LEDGER)
    return entry


def look_for(by: User, words: Sequence[str]) -> rights.Preview:
    """Where somebody who is no customer is found, by names, telephone numbers and addresses.

    Raises:
        PermissionDenied: unless `by` may look after personal data.
        ValidationError: by `words`, when one is too short or stands in what is kept.
    """
    require(by, Permit.PERSONAL_DATA)
    with opened() as ledger, _refused("words"):
        return rights.preview_individual(ledger, words, SiteDatabase())


def disclose_person(by: User, words: Sequence[str]) -> bytes:
    """A ZIP file with all that is held of somebody who is no customer; raises as `look_for`."""
    require(by, Permit.PERSONAL_DATA)
    with opened() as ledger, _refused("words"):
        return _written(rights.disclose_individual(ledger, words, SiteDatabase()))


def erase_person(by: User, words: Sequence[str], typed: str, reason: str) -> rights.Erasure:
    """Enter somebody who is no customer in the register and queue the erasure.

    Raises:
        PermissionDenied, ValidationError: as `look_for`; when the first word is not typed once
            more, without a reason, or while another is being erased.
    """
    require(by, Permit.PERSONAL_DATA)
    if not words or typed.strip() != words[0].strip():
        raise ValidationError({"typed": _("Type the first of the words once more.")})
    with opened() as ledger, _refused("words"):
        entry = rights.begin_individual(ledger, words, reason, f"user {by.pk}")
    enqueue(CARRY_OUT, lock=LEDGER)
    return entry


@contextmanager
def _refused(field: str) -> Iterator[None]:
    """What the engine refuses, said of a field."""
    try:
        yield
    except KefenError as error:
        named = "reason" if error.code.startswith("erasure-") else field
        raise ValidationError({named: ValidationError(say(error), code=error.code)}) from error


def _written(told: Disclosure, files: Mapping[str, Path] = NO_FILES) -> bytes:
    with tempfile.TemporaryDirectory(prefix="kefen-disclosure-") as folder:
        path = Path(folder) / "disclosure.zip"
        rights.write_disclosure(told, path, files)
        return path.read_bytes()


def carry_out() -> list[rights.Erasure]:
    """Do what was begun; what cannot be finished now is tried again by the clock."""
    with opened() as ledger:
        try:
            return rights.carry_out(ledger, SiteDatabase())
        except KefenError as error:
            logger.warning("Erasure: %s", error.code)
            return []


def keep_up() -> None:
    """Go on with an erasure whose job was killed or could not be finished."""
    if rights.pending(settings.KEFEN_DATA) is not None and state(CARRY_OUT) is None:
        enqueue(CARRY_OUT, lock=LEDGER)


def register() -> list[rights.Erasure]:
    """Every erasure, newest first."""
    return list(reversed(rights.ErasureRegister(settings.KEFEN_DATA).all()))
