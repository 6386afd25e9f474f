"""Lists of open tasks are read in their order, and the work of a team is counted by an index alone."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activities", "0004_with_a_contact")]

    operations = [
        migrations.RemoveIndex("task", "task_open_by_owner"),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=models.Q(state="open"),
                fields=["owner", "day"],
                include=("kind",),
                name="task_open_by_owner",
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=models.Q(state="open"),
                fields=["day", "due_at", "id"],
                name="task_open_by_day",
            ),
        ),
    ]
