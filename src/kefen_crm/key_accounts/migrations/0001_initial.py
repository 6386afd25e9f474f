import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contacts", "0002_found_by_parts"),
        ("customers", "0007_synchronised"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("goal", models.TextField(blank=True, max_length=2000, verbose_name="goal")),
                (
                    "rules",
                    models.TextField(blank=True, max_length=2000, verbose_name="rules of buying"),
                ),
                ("since", models.DateField(verbose_name="key account since")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="key_account",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "key account",
                "verbose_name_plural": "key accounts",
            },
        ),
        migrations.CreateModel(
            name="Stakeholder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stance",
                    models.SmallIntegerField(
                        blank=True,
                        choices=[
                            (-2, "against us"),
                            (-1, "doubtful"),
                            (0, "neutral"),
                            (1, "friendly"),
                            (2, "for us"),
                        ],
                        null=True,
                        verbose_name="stance",
                    ),
                ),
                (
                    "influence",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[(1, "little"), (2, "some"), (3, "great")],
                        null=True,
                        verbose_name="influence",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stakeholder",
                        to="contacts.contact",
                    ),
                ),
                (
                    "reports_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="reports",
                        to="contacts.contact",
                        verbose_name="reports to",
                    ),
                ),
            ],
            options={
                "verbose_name": "place on the map",
                "verbose_name_plural": "places on the map",
            },
        ),
    ]
