from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvaluationConfig(AppConfig):
    """Whether the classification is any good."""

    name = "kefen_crm.evaluation"
    label = "proof"  # the name its tables have
    verbose_name = _("Proof")
