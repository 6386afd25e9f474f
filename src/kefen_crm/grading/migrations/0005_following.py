from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0004_overrides_of_runs"),
    ]

    operations = [
        migrations.CreateModel(
            name="Following",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                ("step", models.CharField(blank=True, max_length=64)),
                ("at", models.DateTimeField(auto_now=True)),
            ],
        ),
    ]
