from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProofConfig(AppConfig):
    """Whether the classification is any good."""

    name = "kefen_crm.proof"
    verbose_name = _("Proof")
