from django.apps import AppConfig


class VisitsConfig(AppConfig):
    """Visits to customers."""

    name = "sample_visits"
    default_auto_field = "django.db.models.BigAutoField"
