"""Tickets that belong together without being one."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models.functions import Greatest, Least
from django.utils.translation import pgettext_lazy


class TicketLink(models.Model):
    """Two tickets, of whichever customers, that have to do with each other; a pair is linked once.

    Attributes:
        kind: what `ticket` is to `other`; from the other's side it reads as `INVERSE` says.
    """

    class Kind(models.TextChoices):
        RELATED = "related", pgettext_lazy("link of tickets", "related to")
        CAUSED_BY = "caused_by", pgettext_lazy("link of tickets", "caused by")
        CAUSE_OF = "cause_of", pgettext_lazy("link of tickets", "cause of")
        DUPLICATE_OF = "duplicate_of", pgettext_lazy("link of tickets", "duplicate of")
        DUPLICATED_BY = "duplicated_by", pgettext_lazy("link of tickets", "duplicated by")

    INVERSE: Final = {
        Kind.RELATED: Kind.RELATED,
        Kind.CAUSED_BY: Kind.CAUSE_OF,
        Kind.CAUSE_OF: Kind.CAUSED_BY,
        Kind.DUPLICATE_OF: Kind.DUPLICATED_BY,
        Kind.DUPLICATED_BY: Kind.DUPLICATE_OF,
    }

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="links_from")
    kind = models.CharField(max_length=13, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("link of tickets", "link between tickets")
        verbose_name_plural = pgettext_lazy("link of tickets", "links between tickets")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                Least("ticket", "other"), Greatest("ticket", "other"), name="tickets_linked_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(ticket=models.F("other")), name="no_ticket_linked_to_itself"
            ),
        ]

    def __str__(self) -> str:
        # Whoever reads of it in the audit may not see the tickets.
        return str(self.get_kind_display())
