"""What is done about people's rights: permit, change, a line in the register."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kefen_crm.gateway import KefenError, rights, say
from kefen_crm.gateway.ledger import opened
from kefen_crm.platform.queue import enqueue, state
from kefen_crm.privacy.database import SiteDatabase
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.models import User

CARRY_OUT = "privacy.carry_out"
LEDGER = "ledger"
"""The lock of jobs that write to the ledger."""
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
    with opened() as ledger, tempfile.TemporaryDirectory(prefix="kefen-disclosure-") as folder:
        database = SiteDatabase()
        told = rights.disclose(ledger, code, database)
        path = Path(folder) / "disclosure.zip"
        rights.write_disclosure(told, path, database.files(told.customer_id))
        return path.read_bytes()


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
    try:
        with opened() as ledger:
            entry = rights.begin(ledger, code, reason, f"user {by.pk}")
    except KefenError as error:
        raise ValidationError({"reason": ValidationError(say(error), code=error.code)}) from error
    enqueue(CARRY_OUT, lock=LEDGER)
    return entry


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
