"""Indexes of customers are made once the first customers are there; the table has which.

It is no part of a backup. Hardly any customer is merged into another: the others are no entries of
that index.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = "CREATE TABLE customers_lateindex (name text PRIMARY KEY, definition text NOT NULL)"


class Migration(migrations.Migration):
    dependencies = [("customers", "0014_typed_in")]
    operations = [
        migrations.RunSQL(FORWARD, "DROP TABLE customers_lateindex"),
        migrations.AlterField(
            "customer",
            "merged_into",
            models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="customers.customer",
            ),
        ),
        migrations.AddIndex(
            "customer",
            models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["merged_into"],
                name="customer_merged",
            ),
        ),
    ]
