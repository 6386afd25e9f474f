import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import kefen_crm.holdings.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0004_standing_edits"),
        ("team", "0005_departments_reach"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Falling",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="falling",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("rule", models.CharField(max_length=80)),
                (
                    "condition",
                    models.CharField(
                        choices=[
                            ("contact", "without contact"),
                            ("order", "without order"),
                            ("contract", "after the contract's end"),
                        ],
                        max_length=8,
                    ),
                ),
                ("since", models.DateField()),
                ("falls_on", models.DateField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="falling",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "customer about to fall into the pool",
                "verbose_name_plural": "customers about to fall into the pool",
                "ordering": ["falls_on", "customer_id"],
            },
        ),
        migrations.CreateModel(
            name="Pool",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                (
                    "masked_fields",
                    models.JSONField(
                        blank=True,
                        default=kefen_crm.holdings.models.usual_masks,
                        verbose_name="hidden until claimed",
                    ),
                ),
                (
                    "per_day",
                    models.PositiveIntegerField(
                        default=5,
                        validators=[django.core.validators.MaxValueValidator(10000)],
                        verbose_name="claims a day",
                    ),
                ),
                (
                    "most_held",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(10000000)],
                        verbose_name="held at most",
                    ),
                ),
                (
                    "former_waits",
                    models.PositiveIntegerField(
                        default=30,
                        validators=[django.core.validators.MaxValueValidator(3660)],
                        verbose_name="days the former owner waits",
                    ),
                ),
                (
                    "rest_days",
                    models.PositiveIntegerField(
                        default=1,
                        validators=[django.core.validators.MaxValueValidator(3660)],
                        verbose_name="days of rest after recycling",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "departments",
                    models.ManyToManyField(
                        blank=True,
                        related_name="pools",
                        to="team.department",
                        verbose_name="departments",
                    ),
                ),
            ],
            options={
                "verbose_name": "pool",
                "verbose_name_plural": "pools",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Spared",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spared",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer spared by the pool rules",
                "verbose_name_plural": "customers spared by the pool rules",
                "ordering": ["-at"],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("recycled", "Taken into the pool by the rules"),
                            ("handed-over", "Handed over"),
                        ],
                        max_length=11,
                    ),
                ),
                ("day", models.DateField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "leaver",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handed_over",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "transfer",
                "verbose_name_plural": "transfers",
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PoolEntry",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="pool_entry",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("released", "Released"),
                            ("recycled", "Taken into the pool by the rules"),
                            ("put", "Put in by a person"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("former_from", models.DateField(null=True)),
                ("free_from", models.DateField(null=True)),
                (
                    "former",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="holdings.pool",
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="entries",
                        to="holdings.transfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer in a pool",
                "verbose_name_plural": "customers in pools",
                "ordering": ["-since", "customer_id"],
            },
        ),
        migrations.CreateModel(
            name="Leave",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first", models.DateField(verbose_name="first day")),
                ("last", models.DateField(verbose_name="last day")),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="leaves",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
            ],
            options={
                "verbose_name": "leave",
                "verbose_name_plural": "leaves",
                "ordering": ["-first", "user"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last__gte", models.F("first"))), name="leave_in_order"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Holding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                ),
                ("until", models.DateTimeField(null=True, verbose_name="until")),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("earlier", "Held before this was noted"),
                            ("import", "By an import"),
                            ("created", "Typed in"),
                            ("assigned", "Assigned"),
                            ("claimed", "Claimed"),
                            ("released", "Released"),
                            ("recycled", "Taken into the pool by the rules"),
                            ("handed-over", "Handed over"),
                            ("returned", "Given back"),
                        ],
                        max_length=11,
                        verbose_name="how it began",
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, max_length=500, verbose_name="why it began"),
                ),
                (
                    "ended",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("earlier", "Held before this was noted"),
                            ("import", "By an import"),
                            ("created", "Typed in"),
                            ("assigned", "Assigned"),
                            ("claimed", "Claimed"),
                            ("released", "Released"),
                            ("recycled", "Taken into the pool by the rules"),
                            ("handed-over", "Handed over"),
                            ("returned", "Given back"),
                        ],
                        max_length=11,
                        verbose_name="how it ended",
                    ),
                ),
                (
                    "end_reason",
                    models.CharField(blank=True, max_length=500, verbose_name="why it ended"),
                ),
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
                        related_name="holdings",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "begun_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="begun",
                        to="holdings.transfer",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ended",
                        to="holdings.transfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "holding",
                "verbose_name_plural": "holdings",
                "ordering": ["-since", "-pk"],
                "indexes": [
                    models.Index(fields=["customer", "-since"], name="holding_of_customer"),
                    models.Index(fields=["user", "since"], name="holding_of_user"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)),
                        fields=("customer",),
                        name="holding_one_open",
                    )
                ],
            },
        ),
    ]
