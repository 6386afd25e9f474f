"""Endpoints, deliveries, and the trigger that makes deliveries of events."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TRIGGER = """
CREATE FUNCTION webhooks_of_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhooks_delivery (endpoint_id, event_id, state, attempts, due, error, created)
    SELECT endpoint.id, fresh.id, 'waiting', 0, now(), '', now()
    FROM fresh JOIN webhooks_endpoint AS endpoint ON endpoint.active
        AND fresh.verb NOT LIKE 'webhook.%'
        AND (endpoint.verbs = '[]'::jsonb OR endpoint.verbs ? fresh.verb);
    RETURN NULL;
END $$;
CREATE TRIGGER webhooks_of_events AFTER INSERT ON platform_event
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION webhooks_of_events();
"""
NONE = """
DROP TRIGGER webhooks_of_events ON platform_event;
DROP FUNCTION webhooks_of_events();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0008_table_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.URLField(max_length=500, verbose_name="address")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("secret", models.CharField(max_length=80)),
                ("former_secret", models.CharField(blank=True, max_length=80)),
                ("former_until", models.DateTimeField(null=True)),
                ("verbs", models.JSONField(blank=True, default=list, verbose_name="events")),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("why_off", models.CharField(blank=True, max_length=8)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("rests_until", models.DateTimeField(null=True)),
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
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("delivered", "delivered"),
                            ("failed", "given up"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due", models.DateTimeField()),
                ("tried", models.DateTimeField(null=True)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("error", models.CharField(blank=True, max_length=11)),
                ("created", models.DateTimeField()),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="platform.event",
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="webhooks.endpoint",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "ordering": ["-event_id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["endpoint", "due"],
                        name="delivery_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("endpoint", "event"), name="delivered_once_an_endpoint"
                    )
                ],
            },
        ),
        migrations.RunSQL(TRIGGER, NONE),
    ]
