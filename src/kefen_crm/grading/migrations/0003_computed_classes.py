from django.db import migrations


class Migration(migrations.Migration):
    """Nobody had decided by hand so far: every class is the computed one."""

    dependencies = [("grading", "0002_drafts_schedules_overrides")]

    operations = [
        migrations.RunSQL(
            "UPDATE grading_customerclass SET computed_key = class_key",
            migrations.RunSQL.noop,
        )
    ]
