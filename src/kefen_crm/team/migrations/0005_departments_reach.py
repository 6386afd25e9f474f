from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ROLES = [
    ("admin", "Administrator"),
    ("manager", "Sales manager"),
    ("rep", "Sales representative"),
    ("reader", "Reader"),
    ("service", "Customer service"),
    ("finance", "Finance"),
]
REACHES = [
    ("own", "their own"),
    ("department", "of their department and those below"),
    ("all", "all"),
]


def historical(to: str, title: str) -> Any:
    """A link as the history keeps it."""
    return models.ForeignKey(
        blank=True,
        db_constraint=False,
        null=True,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=to,
        verbose_name=title,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("team", "0004_service_accounts"),
    ]

    operations = [
        migrations.AddField(
            "department",
            "parent",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="team.department",
                verbose_name="within",
            ),
        ),
        migrations.AddField(
            "historicaldepartment", "parent", historical("team.department", "within")
        ),
        migrations.AddField(
            "department",
            "lead",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="led",
                to=settings.AUTH_USER_MODEL,
                verbose_name="lead",
            ),
        ),
        migrations.AddField(
            "historicaldepartment", "lead", historical(settings.AUTH_USER_MODEL, "lead")
        ),
        *(
            operation
            for model in ("user", "historicaluser")
            for operation in (
                migrations.AddField(
                    model,
                    "reach",
                    models.CharField(
                        blank=True,
                        choices=REACHES,
                        db_default="",
                        default="",
                        max_length=10,
                        verbose_name="sees customers",
                    ),
                ),
                migrations.AlterField(
                    model,
                    "role",
                    models.CharField(
                        choices=ROLES, default="reader", max_length=16, verbose_name="role"
                    ),
                ),
            )
        ),
    ]
