"""Connectors, and what came of each time they were asked."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("imports", "0003_options_mends"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Connector",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="name")),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("settings", models.JSONField(blank=True, default=dict)),
                ("secret", models.TextField(blank=True, verbose_name="secret")),
                (
                    "every",
                    models.CharField(
                        choices=[
                            ("quarter", "every 15 minutes"),
                            ("hour", "every hour"),
                            ("day", "once a day"),
                        ],
                        default="hour",
                        max_length=8,
                        verbose_name="how often",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("cursor", models.JSONField(blank=True, default=dict)),
                ("due", models.DateTimeField()),
                ("failures", models.PositiveIntegerField(default=0)),
                ("why_off", models.CharField(blank=True, max_length=8)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "connector",
                "verbose_name_plural": "connectors",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Fetch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("checked", "being checked"),
                            ("landed", "fetched"),
                            ("nothing", "nothing new"),
                            ("waits", "waits for an answer"),
                            ("failed", "failed"),
                        ],
                        max_length=8,
                        verbose_name="outcome",
                    ),
                ),
                ("told", models.JSONField(blank=True, default=dict)),
                ("began", models.DateTimeField()),
                ("ended", models.DateTimeField(auto_now_add=True)),
                (
                    "connector",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fetches",
                        to="connectors.connector",
                    ),
                ),
                ("imported", models.ManyToManyField(related_name="+", to="imports.import")),
            ],
            options={
                "verbose_name": "fetch",
                "verbose_name_plural": "fetches",
                "ordering": ["-pk"],
            },
        ),
        migrations.AddIndex(
            model_name="connector",
            index=models.Index(
                condition=models.Q(("active", True)), fields=["due"], name="connector_due"
            ),
        ),
    ]
