"""What moves with every day is no column of customers: the day of the figures stands once.

Rows stay as they are: the day that each of those in the facts has is read no more.
"""

from django.db import migrations, models

from kefen_crm.platform.remembered import TRIGGER, watch

BEFORE = (
    "id", "code", "name", "region", "industry", "owner_id", "owner_name", "sales", "profit",
    "orders", "recency", "first_order_on", "last_order_on", "figures_as_of", "origin", "in_facts",
    "archived", "merged_into_id",
)  # fmt: skip
FIGURES = ["figures_until" if one == "figures_as_of" else one for one in BEFORE if one != "recency"]
KNOWN = """
    CREATE TABLE customers_figuresday_before AS
    SELECT max(figures_as_of) AS as_of FROM customers_customer WHERE in_facts;
"""
DAY = """
    INSERT INTO customers_figuresday (as_of)
    SELECT as_of FROM customers_figuresday_before WHERE as_of IS NOT NULL;
    DROP TABLE customers_figuresday_before;
    DELETE FROM customers_synchronised;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_current")]
    operations = [
        migrations.RunSQL(KNOWN),
        migrations.RunSQL(f"DROP TRIGGER {TRIGGER} ON customers_customer"),
        migrations.CreateModel(
            name="FiguresDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of", models.DateField()),
            ],
        ),
        migrations.RemoveIndex("customer", "customer_by_sales"),
        migrations.RemoveField("customer", "recency"),
        migrations.AlterField("customer", "figures_as_of", models.DateField(null=True)),
        migrations.RenameField("customer", "figures_as_of", "figures_until"),
        migrations.AlterField(
            "customer", "figures_until", models.DateField(editable=False, null=True)
        ),
        migrations.AddIndex(
            "customer",
            models.Index(
                models.OrderBy(models.F("sales"), descending=True, nulls_last=True),
                models.F("code"),
                include=("id", "standing", "orders", "profit"),
                name="customer_by_sales",
            ),
        ),
        migrations.RunSQL(DAY),
        migrations.RunSQL(watch("customers_customer", *FIGURES)),
        migrations.RunSQL(watch("customers_figuresday")),
    ]
