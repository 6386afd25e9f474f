"""Why a mailbox could not be read, and why mails were left out, in words."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

FAILED: Final = {
    "unreachable": _("The server does not answer."),
    "certificate": _("The server's certificate is not valid for its name."),
    "sign-in": _("The server refused the account or the password."),
    "folder": _("There is no such folder."),
    "answer": _("The server answered otherwise than RFC 3501 says."),
}
