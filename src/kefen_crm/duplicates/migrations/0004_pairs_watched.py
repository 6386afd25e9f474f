"""How many pairs wait is counted on the first page of everybody, and remembered."""

from django.db import migrations

from kefen_crm.platform.remembered import TRIGGER, watch


class Migration(migrations.Migration):
    dependencies = [
        ("duplicates", "0003_what_a_merge_ended"),
        ("platform", "0008_table_changes"),
    ]
    operations = [
        migrations.RunSQL(watch("duplicates_pair"), f"DROP TRIGGER {TRIGGER} ON duplicates_pair")
    ]
