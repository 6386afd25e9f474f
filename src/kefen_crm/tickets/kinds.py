from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TicketKind(models.TextChoices):
    """What a customer comes with."""

    QUESTION = "question", _("question")
    COMPLAINT = "complaint", _("complaint")
    REPAIR = "repair", _("repair")
    SUGGESTION = "suggestion", _("suggestion")
    PRAISE = "praise", _("praise")
