"""What the first page says of mails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.mailbox.models import Mail, Mailbox
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.team.roles import Permit, may
from kefen_crm.tickets.actions import SERVE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

FAILURES = 5
"""Turns in a row that fail before somebody is told: servers rest now and then."""


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Mails whose customer is not known; mailboxes that cannot be read."""
    user: Any = request.user
    if may(user, SERVE) and (count := Mail.objects.filter(outcome=Mail.Outcome.WAITS).count()):
        title = ngettext(
            "%(count)s mail of a sender nobody knows",
            "%(count)s mails of senders nobody knows",
            count,
        )
        yield AttentionItem(
            "mail-question", "orange", title % {"count": count},
            _("Say whose they are, and they become tickets."), reverse("mailbox:waiting"),
        )  # fmt: skip
    if may(user, Permit.OPERATE):
        for one in Mailbox.objects.filter(active=True, failures__gte=FAILURES):
            yield AttentionItem(
                "mail-x", "red", _("The mailbox %(name)s is not read") % {"name": one},
                _("Mails of customers wait there."), reverse("mailbox:settings"),
            )  # fmt: skip
