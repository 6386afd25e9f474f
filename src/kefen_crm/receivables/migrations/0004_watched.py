"""Figures of receivables are remembered until what they are of changes."""

from django.db import migrations

from kefen_crm.platform.remembered import TRIGGER, watch

TABLES = (
    "receivables_openinvoice", "receivables_payer", "receivables_promise", "receivables_dispute",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0008_table_changes"),
        ("receivables", "0003_applied_payments"),
    ]

    operations = [
        migrations.RunSQL(watch(table), f"DROP TRIGGER {TRIGGER} ON {table}") for table in TABLES
    ]
