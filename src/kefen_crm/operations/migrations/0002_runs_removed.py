from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("operations", "0001_events"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("settings", "Settings changed"),
                    ("backup", "Backup taken"),
                    ("backup-failed", "Backup failed"),
                    ("cleared", "Past versions cleared away"),
                    ("runs", "Old runs removed"),
                ],
                max_length=16,
                verbose_name="kind",
            ),
        ),
    ]
