from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activities", "0002_found_by_parts")]

    operations = [
        migrations.AddField("task", "repeat", models.JSONField(null=True)),
        migrations.AddIndex(
            "task",
            models.Index(
                fields=["owner"],
                condition=models.Q(state="open", repeat__isnull=False),
                name="task_repeating",
            ),
        ),
    ]
