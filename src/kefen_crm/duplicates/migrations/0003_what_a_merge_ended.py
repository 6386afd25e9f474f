from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duplicates", "0002_near_indexes")]

    operations = [
        migrations.AddField("mergedcustomer", "ended", models.JSONField(default=dict)),
        migrations.AddField("mergedcustomer", "unmarked", models.JSONField(default=dict)),
    ]
