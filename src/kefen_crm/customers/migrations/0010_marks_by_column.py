"""What people write of a customer day by day leaves the figures alone that do not read it.

Lists sorted by the number of orders are turned to any page of within indexes.
"""

from django.db import migrations, models

from kefen_crm.platform.remembered import TRIGGER, watch

FIGURES = (
    "id", "code", "name", "region", "industry", "owner_id", "owner_name", "sales", "profit",
    "orders", "recency", "first_order_on", "last_order_on", "figures_as_of", "origin", "in_facts",
    "archived", "merged_into_id",
)  # fmt: skip
DETAILS = (
    "initials", "pinyin", "search", "phone", "email", "contact", "address", "province", "city",
    "size", "customer_type", "source_channel", "status", "note", "registered_on", "founded_on",
    "birthday", "credit_limit", "credit_days", "attributes", "version", "created", "updated",
)  # fmt: skip
FORWARD = f"""
    DROP TRIGGER {TRIGGER} ON customers_customer;
    {watch("customers_customer", *FIGURES)}
    {watch("customers_customer", *DETAILS, group="_details")}
"""
BACKWARD = f"""
    DROP TRIGGER {TRIGGER}_details ON customers_customer;
    DROP TRIGGER {TRIGGER} ON customers_customer;
    {watch("customers_customer")}
"""


class Migration(migrations.Migration):
    dependencies = [("platform", "0010_marks_by_table"), ("customers", "0009_set_aside")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *(
            migrations.AddIndex(
                model_name="customer",
                index=models.Index(
                    models.OrderBy(models.F("orders"), descending=descending, nulls_last=True),
                    models.F("code"),
                    include=("id", "standing", "sales"),
                    name=name,
                ),
            )
            for name, descending in (("customer_by_orders", True), ("customer_by_fewest", False))
        ),
    ]
