from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SurveysConfig(AppConfig):
    """How satisfied customers are, and whether they would recommend the company."""

    name = "kefen_crm.surveys"
    verbose_name = _("Surveys")
