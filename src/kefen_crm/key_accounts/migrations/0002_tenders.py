import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kefen_crm.customers.texts import indexed


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_synchronised"),
        ("key_accounts", "0001_initial"),
        ("opportunities", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Tender",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="what it is about")),
                (
                    "reference",
                    models.CharField(blank=True, max_length=80, verbose_name="tender number"),
                ),
                (
                    "published_on",
                    models.DateField(blank=True, null=True, verbose_name="published on"),
                ),
                (
                    "questions_until",
                    models.DateField(blank=True, null=True, verbose_name="questions until"),
                ),
                ("due_at", models.DateTimeField(verbose_name="bid due")),
                (
                    "opens_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="opening of bids"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=18,
                        null=True,
                        verbose_name="amount",
                    ),
                ),
                (
                    "bond",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=18, null=True, verbose_name="bond"
                    ),
                ),
                (
                    "bond_paid_on",
                    models.DateField(blank=True, null=True, verbose_name="bond paid on"),
                ),
                (
                    "bond_back_on",
                    models.DateField(blank=True, null=True, verbose_name="bond back on"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("watching", "watching"),
                            ("preparing", "preparing"),
                            ("submitted", "submitted"),
                            ("won", "won"),
                            ("lost", "lost"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="watching",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, editable=False, max_length=500, verbose_name="why"
                    ),
                ),
                (
                    "checklist",
                    models.JSONField(blank=True, default=list, verbose_name="what a bid needs"),
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
                        related_name="tenders",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "opportunity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenders",
                        to="opportunities.opportunity",
                        verbose_name="opportunity",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenders",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="whose",
                    ),
                ),
            ],
            options={
                "verbose_name": "tender",
                "verbose_name_plural": "tenders",
                "ordering": ["due_at", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["watching", "preparing", "submitted"])),
                        fields=["due_at"],
                        name="tender_open_by_due",
                    )
                ],
            },
        ),
        migrations.RunSQL(*indexed("key_accounts_tender", "title", "tender_found_by")),
    ]
