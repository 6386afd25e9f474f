from typing import Any

from django.db import migrations, models


def nobody_can_tell(apps: Any, _editor: Any) -> None:
    """An empty proposal said that nobody can tell; now it says that no value was meant."""
    apps.get_model("quality", "InvalidValue").objects.filter(proposed="").update(proposed=None)


class Migration(migrations.Migration):
    dependencies = [("quality", "0001_quality")]

    operations = [
        migrations.AlterField(
            "InvalidValue", "value", models.TextField(blank=True, verbose_name="value")
        ),
        migrations.AlterField(
            "InvalidValue",
            "proposed",
            models.TextField(blank=True, null=True, verbose_name="proposed"),
        ),
        migrations.RunPython(nobody_can_tell, migrations.RunPython.noop),
    ]
