"""Texts are found by any part of them, within an index."""

from __future__ import annotations

from django.db import migrations

from kefen_crm.customers.texts import indexed


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0001_activities_and_tasks"),
        ("customers", "0006_search_index"),
    ]

    operations = [
        migrations.RunSQL(*indexed("activities_task", "title", "task_title_found")),
        migrations.RunSQL(*indexed("activities_activity", "text", "activity_text_found")),
    ]
