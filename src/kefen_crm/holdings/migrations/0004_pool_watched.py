"""How many customers have nobody is remembered, too: who is in a pool is watched."""

from django.db import migrations

from kefen_crm.platform.remembered import TRIGGER, watch


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0010_marks_by_table"),
        ("holdings", "0003_assigned_together"),
    ]
    operations = [
        migrations.RunSQL(
            watch("holdings_poolentry"), f"DROP TRIGGER {TRIGGER} ON holdings_poolentry"
        )
    ]
