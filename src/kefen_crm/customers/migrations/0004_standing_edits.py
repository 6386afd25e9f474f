"""Customers are never deleted: they have a standing, and fields that people wrote are known.

Those that are there came from imports and are in the facts; the columns are added with that
default, so that no row is written for it.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ORIGINS = [("facts", "Facts"), ("site", "Site")]


def origin(first: str) -> Any:
    return models.CharField(
        choices=ORIGINS, db_default=first, default=first, editable=False, max_length=5
    )


def flag(*, first: bool, **more: Any) -> Any:
    return models.BooleanField(db_default=first, default=first, editable=False, **more)


def added(name: str, field: Any) -> list[migrations.AddField]:
    """A field of the customer and of its history."""
    return [migrations.AddField(model, name, field) for model in ("customer", "historicalcustomer")]


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_long_codes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *added("origin", origin("facts")),
        *added("in_facts", flag(first=True)),
        *added("archived", flag(first=False, verbose_name="archived")),
        *added("version", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
        *(
            migrations.AlterField(model, name, field)
            for model in ("customer", "historicalcustomer")
            for name, field in (("origin", origin("site")), ("in_facts", flag(first=False)))
        ),
        migrations.AddField(
            "customer",
            "merged_into",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            "historicalcustomer",
            "merged_into",
            models.ForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            "customer",
            "standing",
            models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(merged_into__isnull=False, then=models.Value("merged")),
                    models.When(archived=True, then=models.Value("archived")),
                    models.When(in_facts=True, then=models.Value("facts")),
                    models.When(origin="site", then=models.Value("site")),
                    default=models.Value("archived"),
                ),
                output_field=models.CharField(
                    choices=[
                        ("facts", "in the facts"),
                        ("site", "typed in on the site"),
                        ("merged", "merged into another"),
                        ("archived", "archived"),
                    ],
                    max_length=8,
                    verbose_name="standing",
                ),
            ),
        ),
        migrations.CreateModel(
            name="FieldEdit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=40)),
                ("value", models.TextField(blank=True)),
                ("base", models.TextField(blank=True)),
                ("incoming", models.TextField(blank=True, null=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="edits",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "edited field",
                "verbose_name_plural": "edited fields",
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("incoming__isnull", False)),
                        fields=["customer"],
                        name="edit_to_choose",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "field"), name="one_edit_a_field")
                ],
            },
        ),
        migrations.CreateModel(
            name="Collaborator",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "access",
                    models.CharField(
                        choices=[("read", "may read"), ("write", "may read and write")],
                        default="read",
                        max_length=5,
                        verbose_name="access",
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="collaborators",
                        to="customers.customer",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="collaborations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "collaborator",
                "verbose_name_plural": "collaborators",
                "ordering": ["user__username"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "user"), name="one_collaboration_each"
                    )
                ],
            },
        ),
    ]
