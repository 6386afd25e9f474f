"""What the first page says of forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.platform.parts import AttentionItem
from kefen_crm.public_forms.models import Submission
from kefen_crm.team.roles import may
from kefen_crm.tickets.permits import SERVE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """What was sent by a form of which nobody knows whose it is."""
    user: Any = request.user
    if not may(user, SERVE):
        return
    if count := Submission.objects.filter(outcome=Submission.Outcome.WAITS).count():
        title = ngettext(
            "%(count)s form of a sender nobody knows",
            "%(count)s forms of senders nobody knows",
            count,
        )
        yield AttentionItem(
            "forms", "orange", title % {"count": count},
            _("Say whose they are, and they become tickets."), reverse("public_forms:waiting"),
        )  # fmt: skip
