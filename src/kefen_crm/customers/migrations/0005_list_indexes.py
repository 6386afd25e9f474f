"""Lists are counted, summed and paged within indexes; their figures are remembered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kefen_crm.platform.remembered import TRIGGER, watch


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0008_table_changes"),
        ("customers", "0004_standing_edits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="customer",
            name="customer_by_sales",
        ),
        migrations.RemoveIndex(
            model_name="customer",
            name="customer_by_last",
        ),
        migrations.RemoveIndex(
            model_name="customer",
            name="customer_by_name",
        ),
        migrations.RemoveIndex(
            model_name="customer",
            name="customer_by_region",
        ),
        migrations.RemoveIndex(
            model_name="customer",
            name="customer_by_industry",
        ),
        migrations.AlterField(
            model_name="customer",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="customers",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.OrderBy(models.F("sales"), descending=True, nulls_last=True),
                models.F("code"),
                include=("id", "standing"),
                name="customer_by_sales",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.OrderBy(models.F("last_order_on"), descending=True, nulls_last=True),
                models.F("code"),
                include=("id", "standing", "sales"),
                name="customer_by_last",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.F("name"),
                models.F("code"),
                include=("id", "standing", "sales"),
                name="customer_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.F("region"),
                models.OrderBy(models.F("sales"), descending=True, nulls_last=True),
                models.F("code"),
                include=("id", "standing"),
                name="customer_by_region",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.F("industry"),
                models.OrderBy(models.F("sales"), descending=True, nulls_last=True),
                models.F("code"),
                include=("id", "standing"),
                name="customer_by_industry",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.F("owner"),
                models.OrderBy(models.F("sales"), descending=True, nulls_last=True),
                models.F("code"),
                include=("id", "standing"),
                name="customer_by_owner",
            ),
        ),
        migrations.RunSQL(
            watch("customers_customer"), f"DROP TRIGGER {TRIGGER} ON customers_customer"
        ),
    ]
