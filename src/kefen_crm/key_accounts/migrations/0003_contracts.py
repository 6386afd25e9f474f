import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kefen_crm.customers.texts import indexed


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_synchronised"),
        ("key_accounts", "0002_tenders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="what it is about")),
                ("reference", models.CharField(blank=True, max_length=80, verbose_name="number")),
                ("begins_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "notice_days",
                    models.PositiveSmallIntegerField(default=0, verbose_name="days of notice"),
                ),
                (
                    "value",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="value"
                    ),
                ),
                (
                    "renewal",
                    models.CharField(
                        choices=[
                            ("automatic", "renews by itself"),
                            ("agreed", "ends unless it is agreed anew"),
                            ("none", "ends for good"),
                        ],
                        default="agreed",
                        max_length=9,
                        verbose_name="at its end",
                    ),
                ),
                (
                    "renew_months",
                    models.PositiveSmallIntegerField(
                        default=12, verbose_name="renews for so many months"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("signed", "signed"),
                            ("notice", "notice given"),
                            ("ended", "ended"),
                        ],
                        default="signed",
                        max_length=6,
                        verbose_name="state",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, editable=False, max_length=500, verbose_name="why"
                    ),
                ),
                ("note", models.TextField(blank=True, max_length=2000, verbose_name="note")),
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="whose",
                    ),
                ),
            ],
            options={
                "verbose_name": "contract",
                "verbose_name_plural": "contracts",
                "ordering": ["ends_on", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["signed", "notice"])),
                        fields=["ends_on"],
                        name="contract_running_by_end",
                    )
                ],
            },
        ),
        migrations.RunSQL(*indexed("key_accounts_contract", "title", "contract_found_by")),
    ]
